// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/canonical_base.h"

#include <ldap.h>

#include <algorithm>
#include <vector>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "io/ldap/session/root_dse.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// RFC 4515 3.
std::string filter_value(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || c == '*' || c == '(' || c == ')' || c == '\\') {
      out += {'\\', kHex[octet >> 4], kHex[octet & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

/// "contoso.com/A\/B/C" as the domain's DN and "A/B", "C". REQUIRES: DnSubtree takes it.
struct CanonicalName {
  explicit CanonicalName(const std::string& name) {
    const std::size_t slash = name.find('/');
    for (std::size_t at = 0; at < slash;) {
      const std::size_t end = std::min(name.find('.', at), slash);
      domain_dn += (domain_dn.empty() ? "DC=" : ",DC=") + name.substr(at, end - at);
      at = end + 1;
    }
    std::string value;
    for (std::size_t at = slash + 1; at < name.size(); ++at) {
      if (name[at] == '/') {
        path.push_back(std::move(value));
        value.clear();
        continue;
      }
      const char next = at + 1 < name.size() ? name[at + 1] : '\0';
      if (name[at] == '\\' && (next == '/' || next == '\\')) ++at;  // as DnSubtree reads it
      value += name[at];
    }
    if (!value.empty()) path.push_back(std::move(value));
  }
  std::string domain_dn;
  std::vector<std::string> path;
};

/// The objects right below `parent` that are in the subtree that was named, by DN.
std::vector<std::string> children(const LdapSession& session, const std::string& parent,
                                  const std::string& value, const DnSubtree& named) {
  std::string filter = "(|";
  for (const char* type : {"ou", "cn", "o", "l", "c"}) {
    filter += "(" + std::string(type) + "=" + filter_value(value) + ")";
  }
  filter += ")";
  const SearchReply reply = search_patiently(session, {.base = parent,
                                                       .scope = LDAP_SCOPE_ONELEVEL,
                                                       .filter = filter,
                                                       .attributes = {LDAP_NO_ATTRS}});
  ldap* const handle = session.handle();
  if (reply.code != LDAP_SUCCESS && reply.code != LDAP_NO_SUCH_OBJECT) {
    throw DirectoryError("cannot look for '" + value + "' below " + parent + " at " +
                         session.url() + ": " + ldap_error_text(handle, reply.code) +
                         "; name the base by its DN");
  }
  std::vector<std::string> dns;
  for (LDAPMessage* entry = ldap_first_entry(handle, reply.message.get()); entry != nullptr;
       entry = ldap_next_entry(handle, entry)) {
    const EntryCursor cursor(handle, entry);
    // By the name it goes by, not by a further value of the attribute.
    if (named.names(cursor.dn()) || named.is_below(cursor.dn())) dns.emplace_back(cursor.dn());
  }
  return dns;
}

}  // namespace

std::string dn_of_canonical_name(const LdapSession& session, const std::string& name) {
  const DnSubtree named(name, DnFold::kActiveDirectory);
  const CanonicalName parsed(name);
  std::string dn = parsed.domain_dn;
  for (const std::string& value : parsed.path) {
    const std::vector<std::string> found = children(session, dn, value, named);
    if (found.size() == 1) {
      dn = found.front();
      continue;
    }
    throw UsageError("'" + name + "': there " + (found.empty() ? "is no '" : "are several '") +
                     value + "' below " + dn + " at " + session.url() +
                     "; check --base, or name its DN");
  }
  return dn;
}

}  // namespace trueup
