// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_errors.h"

#include <ldap.h>

#include <memory>

#include "io/directory_errors.h"

namespace trueup {

std::string diagnostic_text(const char* message) {
  std::string_view text = message == nullptr ? std::string_view() : std::string_view(message);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return std::string(text);
}

std::string lost_text(ldap* handle, const std::string& url, int code) {
  return "the connection to " + url + " is lost: " + ldap_error_text(handle, code) +
         "; check the server, try again";
}

std::string ldap_error_text(ldap* handle, int code) {
  std::string text = ldap_err2string(code);
  char* detail = nullptr;
  if (ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail) == LDAP_OPT_SUCCESS) {
    const std::string diagnostic = diagnostic_text(detail);
    if (!diagnostic.empty()) text += " (" + diagnostic + ")";
    if (detail != nullptr) ldap_memfree(detail);
  }
  return text;
}

void require_answer(int result_code, std::string_view message, const std::string& failed) {
  if (is_passing(result_code, message)) throw LdapBusy(failed);
  if (result_code == LDAP_SERVER_DOWN || result_code == LDAP_TIMEOUT ||
      is_server_trouble(result_code, message)) {
    throw LdapLost(failed);
  }
}

std::string last_message(ldap* handle) {
  char* text = nullptr;
  ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
  const std::unique_ptr<char, void (*)(void*)> owner(text, ldap_memfree);
  return diagnostic_text(text);
}

}  // namespace trueup
