// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/access_tokens.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/graph_sim/page_token.h"

namespace trueup::sim {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kClockSkew = 300;         // seconds
constexpr std::int64_t kLongestAssertion = 600;  // seconds
constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the token endpoint refuses with.
struct TokenRefusal {
  int status;
  std::string error;
  int code;  // AADSTS...
  std::string message;
};

Answer refused(const TokenRefusal& refusal) {
  const std::string trace = random_guid();
  const std::string correlation = random_guid();
  std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%SZ", &utc);
  const Json body = {
      {"error", refusal.error},
      {"error_description", "AADSTS" + std::to_string(refusal.code) + ": " + refusal.message +
                                " Trace ID: " + trace + " Correlation ID: " + correlation +
                                " Timestamp: " + date.data()},
      {"error_codes", {refusal.code}},
      {"timestamp", date.data()},
      {"trace_id", trace},
      {"correlation_id", correlation}};
  Answer answer;
  answer.status = refusal.status;
  answer.type = "application/json; charset=utf-8";
  answer.body = body.dump();
  return answer;
}

[[noreturn]] void bad_assertion(int code, const std::string& message) {
  throw TokenRefusal{401, "invalid_client", code, message};
}

Json part_of(std::string_view encoded) {
  const std::optional<std::string> text = from_base64url(encoded);
  Json json = Json::parse(text.value_or(""), nullptr, false);
  if (!json.is_object()) bad_assertion(50027, "JWT token is invalid or malformed.");
  return json;
}

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

}  // namespace

TokenService::TokenService(const Application& application)
    : application_(application), certificate_(certificate_from_pem(application.certificate_pem)) {}

void TokenService::check_assertion(const std::string& assertion, const std::string& token_url) {
  const std::size_t first = assertion.find('.');
  const std::size_t second = assertion.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    bad_assertion(50027, "JWT token is invalid or malformed.");
  }
  const Json header = part_of(std::string_view(assertion).substr(0, first));
  const Json claims = part_of(std::string_view(assertion).substr(first + 1, second - first - 1));
  const std::string algorithm = text_in(header, "alg");
  if (algorithm != "PS256" && algorithm != "RS256") {
    bad_assertion(5002738,
                  "Invalid JWT token. '" + algorithm + "' is not a supported signature algorithm.");
  }
  const std::string sha256 = to_base64url(sha256_thumbprint(certificate_.get()));
  const std::string sha1 = to_base64url(sha1_thumbprint(certificate_.get()));
  const bool known = text_in(header, "x5t#S256") == sha256 ||
                     (algorithm == "RS256" && text_in(header, "x5t") == sha1);
  const std::optional<std::string> signature = from_base64url(assertion.substr(second + 1));
  if (!known || !signature ||
      !signature_holds(certificate_.get(), std::string_view(assertion).substr(0, second),
                       *signature, algorithm == "PS256")) {
    bad_assertion(700027, known ? "Client assertion failed signature validation."
                                : "The certificate with identifier used to sign the client "
                                  "assertion is not registered on application.");
  }
  if (text_in(claims, "aud") != token_url) {
    bad_assertion(50012, "Client assertion audience claim does not match Realm issuer.");
  }
  if (text_in(claims, "iss") != application_.client_id ||
      text_in(claims, "sub") != application_.client_id) {
    bad_assertion(700021, "Client assertion application identifier doesn't match 'client_id'.");
  }
  const std::int64_t now = std::time(nullptr);
  const std::int64_t begin = number_in(claims, "nbf");
  const std::int64_t end = number_in(claims, "exp");
  if (begin == 0 || end == 0 || begin > now + kClockSkew || end < now - kClockSkew ||
      end - begin > kLongestAssertion) {
    bad_assertion(700024, "Client assertion is not within its valid time range.");
  }
  const std::string name = text_in(claims, "jti");
  const std::lock_guard lock(mutex_);
  if (name.empty() || !used_assertions_.insert(name).second) {
    bad_assertion(5002730, "Client assertion is missing the 'jti' claim, or it was used before.");
  }
}

void TokenService::check_client(const Request& request, const std::string& tenant,
                                const std::string& service) {
  if (request.form_value("grant_type") != "client_credentials") {
    throw TokenRefusal{400, "unsupported_grant_type", 70003,
                       "The app requested an unsupported grant type."};
  }
  if (tenant != application_.tenant) {
    throw TokenRefusal{400, "invalid_request", 90002, "Tenant '" + tenant + "' not found."};
  }
  if (request.form_value("client_id") != application_.client_id) {
    throw TokenRefusal{400, "unauthorized_client", 700016,
                       "Application with identifier '" + request.form_value("client_id") +
                           "' was not found in the directory."};
  }
  if (!request.form_value("scope").ends_with("/.default")) {
    throw TokenRefusal{400, "invalid_scope", 1002012,
                       "The provided value for scope is not valid. Client credential flows must "
                       "have a scope value with /.default suffixed to the resource identifier."};
  }
  if (request.form.contains("client_secret")) {
    if (request.form_value("client_secret") != application_.secret) {
      throw TokenRefusal{401, "invalid_client", 7000215, "Invalid client secret provided."};
    }
  } else if (request.form_value("client_assertion_type") == kAssertionType) {
    check_assertion(request.form_value("client_assertion"),
                    service + "/" + tenant + "/oauth2/v2.0/token");
  } else {
    throw TokenRefusal{401, "invalid_client", 7000218,
                       "The request body must contain the following parameter: "
                       "'client_assertion' or 'client_secret'."};
  }
}

Answer TokenService::token(const Request& request, const std::string& tenant,
                           const std::string& service) {
  try {
    check_client(request, tenant, service);
  } catch (const TokenRefusal& refusal) {
    return refused(refusal);
  }
  const std::string token = "eyJ." + random_hex(48) + "." + random_hex(32);
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(tokens_, [now](const auto& entry) { return entry.second < now; });
    tokens_[token] = now + application_.token_lifetime;
    ++issued_;
  }
  const std::int64_t seconds = application_.token_lifetime.count();
  Answer answer;
  answer.type = "application/json; charset=utf-8";
  answer.headers.emplace_back("Cache-Control", "no-store, no-cache");
  answer.body = Json{
      {"token_type", "Bearer"},
      {"expires_in", seconds},
      {"ext_expires_in", seconds},
      {"access_token",
       token}}.dump();
  return answer;
}

void TokenService::check(const std::string& authorization) const {
  Refusal refusal(401, "InvalidAuthenticationToken", "Access token is empty.");
  refusal.headers.emplace_back(
      "WWW-Authenticate",
      R"(Bearer realm="", )"
      R"(authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", )"
      R"(client_id="00000003-0000-0000-c000-000000000000")");
  if (!authorization.starts_with("Bearer ")) throw refusal;
  const std::lock_guard lock(mutex_);
  const auto token = tokens_.find(authorization.substr(7));
  if (token != tokens_.end() && token->second >= std::chrono::steady_clock::now()) return;
  Refusal expired(401, "InvalidAuthenticationToken",
                  token == tokens_.end() ? "Access token validation failure. Invalid signature."
                                         : "Lifetime validation failed, the token is expired.");
  expired.headers = refusal.headers;
  throw expired;
}

void TokenService::revoke_all() {
  const std::lock_guard lock(mutex_);
  tokens_.clear();
}

std::size_t TokenService::issued() const {
  const std::lock_guard lock(mutex_);
  return issued_;
}

Answer TokenService::instance_discovery(const Request&, const std::string& service,
                                        const std::string& tenant) {
  const std::string host = service.substr(service.find("//") + 2);
  Answer answer;
  answer.type = "application/json; charset=utf-8";
  answer.body =
      Json{{"tenant_discovery_endpoint",
            service + "/" + tenant + "/v2.0/.well-known/openid-configuration"},
           {"api-version", "1.1"},
           {"metadata",
            {{{"preferred_network", host}, {"preferred_cache", host}, {"aliases", {host}}}}}}
          .dump();
  return answer;
}

Answer TokenService::openid_configuration(const std::string& service, const std::string& tenant) {
  const std::string base = service + "/" + tenant;
  Answer answer;
  answer.type = "application/json; charset=utf-8";
  answer.body =
      Json{{"token_endpoint", base + "/oauth2/v2.0/token"},
           {"authorization_endpoint", base + "/oauth2/v2.0/authorize"},
           {"device_authorization_endpoint", base + "/oauth2/v2.0/devicecode"},
           {"end_session_endpoint", base + "/oauth2/v2.0/logout"},
           {"jwks_uri", base + "/discovery/v2.0/keys"},
           {"issuer", base + "/v2.0"},
           {"token_endpoint_auth_methods_supported",
            {"client_secret_post", "private_key_jwt", "client_secret_basic"}},
           {"response_types_supported", {"code", "id_token", "code id_token", "id_token token"}},
           {"subject_types_supported", {"pairwise"}},
           {"id_token_signing_alg_values_supported", {"RS256"}},
           {"scopes_supported", {"openid", "profile", "email", "offline_access"}}}
          .dump();
  return answer;
}

}  // namespace trueup::sim
