// SPDX-License-Identifier: Apache-2.0
//
// The identity platform as far as an application needs it: tokens for client credentials, by secret
// or by a signed assertion, and the documents in which MSAL looks for the token endpoint. Sources:
// identity platform, "client credentials flow", "certificate credentials", AADSTS error codes.
// Called by many threads.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tools/graph_sim/crypto.h"
#include "tools/graph_sim/http.h"

namespace trueup::sim {

struct Application {
  std::string tenant;
  std::string client_id;
  std::string secret;
  std::string certificate_pem;
  std::chrono::seconds token_lifetime{3599};
};

class TokenService {
 public:
  explicit TokenService(const Application& application);

  /// POST /{tenant}/oauth2/v2.0/token
  Answer token(const Request& request, const std::string& tenant, const std::string& service);
  /// GET /common/discovery/instance
  static Answer instance_discovery(const Request& request, const std::string& service,
                                   const std::string& tenant);
  /// GET /{tenant}/v2.0/.well-known/openid-configuration
  static Answer openid_configuration(const std::string& service, const std::string& tenant);

  /// Of the header Authorization. Throws Refusal, 401.
  void check(const std::string& authorization) const;
  void revoke_all();
  std::size_t issued() const;

 private:
  void check_client(const Request& request, const std::string& tenant, const std::string& service);
  void check_assertion(const std::string& assertion, const std::string& token_url);

  const Application application_;
  const Certificate certificate_;
  mutable std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> tokens_;  // and when they end
  std::set<std::string> used_assertions_;                                // their jti
  std::size_t issued_ = 0;
};

}  // namespace trueup::sim
