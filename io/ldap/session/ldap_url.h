// SPDX-License-Identifier: Apache-2.0
// The URL of a directory server (RFC 4516): which host, on which port, by TLS or not, and below
// which base. What trueup would not go by is refused, not passed over. Pure functions; called by
// tools/commands/settings where --ad is read, and by LdapSession.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trueup {

struct LdapUrl {
  bool tls = false;        // ldaps://
  bool start_tls = false;  // asks for StartTLS (extension 1.3.6.1.4.1.1466.20037, RFC 4511 4.14)
  std::string host;        // name or address; of IPv6 without the brackets
  int port = 0;
  std::string server;       // "ldaps://host" or "ldap://[::1]:3890": without base and extensions
  std::string base;         // DN, decoded; "": none is named
  std::string passed_over;  // a scope that says nothing to trueup, which reads the whole subtree
};

/// Throws UsageError that says what is wrong with it, without any password that stands in it:
/// another scheme, no host, user information, a port that is none, a wrong percent escape, a base
/// that is no DN, attributes, a filter, any extension but StartTLS, StartTLS beside ldaps://.
LdapUrl parse_ldap_url(std::string_view url);

/// The URLs of "ldaps://dc1/OU=Staff,DC=x,ldaps://dc2": a comma begins another one where a scheme
/// follows it.
std::vector<std::string> split_ldap_urls(std::string_view list);

/// The base of `urls` and of --base ("": none), which must be one. Throws UsageError if they
/// contradict each other, and for what parse_ldap_url() throws.
std::string common_base(const std::vector<std::string>& urls, const std::string& base);

}  // namespace trueup
