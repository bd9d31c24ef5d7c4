// SPDX-License-Identifier: Apache-2.0
// A certificate and its key in place of a client secret: signs the JSON web token by which an app
// shows the identity platform who it is. Source: identity platform "certificate credentials";
// RFC 7515, 7518 3.5 (PS256), 7523. Used by the Graph client; one thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "io/files/secret.h"

namespace trueup {

/// A fresh random GUID (RFC 4122 version 4), with dashes, lower case.
std::string fresh_guid();

class ClientCertificate {
 public:
  /// PEM files; they may be one and the same. The first certificate counts, a chain behind it is
  /// ignored. Throws UsageError: unreadable, no RSA key, key of another certificate, not valid yet
  /// or no longer.
  ClientCertificate(const std::string& cert_file, const std::string& key_file);
  ~ClientCertificate();
  ClientCertificate(ClientCertificate&&) noexcept;
  ClientCertificate& operator=(ClientCertificate&&) noexcept;

  /// The signed token: good from a minute before `now`, for clocks that are ahead of the service's,
  /// and for ten minutes altogether. `audience` is the URL that it is sent to. Throws SourceError.
  Secret assertion(const std::string& client_id, const std::string& audience,
                   std::chrono::system_clock::time_point now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trueup
