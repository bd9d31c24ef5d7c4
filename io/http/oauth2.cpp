// SPDX-License-Identifier: Apache-2.0
#include "io/http/oauth2.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "io/files/secret_file.h"
#include "io/http/retry_after.h"
#include "io/http/service_error.h"
#include "io/http/service_url.h"
#include "io/json/json_answer.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr double kShortestLifetime = 1;
constexpr double kLongestLifetime = 86'400;

/// Wipes what libcurl made and left to us.
struct WipeText {
  void operator()(char* text) const {
    explicit_bzero(text, std::strlen(text));
    curl_free(text);
  }
};

Secret encoded_secret(std::string_view text) {
  const std::unique_ptr<char, WipeText> out(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())));
  if (!out) throw SourceError("libcurl: no memory");
  return Secret(out.get());
}

std::string encoded(std::string_view text) { return std::string(encoded_secret(text).view()); }

void replace_all(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
    text.replace(at, secret.size(), "...");
  }
}

std::string token_url_of(const ServiceAccess& access) {
  if (!access.token_url.empty()) {
    const ServiceUrl url = parse_service_url(access.token_url);
    if (url.user) throw UsageError("no user names in the token URL");
    return url.url;
  }
  const ServiceUrl graph = parse_service_url(access.url);
  const std::string_view login = login_service_of(graph.host);
  if (login.empty()) {
    throw UsageError("where tokens for " + graph.service +
                     " come from is not known; give the "
                     "token URL (token_url) with it");
  }
  return std::string(login) + "/" + encoded(access.tenant) + "/oauth2/v2.0/token";
}

struct TokenAnswer {
  Secret token;
  double lifetime = 0;
};

/// Nothing if `body` is no token answer (RFC 6749 5.1).
std::optional<TokenAnswer> parse_token(std::string_view body) {
  JsonAnswer answer(body);
  Secret token = answer.take_secret("access_token");
  const std::optional<double> lifetime = answer.number("expires_in");
  if (token.empty() || !lifetime) return std::nullopt;
  // It becomes a header.
  const bool plain = std::ranges::all_of(
      token.view(), [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x7f; });
  if (!plain) return std::nullopt;
  return TokenAnswer{std::move(token), *lifetime};
}

bool is_retryable(int status, const ServiceError& error) {
  return status == 408 || status == 429 || status >= 500 || status < 400 ||
         error.code == "temporarily_unavailable";
}

}  // namespace

Credentials::Credentials(const ServiceAccess& access, std::vector<std::string>& warnings) {
  const bool certificate = !access.cert_file.empty() || !access.key_file.empty();
  if (access.secret_file.empty() && !certificate) {
    throw UsageError(
        "Graph needs the app's credentials: a secret file (secret_file), or a "
        "certificate and its key (graph_cert_file, graph_key_file)");
  }
  if (!access.secret_file.empty() && certificate) {
    throw UsageError("Graph takes a secret file or a certificate, not both");
  }
  if (!certificate) {
    secret_ = read_secret_file(access.secret_file, "secret file", warnings);
    return;
  }
  if (access.cert_file.empty() || access.key_file.empty()) {
    throw UsageError("a client certificate needs both files, certificate and key");
  }
  certificate_.emplace(access.cert_file, access.key_file);
  warn_of_open_file(access.key_file, "key file", warnings);
}

Secret Credentials::proof(const std::string& client_id, const std::string& token_url) const {
  if (!certificate_) {
    Secret fields("client_secret=");
    fields.append(encoded_secret(secret_.view()).view());
    return fields;
  }
  Secret fields("client_assertion_type=" + encoded(kAssertionType) + "&client_assertion=");
  fields.append(
      certificate_->assertion(client_id, token_url, std::chrono::system_clock::now()).view());
  return fields;
}

std::string Credentials::hide(std::string text) const {
  replace_all(text, secret_.view());
  if (!secret_.empty()) replace_all(text, encoded_secret(secret_.view()).view());
  return text;
}

TokenSource::TokenSource(const ServiceAccess& access, std::vector<std::string>& warnings)
    : access_(access), credentials_(access, warnings), random_(std::random_device()()) {
  if (access.client_id.empty())
    throw UsageError("Graph needs the client id of the app (client_id)");
  constexpr std::string_view kOfIds =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-";
  if (access.tenant.empty() || access.tenant.find_first_not_of(kOfIds) != std::string::npos) {
    throw UsageError("Graph needs the tenant: its id or a domain (tenant)");
  }
  url_ = token_url_of(access);
  scope_ = parse_service_url(access.url).service + "/.default";
}

bool TokenSource::usable(MonotonicClock::time_point now) const {
  return generation_ > 0 && !rejected_ && now < expires_;
}

std::optional<TokenSource::MonotonicClock::time_point> TokenSource::due() const {
  if (under_way_) return std::nullopt;
  return due_;
}

Secret TokenSource::begin() {
  under_way_ = true;
  Secret form("grant_type=client_credentials&client_id=" + encoded(access_.client_id) +
              "&scope=" + encoded(scope_) + "&");
  form.append(credentials_.proof(access_.client_id, url_).view());
  return form;
}

void TokenSource::settle(const HttpAnswer& answer, std::string_view body,
                         MonotonicClock::time_point now) {
  under_way_ = false;
  if (answer.transfer_end != TransferEnd::kAnswered) return fail(answer.error, answer, now);
  if (answer.status == 200) {
    std::optional<TokenAnswer> token = parse_token(body);
    if (token) return take(std::move(token->token), token->lifetime, now);
    return fail("an answer without a token", answer, now);
  }
  const ServiceError error = parse_service_error(body);
  const std::string why = "HTTP " + std::to_string(answer.status) + " " + error.text();
  if (is_retryable(answer.status, error)) return fail(why, answer, now);
  std::string ids;
  if (!error.trace_id.empty()) ids += "; trace id " + error.trace_id;
  if (!error.correlation_id.empty()) ids += "; correlation id " + error.correlation_id;
  if (!answer.request_id.empty()) ids += "; request-id " + answer.request_id;
  throw SourceError(hide(url_ + " gives the app " + access_.client_id + " no token: " + why + ids +
                         "; check tenant, client id and credentials (it is not tried again, lest "
                         "the app be locked out)"));
}

void TokenSource::take(Secret token, double lifetime, MonotonicClock::time_point now) {
  using Seconds = std::chrono::duration<double>;
  const Seconds valid(std::clamp(lifetime, kShortestLifetime, kLongestLifetime));
  const Seconds margin = std::min(Seconds(300), valid / 10);
  token_ = std::move(token);
  ++generation_;
  rejected_ = false;
  failures_ = 0;
  expires_ = now + std::chrono::duration_cast<MonotonicClock::duration>(valid);
  due_ = expires_ - std::chrono::duration_cast<MonotonicClock::duration>(margin);
}

void TokenSource::fail(const std::string& why, const HttpAnswer& answer,
                       MonotonicClock::time_point now) {
  if (++failures_ == 1) failing_since_ = now;
  const bool gone = now - failing_since_ > access_.longest_outage;
  if ((failures_ >= access_.tries || gone) && !usable(now)) {
    throw SourceError(hide(url_ + " has given no token in " + std::to_string(failures_) +
                           " tries; the last time: " + why));
  }
  const auto wall = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::optional<std::chrono::milliseconds> retry_after =
      parse_retry_after(answer.retry_after, parse_http_date(answer.date), wall);
  due_ = now + retry_after.value_or(
                   backoff(failures_, access_.shortest_backoff, access_.longest_backoff, random_));
  if (!retry_after || *retry_after <= access_.longest_outage) return;
  if (!usable(now)) {
    throw SourceError(hide(url_ + " gives no token: " + why + "; " +
                           too_long_a_wait(*retry_after, access_.longest_outage)));
  }
  due_ = std::min(due_, expires_);  // until then there is one
}

bool TokenSource::refused(std::uint64_t generation) {
  if (generation != generation_ || rejected_) return true;  // another request saw to it
  if (!accepted_ && ++refusals_ >= 2) return false;
  rejected_ = true;
  if (!under_way_) due_ = {};
  return true;
}

std::string TokenSource::hide(std::string text) const {
  replace_all(text, token_.view());
  return credentials_.hide(std::move(text));
}

}  // namespace trueup
