// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/bind_refusal.h"

#include <algorithm>
#include <array>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

struct Meaning {
  std::string_view number;
  std::string_view words;
};

constexpr std::array<Meaning, 13> kMeanings = {{
    {"525", "there is no such account; check --bind-dn"},
    {"52e", "the account or the password is wrong; check --bind-dn and the password file"},
    {"52f", "the account is restricted (an empty password, or a protected user); use another one"},
    {"530", "the account may not log on at this hour; see its logon hours (logonHours)"},
    {"531", "the account may not log on from this computer; see where it may (userWorkstations)"},
    {"532", "the password has expired; set a new one and put it in the password file"},
    {"533", "the account is disabled; enable it"},
    {"534", "the account lacks the right to log on in this way; see the policy of its domain"},
    {"568", "the account is in too many groups; use another one"},
    {"701", "the account has expired; see its accountExpires"},
    {"773",
     "the password must be changed before the account can be used; set a new one that need "
     "not be, and put it in the password file"},
    {"775", "the account is locked out; unlock it, once it is known who tries wrong passwords"},
    {"80090346",
     "the server wants channel binding, and what came does not fit this TLS "
     "connection; is there a proxy in between that ends TLS?"},
}};

}  // namespace

std::string_view bind_refusal(std::string_view diagnostic) {
  constexpr std::string_view kBefore = "AcceptSecurityContext error, data ";
  const std::size_t at = diagnostic.find(kBefore);
  if (at == std::string_view::npos) return {};
  std::string_view number = diagnostic.substr(at + kBefore.size());
  number = number.substr(0, number.find_first_not_of("0123456789abcdefABCDEF"));
  const auto found = std::ranges::find_if(
      kMeanings, [&](const Meaning& m) { return equal_ignoring_ascii_case(m.number, number); });
  return found == kMeanings.end() ? std::string_view() : found->words;
}

}  // namespace trueup
