// SPDX-License-Identifier: Apache-2.0
// How a session comes to be: connected, secured, bound, and opened again.
#include <ldap.h>
#include <openldap.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "io/ldap/session/canonical_base.h"
#include "io/ldap/session/client_key.h"
#include "io/ldap/session/ldap_bind.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_session.h"
#include "io/ldap/session/ldap_url.h"
#include "io/ldap/session/patient_search.h"
#include "io/ldap/session/server_certificate.h"
#include "io/ldap/session/tcp_connect.h"
#include "io/ldap/session/tls_trouble.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr int kGlobalCatalogPort = 3268;
constexpr int kGlobalCatalogTlsPort = 3269;

void require_readable(const std::string& file, std::string_view what) {
  if (!file.empty() && access(file.c_str(), R_OK) != 0) {
    throw UsageError("cannot read the " + std::string(what) + " " + file + ": " +
                     std::strerror(errno));
  }
}

/// A global catalog takes no writes, and a read of it misses attributes, the anchor among them.
void refuse_global_catalog(const LdapUrl& url) {
  if (url.port != kGlobalCatalogPort && url.port != kGlobalCatalogTlsPort) return;
  throw DirectoryError(url.server +
                       " is a global catalog, which takes no writes and lacks attributes; use "
                       "port 389 or 636 of a domain controller");
}

void set_option(ldap* handle, int option, const void* value, std::string_view what) {
  if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS) {
    throw UsageError("libldap does not accept " + std::string(what));
  }
}

/// Certificate and host name are always checked, whatever ldap.conf says.
void set_tls_options(ldap* handle, const LdapOptions& options) {
  const int demand = LDAP_OPT_X_TLS_DEMAND;
  const int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
  const int client = 0;
  set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand, "TLS certificate checks");
  set_option(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest, "TLS 1.2");
  const auto set_file = [&](int option, const std::string& file) {
    if (!file.empty()) set_option(handle, option, file.c_str(), file);
  };
  set_file(LDAP_OPT_X_TLS_CACERTFILE, options.ca_file);
  set_file(LDAP_OPT_X_TLS_CERTFILE, options.cert_file);
  set_file(LDAP_OPT_X_TLS_KEYFILE, options.key_file);
  set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client,
             "the TLS files (" + options.ca_file + " " + options.cert_file + " " +
                 options.key_file + "); they must be PEM");
}

}  // namespace

void check_options(const LdapOptions& options) {
  if (options.urls.empty()) throw UsageError("no LDAP server is named; give ldaps://host");
  for (const std::string& text : options.urls) {
    const LdapUrl url = parse_ldap_url(text);
    if (!options.global_catalog) {
      refuse_global_catalog(url);
    } else if (!url.base.empty() || !url.passed_over.empty()) {
      throw UsageError(url.server +
                       " is given with a base or scope, and a global catalog is "
                       "searched from its root; name host and port alone");
    }
  }
  if (!options.global_catalog) common_base(options.urls, options.base_dn);
  require_readable(options.ca_file, "CA file");
  require_readable(options.cert_file, "certificate file");
  require_readable(options.key_file, "key file");
  if (options.cert_file.empty() != options.key_file.empty()) {
    throw UsageError("a client certificate needs both --ad-cert-file and --ad-key-file");
  }
  std::vector<std::string> warnings;  // are given by the session
  check_credentials(options, warnings);
  if (!options.cert_file.empty()) check_client_key(options.cert_file, options.key_file);
  if (!options.ca_file.empty()) check_ca_file(options.ca_file);
}

LdapSession::LdapSession(const LdapOptions& options) : options_(options) {
  check_options(options);
  const Secret password = check_credentials(options, warnings_);
  for (const std::string& url : options.urls) {
    const std::string passed_over = parse_ldap_url(url).passed_over;
    if (!passed_over.empty()) warnings_.push_back(passed_over);
  }
  notice_ = options.notice;
  ReadPauses pauses;
  for (int round = 1;; ++round) {
    Failures failures;
    if (open_any(options, password, failures)) {
      if (!failures.text.empty())
        warnings_.push_back("goes on with " + url_ + ": " + failures.text);
      break;
    }
    if (!failures.may_pass || round >= options.rounds) {
      // Who has just spoken with it may come back later.
      if (failures.all_gone) throw LdapUnreachable(failures.text);
      throw DirectoryError(failures.text);
    }
    notice_.wait(*pauses.next(), failures.text);
  }
  limit_operations(options.operation_timeout);
  named_base_ =
      options.global_catalog ? options.base_dn : common_base(options.urls, options.base_dn);
  base_dn_ = named_base_.empty()                      ? root_dse_.default_naming_context
             : looks_like_canonical_name(named_base_) ? dn_of_canonical_name(*this, named_base_)
                                                      : named_base_;
}

LdapOptions LdapSession::same_server(LdapOptions options) const {
  options.urls = {url_};
  options.start_tls = start_tls_;
  options.base_dn = named_base_;
  return options;
}

void LdapSession::reopen() const {
  LdapSession again(same_server(options_));
  if (again.root_dse_.ds_service_name != root_dse_.ds_service_name ||
      again.root_dse_.invocation_id != root_dse_.invocation_id ||
      again.root_dse_.naming_contexts != root_dse_.naming_contexts) {
    throw LdapRefused(url_ + " is another server than it was (" + root_dse_.ds_service_name +
                      ", now " + again.root_dse_.ds_service_name + "); try again");
  }
  again.limit_operations(operation_timeout_);
  handle_ = std::move(again.handle_);
}

/// The first that can be worked with; false if there is none.
bool LdapSession::open_any(const LdapOptions& options, const Secret& password, Failures& failures) {
  for (const std::string& url : options.urls) {
    notice_.check();
    try {
      open(options, parse_ldap_url(url), password);
      return true;
    } catch (const LdapRefused&) {
      throw;  // elsewhere it would be refused as well, and the account perhaps locked out
    } catch (const DirectoryError& e) {
      const bool gone = dynamic_cast<const LdapLost*>(&e) != nullptr;
      failures.may_pass |= gone && dynamic_cast<const LdapUnreachable*>(&e) == nullptr;
      failures.all_gone &= gone;
      failures.text += (failures.text.empty() ? "" : "; ") + std::string(e.what());
    }
  }
  return false;
}

/// Within LdapOptions::connect_timeout for each step.
void LdapSession::open(const LdapOptions& options, const LdapUrl& url, const Secret& password) {
  connect(options, url);
  const Protection protection = secure(options, url);
  limit_operations(std::min(options.connect_timeout, options.operation_timeout));
  bind_session(handle(), url_, protection, options, password);
  root_dse_ = read_root_dse(handle(), url_);
}

void LdapSession::connect(const LdapOptions& options, const LdapUrl& parsed) {
  const std::string& url = parsed.server;
  std::string failure;
  const int socket = connect_tcp(parsed.host, parsed.port, options.connect_timeout, failure);
  if (socket < 0) {
    throw LdapUnreachable("cannot connect to " + url + ": " + failure +
                          "; check the host name, the port and the firewall");
  }
  LDAP* handle = nullptr;
  if (const int code = ldap_init_fd(socket, LDAP_PROTO_TCP, url.c_str(), &handle);
      code != LDAP_SUCCESS) {
    close(socket);
    throw DirectoryError("cannot use the connection to " + url + ": " + ldap_err2string(code));
  }
  handle_.reset(handle);
  url_ = url;
  limit_sends(socket, options.connect_timeout);
  const int version = LDAP_VERSION3;
  set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version, "LDAP version 3");
  set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF, "no referrals");
  // A signal that asks us to stop is no lost connection.
  set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON, "waiting on after a signal");
}

Protection LdapSession::secure(const LdapOptions& options, const LdapUrl& url) {
  const bool tls_at_once = url.tls;
  // Kerberos seals what goes over ldap:// by itself.
  const bool no_tls = options.allow_plaintext || options.auth == LdapAuth::kGssapi;
  start_tls_ = url.start_tls || options.start_tls;
  if (!tls_at_once && no_tls && !start_tls_) return Protection::kNone;
  set_tls_options(handle(), options);
  int code = LDAP_SUCCESS;
  {
    const SocketDeadline deadline(socket(), options.connect_timeout);
    code = tls_at_once ? ldap_install_tls(handle()) : ldap_start_tls_s(handle(), nullptr, nullptr);
    if (deadline.expired()) {
      throw DirectoryError(url_ + " does not finish the TLS handshake; is this an LDAP port?");
    }
  }
  if (code == LDAP_SUCCESS) {
    require_server_certificate(handle(), url_);
    return tls_at_once ? Protection::kLdaps : Protection::kStartTls;
  }
  if (code > 0) {  // the server's own answer
    throw DirectoryError(url_ + " refuses StartTLS: " + ldap_error_text(handle(), code) +
                         "; give the server a certificate, or use --allow-plaintext, which sends "
                         "the password readable");
  }
  const std::string trouble = tls_trouble({.host = url.host,
                                           .port = url.port,
                                           .at_once = tls_at_once,
                                           .ca_file = tls_file(LDAP_OPT_X_TLS_CACERTFILE),
                                           .ca_folder = tls_file(LDAP_OPT_X_TLS_CACERTDIR),
                                           .timeout = options.connect_timeout});
  if (!trouble.empty()) throw DirectoryError("no TLS with " + url_ + ": " + trouble);
  throw DirectoryError("no TLS with " + url_ + ": " + ldap_error_text(handle(), code) +
                       "; --ad-ca-file must hold the CA of the server's certificate, the URL the "
                       "host name that is in it, and it must not have expired ('openssl s_client "
                       "-connect HOST:PORT', for ldap:// with -starttls ldap, shows it)");
}

/// One of libldap's options that name a file or folder, which ldap.conf may have set.
std::string LdapSession::tls_file(int option) const {
  char* name = nullptr;
  if (ldap_get_option(handle(), option, &name) != LDAP_OPT_SUCCESS || name == nullptr) return {};
  const std::unique_ptr<char, void (*)(void*)> owner(name, ldap_memfree);
  return name;
}

}  // namespace trueup
