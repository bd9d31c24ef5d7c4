// SPDX-License-Identifier: Apache-2.0
// What a session requires of its server before it is worked with.
#include <ldap.h>

#include <memory>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_session.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/errors.h"

namespace trueup {

/// Of noSuchObject: the lowest entry above that is there (matchedDN, RFC 4511 4.1.9).
std::string LdapSession::nearest_that_exists(ldapmsg* answer) const {
  if (answer == nullptr) return {};
  char* matched = nullptr;
  if (ldap_parse_result(handle(), answer, nullptr, &matched, nullptr, nullptr, nullptr, 0) !=
          LDAP_SUCCESS ||
      matched == nullptr) {
    return {};
  }
  const std::unique_ptr<char, void (*)(void*)> owner(matched, ldap_memfree);
  return *matched == '\0' ? std::string() : "; what is there is " + std::string(matched);
}

void LdapSession::require_base() const {
  const SearchReply reply = search_patiently(
      *this, {.base = base_dn_, .scope = LDAP_SCOPE_BASE, .attributes = {LDAP_NO_ATTRS}});
  const int code = reply.code;
  LDAPMessage* const answer = reply.message.get();
  if (code == LDAP_SUCCESS && ldap_count_entries(handle(), answer) == 1) return;
  const std::string base = "the base '" + base_dn_ + "' ";
  switch (code) {
    case LDAP_SUCCESS:  // nothing is shown of it
    case LDAP_NO_SUCH_OBJECT:
      throw UsageError(base + "does not exist at " + url_ +
                       " (or the bind account may not see it)" + nearest_that_exists(answer) +
                       "; check --base");
    case LDAP_REFERRAL:
      throw UsageError(base + "is not held by " + url_ +
                       ", which refers to another server; "
                       "check --base, or name a server of that domain");
    case LDAP_INVALID_DN_SYNTAX:
      throw UsageError(base + "is no name to " + url_ + ": " + ldap_error_text(handle(), code) +
                       "; check --base");
    default:
      throw DirectoryError(base + "cannot be read at " + url_ + ": " +
                           ldap_error_text(handle(), code) + "; check --base and the bind account");
  }
}

void LdapSession::require_writable() const {
  if (root_dse_.read_only) {
    throw DirectoryError(url_ + " is a read-only domain controller; name a writable one");
  }
  if (!root_dse_.active_directory) return;
  const std::string heuristics = read_heuristics(handle(), url_, root_dse_);
  constexpr std::size_t kUsePermMod = 4;
  if (heuristics.size() > kUsePermMod && heuristics[kUsePermMod] != '0') {
    throw DirectoryError(url_ +
                         ": the forest forces permissive modify (fifth character of "
                         "dSHeuristics is '" +
                         heuristics[kUsePermMod] +
                         "'), so that a write cannot check old values; set it to 0");
  }
}

}  // namespace trueup
