// SPDX-License-Identifier: Apache-2.0
// Access tokens by the OAuth 2.0 client credentials flow (RFC 6749 4.4; identity platform "client
// credentials flow"): what to ask for, when, and what the answer means. Sends nothing itself; the
// Graph client does. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/files/secret.h"
#include "io/http/client_assertion.h"
#include "io/http/credentials.h"
#include "io/http/http_transfers.h"

namespace trueup {

/// Secret or certificate.
class Credentials {
 public:
  /// Throws UsageError: neither or both are named, or they cannot be used. Adds to `warnings`.
  Credentials(const ServiceAccess& access, std::vector<std::string>& warnings);
  /// The form fields that prove who the app is to `token_url`.
  Secret proof(const std::string& client_id, const std::string& token_url) const;
  /// `text` without the secret.
  std::string hide(std::string text) const;

 private:
  Secret secret_;
  std::optional<ClientCertificate> certificate_;
};

class TokenSource {
 public:
  using MonotonicClock = std::chrono::steady_clock;

  /// Throws UsageError for what can be found wrong without asking anyone.
  TokenSource(const ServiceAccess& access, std::vector<std::string>& warnings);

  const std::string& url() const { return url_; }

  /// Whether there is a token that the service has not refused and that has not run out.
  bool usable(MonotonicClock::time_point now) const;
  const Secret& token() const { return token_; }
  /// Counts the tokens, from 1.
  std::uint64_t generation() const { return generation_; }

  /// When a token is to be asked for; nothing while one is. Some time before the old one runs out.
  std::optional<MonotonicClock::time_point> due() const;
  /// The form to send to url(). REQUIRES: due().
  Secret begin();
  /// Its answer. Throws SourceError if the app is refused, which is not tried again (accounts get
  /// locked), or if it has failed too often and there is no token to go on with.
  void settle(const HttpAnswer& answer, std::string_view body, MonotonicClock::time_point now);

  /// The service took a token.
  void accepted() { accepted_ = true; }
  /// The service answered 401 to the token of that generation. False if it is the second that is
  /// refused and none was ever accepted: then it is not for its age. Where tokens have worked, each
  /// request has its tries.
  [[nodiscard]] bool refused(std::uint64_t generation);

  /// `text` without secret and token.
  std::string hide(std::string text) const;

 private:
  void take(Secret token, double lifetime, MonotonicClock::time_point now);
  void fail(const std::string& why, const HttpAnswer& answer, MonotonicClock::time_point now);

  ServiceAccess access_;
  Credentials credentials_;
  std::string url_;
  std::string scope_;
  Secret token_;
  std::uint64_t generation_ = 0;
  bool accepted_ = false;  // any token, ever
  bool rejected_ = false;  // the token of this generation
  int refusals_ = 0;       // of tokens, before one was accepted
  MonotonicClock::time_point expires_{};
  MonotonicClock::time_point due_{};
  bool under_way_ = false;
  int failures_ = 0;
  MonotonicClock::time_point failing_since_{};
  std::mt19937_64 random_;
};

}  // namespace trueup
