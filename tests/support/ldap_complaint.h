// SPDX-License-Identifier: Apache-2.0
// What connecting to a directory complains of, for tests of the LDAP session.
#pragma once

#include <string>
#include <string_view>

#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// The text of the `Error` that connecting throws; empty where it throws none.
template <typename Error>
std::string complaint(const LdapOptions& options) {
  try {
    LdapSession session(options);
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace trueup
