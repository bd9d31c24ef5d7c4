// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/highest_usn.h"

#include <ldap.h>

#include <charconv>
#include <string>
#include <string_view>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/errors.h"

namespace trueup {

std::uint64_t read_highest_usn(const LdapSession& session) {
  const SearchReply reply = search_patiently(
      session, {.base = "", .scope = LDAP_SCOPE_BASE, .attributes = {"highestCommittedUSN"}});
  ldap* const handle = session.handle();
  LDAPMessage* const entry =
      reply.message == nullptr ? nullptr : ldap_first_entry(handle, reply.message.get());
  std::uint64_t highest = 0;
  if (entry != nullptr) {
    EntryCursor cursor(handle, entry);
    if (cursor.next() && !cursor.values().empty()) {
      const std::string_view text = cursor.values().front();
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), highest);
      if (error != std::errc() || stop != text.data() + text.size()) highest = 0;
    }
  }
  if (highest == 0) {
    throw DirectoryError("cannot read highestCommittedUSN of " + session.url() + ": " +
                         ldap_error_text(handle, reply.code) + "; try again");
  }
  return highest;
}

}  // namespace trueup
