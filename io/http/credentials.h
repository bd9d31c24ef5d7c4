// SPDX-License-Identifier: Apache-2.0
// How the app gets at a service of Microsoft's: where it is, who the app is, how long one tries.
#pragma once

#include <chrono>
#include <string>

namespace trueup {

struct ServiceAccess {
  std::string url;          // https://graph.microsoft.com, or a national cloud's; "": none
  std::string tenant;       // GUID or domain
  std::string client_id;    // of the app registration
  std::string secret_file;  // one line; or, instead, a certificate and its key:
  std::string cert_file;    // PEM
  std::string key_file;     // PEM
  std::string token_url;    // "": that of the cloud which `url` belongs to
  int tries = 8;            // of one request; ten times as many where the service throttles
  /// Without any success for so long, throttling apart, the service counts as gone.
  std::chrono::seconds longest_outage{300};
  /// Without a Retry-After: up to the first before the second try, doubled each time.
  std::chrono::milliseconds shortest_backoff{1'000};
  std::chrono::milliseconds longest_backoff{60'000};
};

}  // namespace trueup
