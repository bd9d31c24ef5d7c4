// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/kerberos_tickets.h"

#include <krb5.h>

namespace trueup {
namespace {

bool has_principal(krb5_context context, krb5_ccache cache) {
  krb5_principal principal = nullptr;
  const bool has = krb5_cc_get_principal(context, cache, &principal) == 0;
  krb5_free_principal(context, principal);
  return has;
}

bool has_ticket(krb5_context context) {
  krb5_cccol_cursor cursor = nullptr;
  if (krb5_cccol_cursor_new(context, &cursor) != 0) return false;
  bool found = false;
  krb5_ccache cache = nullptr;
  while (!found && krb5_cccol_cursor_next(context, cursor, &cache) == 0 && cache != nullptr) {
    found = has_principal(context, cache);
    krb5_cc_close(context, cache);
    cache = nullptr;
  }
  krb5_cccol_cursor_free(context, &cursor);
  return found;
}

bool has_client_key(krb5_context context, std::string& name) {
  krb5_keytab keytab = nullptr;
  if (krb5_kt_client_default(context, &keytab) != 0) return false;
  char text[1024] = "";
  if (krb5_kt_get_name(context, keytab, text, sizeof text) == 0) name = text;
  const bool has = krb5_kt_have_content(context, keytab) == 0;
  krb5_kt_close(context, keytab);
  return has;
}

}  // namespace

std::string missing_kerberos_credentials() {
  krb5_context context = nullptr;
  if (krb5_init_context(&context) != 0) return {};  // GSSAPI tells what is wrong with krb5.conf
  std::string keytab;
  std::string missing;
  if (!has_client_key(context, keytab) && !has_ticket(context)) {
    const char* const cache = krb5_cc_default_name(context);
    missing = "no ticket in the credential cache " + std::string(cache != nullptr ? cache : "") +
              ", and no key in the keytab " + keytab;
  }
  krb5_free_context(context);
  return missing;
}

}  // namespace trueup
