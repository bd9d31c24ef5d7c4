// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a directory server, told apart, and in words. For io/*.cpp and those who
// catch it.
#pragma once

#include <string>
#include <string_view>

#include "snapshots/model/errors.h"

struct ldap;  // libldap's LDAP

namespace trueup {

/// The server refuses the account (invalidCredentials), or is another one than it was: to try again
/// is no use, and may lock the account out.
struct LdapRefused : DirectoryError {
  using DirectoryError::DirectoryError;
};

/// The connection is gone; what was being read can be read again over another one.
struct LdapLost : DirectoryError {
  using DirectoryError::DirectoryError;
};

/// The server is there, and could not answer now for longer than one waits.
struct LdapBusy : LdapLost {
  using LdapLost::LdapLost;
};

/// It cannot be connected to, or is busy when one connects.
struct LdapUnreachable : LdapLost {
  using LdapLost::LdapLost;
};

/// A server's diagnostic message without the line end that AD and Samba put behind it; "" for none.
std::string diagnostic_text(const char* message);

/// What an LdapLost says.
std::string lost_text(ldap* handle, const std::string& url, int code);

/// libldap's text for `code`, and the diagnostic message of the last operation if there is one.
std::string ldap_error_text(ldap* handle, int code);

/// Throws LdapBusy or LdapLost, saying `failed`, where the server did not answer what was asked: it
/// is busy, silent, or gone. `message`: the server's own.
void require_answer(int result_code, std::string_view message, const std::string& failed);
/// The server's message that came with the last result, "" for none.
std::string last_message(ldap* handle);

}  // namespace trueup
