// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_bind.h"

#include <ldap.h>

#include <cstring>
#include <memory>

#include "io/files/secret_file.h"
#include "io/ldap/session/bind_refusal.h"
#include "io/ldap/session/kerberos_tickets.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/root_dse.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

Secret read_password(const std::string& file, std::vector<std::string>& warnings) {
  if (file.empty()) {
    throw UsageError("a simple bind needs a password; name its file with --password-file");
  }
  // An empty password would be an anonymous bind that "succeeds" (RFC 4513 5.1.2).
  return read_secret_file(file, "password file", warnings);
}

void set_option(ldap* handle, int option, const void* value, const char* what) {
  if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS) {
    throw DirectoryError(std::string("libldap does not accept ") + what +
                         "; is it built with Cyrus SASL, 2.5 or later?");
  }
}

/// What the server means, if it says so in AD's way.
std::string in_words(const std::string& text, std::string_view otherwise) {
  const std::string_view words = bind_refusal(text);
  return std::string(words.empty() ? otherwise : words);
}

/// In TLS 1.3 a server may refuse what the client shows of itself after the handshake (RFC 8446
/// 4.4.2.4), and then just hangs up. Throws if that may be it.
void refuse_hang_up(int code, const std::string& url, Protection protection,
                    const LdapOptions& options) {
  if (code != LDAP_SERVER_DOWN || protection == Protection::kNone) return;
  throw DirectoryError(url + " hangs up right after the TLS handshake; " +
                       (options.cert_file.empty()
                            ? "does it want a client certificate (--ad-cert-file, --ad-key-file)?"
                            : "is the client certificate " + options.cert_file +
                                  " valid there, and its CA trusted?"));
}

void bind_simple(ldap* handle, const std::string& url, Protection protection,
                 const LdapOptions& options, const Secret& password) {
  berval credentials{.bv_len = password.size(), .bv_val = const_cast<char*>(password.c_str())};
  const int code = ldap_sasl_bind_s(handle, options.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials,
                                    nullptr, nullptr, nullptr);
  if (code == LDAP_SUCCESS) return;
  refuse_hang_up(code, url, protection, options);
  const std::string text = ldap_error_text(handle, code);
  const std::string refused = url + " refuses the bind of '" + options.bind_dn + "': " + text;
  if (code == LDAP_STRONG_AUTH_REQUIRED || code == LDAP_CONFIDENTIALITY_REQUIRED) {
    throw DirectoryError(refused + "; the server wants TLS: use ldaps://, or no --allow-plaintext");
  }
  require_answer(code, last_message(handle), refused);
  if (code == LDAP_INVALID_CREDENTIALS) {
    throw LdapRefused(refused + "; " + in_words(text, "check --bind-dn and the password") +
                      " (--password-file " + options.password_file + ")");
  }
  throw DirectoryError(refused);
}

/// sasl_interact_t of <sasl/sasl.h>, whose package libldap's does not bring along. A list of them
/// ends with id 0.
struct SaslQuestion {
  unsigned long id;
  const char* challenge;
  const char* prompt;
  const char* defresult;
  const void* result;
  unsigned len;
};

/// SASL asks for an authorization identity; the answer is "the one of the ticket".
int take_defaults(ldap*, unsigned, void*, void* questions) {
  for (auto* question = static_cast<SaslQuestion*>(questions); question->id != 0; ++question) {
    question->result = question->defresult != nullptr ? question->defresult : "";
    question->len = static_cast<unsigned>(std::strlen(static_cast<const char*>(question->result)));
  }
  return LDAP_SUCCESS;
}

void bind_gssapi(ldap* handle, const std::string& url, Protection protection) {
  const std::string missing = missing_kerberos_credentials();
  if (!missing.empty()) {
    throw DirectoryError("no Kerberos (GSSAPI) bind with " + url + ": " + missing +
                         "; run kinit, or give --keytab or --credential-cache");
  }
  // 56: what Cyrus SASL calls the weakest encryption, so signing alone (1) is not enough.
  const bool sealed_by_tls = protection != Protection::kNone;
  const char* const layers = sealed_by_tls ? "minssf=0,maxssf=0" : "minssf=56,maxssf=4096";
  set_option(handle, LDAP_OPT_X_SASL_SECPROPS, layers, "SASL security properties");
  set_option(handle, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON, "SASL without name look-ups");
  const int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
  if (sealed_by_tls) {
    set_option(handle, LDAP_OPT_X_SASL_CBINDING, &binding, "SASL channel binding");
  }
  const int code = ldap_sasl_interactive_bind_s(handle, nullptr, "GSSAPI", nullptr, nullptr,
                                                LDAP_SASL_QUIET, take_defaults, nullptr);
  if (code == LDAP_SUCCESS) return;
  const std::string text = ldap_error_text(handle, code);
  const std::string failed = "no Kerberos (GSSAPI) bind with " + url + ": " + text;
  require_answer(code, last_message(handle), failed);
  switch (code) {
    case LDAP_LOCAL_ERROR:
      throw DirectoryError(failed +
                           "; a valid ticket is needed: run kinit, or give --keytab, and "
                           "name the server in the URL as its service principal (ldap/HOST) does");
    case LDAP_AUTH_UNKNOWN:
      throw DirectoryError(failed +
                           "; is SASL's GSSAPI mechanism installed (Debian: "
                           "libsasl2-modules-gssapi-mit), and able to encrypt?");
    case LDAP_AUTH_METHOD_NOT_SUPPORTED:
      throw DirectoryError(failed +
                           "; the server does not offer GSSAPI: use --auth simple or "
                           "external");
    case LDAP_INVALID_CREDENTIALS:
      throw LdapRefused(failed + "; " +
                        in_words(text,
                                 "does the server's domain know the account of the ticket, "
                                 "and are both clocks right?"));
    default: throw DirectoryError(failed);
  }
}

/// A server without the "Who am I?" operation (RFC 4532) is taken at its word.
bool is_anonymous(ldap* handle) {
  berval* name = nullptr;
  const int code = ldap_whoami_s(handle, &name, nullptr, nullptr);
  const std::unique_ptr<berval, void (*)(berval*)> owner(name, ber_bvfree);
  return code == LDAP_SUCCESS && (name == nullptr || name->bv_len == 0);
}

void bind_external(ldap* handle, const std::string& url, Protection protection,
                   const LdapOptions& options) {
  const std::string who = "the client certificate " + options.cert_file;
  if (protection != Protection::kLdaps || !is_active_directory(handle)) {
    berval no_identity{.bv_len = 0, .bv_val = const_cast<char*>("")};
    const int code =
        ldap_sasl_bind_s(handle, nullptr, "EXTERNAL", &no_identity, nullptr, nullptr, nullptr);
    refuse_hang_up(code, url, protection, options);
    const std::string text = ldap_error_text(handle, code);
    const std::string refused = url + " refuses " + who + ": " + text;
    if (code == LDAP_AUTH_METHOD_NOT_SUPPORTED) {
      throw DirectoryError(refused +
                           "; the server does not offer EXTERNAL: does it ask its "
                           "clients for certificates, and trust the CA of this one?");
    }
    if (code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH) {
      throw LdapRefused(refused + "; " +
                        in_words(text,
                                 "is the certificate trusted there, valid today, and mapped "
                                 "to an account?"));
    }
    require_answer(code, last_message(handle), refused);
    if (code != LDAP_SUCCESS) throw DirectoryError(refused);
  }
  if (is_anonymous(handle)) {
    throw LdapRefused(url + " takes " + who +
                      " for nobody; is it trusted there, valid today, and "
                      "mapped to an account?");
  }
}

}  // namespace

Secret check_credentials(const LdapOptions& options, std::vector<std::string>& warnings) {
  switch (options.auth) {
    case LdapAuth::kSimple:
      if (options.bind_dn.empty()) throw UsageError("a simple bind needs --bind-dn");
      return read_password(options.password_file, warnings);
    case LdapAuth::kGssapi: return {};
    case LdapAuth::kExternal:
      if (options.cert_file.empty() || options.key_file.empty()) {
        throw UsageError(
            "--auth external needs a client certificate; name it with --ad-cert-file "
            "and --ad-key-file");
      }
      if (options.allow_plaintext) {
        throw UsageError(
            "--auth external shows its certificate in TLS; leave --allow-plaintext "
            "away");
      }
      return {};
  }
  return {};
}

void bind_session(ldap* handle, const std::string& url, Protection protection,
                  const LdapOptions& options, const Secret& password) {
  switch (options.auth) {
    case LdapAuth::kSimple: return bind_simple(handle, url, protection, options, password);
    case LdapAuth::kGssapi: return bind_gssapi(handle, url, protection);
    case LdapAuth::kExternal: return bind_external(handle, url, protection, options);
  }
}

}  // namespace trueup
