// SPDX-License-Identifier: Apache-2.0
// Which service a URL belongs to, and what of a URL may be shown. libcurl's own parser decides, the
// one that will take the request apart, so that nobody can make a URL that looks like the service's
// and goes elsewhere. Used by the Graph client; any thread.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

struct ServiceUrl {
  std::string service;  // https://graph.microsoft.com; lower case, a port that is not 443 with it
  std::string host;
  std::string target;  // path and query, "" where there is none
  bool user = false;   // names a user or password
  std::string url;     // the whole, spaces encoded
};

/// Throws UsageError if it is no https:// URL.
ServiceUrl parse_service_url(const std::string& url);

/// The scheme, host and port of a service, for messages and to compare:
/// "https://graph.microsoft.com"; lower case, without port 443. Throws UsageError if it is no
/// https:// URL.
std::string service_of(const std::string& url);

/// Where the cloud that `graph_host` belongs to gives its tokens: https://login....; "" if the host
/// is none of Microsoft's. Source: Graph "national cloud deployments".
std::string_view login_service_of(std::string_view graph_host);

/// `text` with the values of $skiptoken and $deltatoken (they give access to personal data) cut out
/// of each URL in it, as well as whatever looks like a JSON web token or a client's secret.
std::string without_tokens(std::string_view text);

}  // namespace trueup
