// SPDX-License-Identifier: Apache-2.0
// One connection to one directory server: opened, secured, bound, and asked what it is. What the
// writer and the reader stand on. One thread at a time; owns the connection.
//
// A write to a connection that the server has closed raises SIGPIPE: the process ignores that
// signal (tools/ sees to it), as libldap does not ask for MSG_NOSIGNAL.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/files/secret.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/ldap_options.h"
#include "io/ldap/session/root_dse.h"
#include "io/wait_notice.h"

struct ldap;     // libldap's LDAP
struct ldapmsg;  // libldap's LDAPMessage

namespace trueup {

struct LdapUrl;

/// All that can be found wrong without a server: URLs, files that cannot be read, an account
/// without a password. Throws UsageError, and DirectoryError for the port of a global catalog.
void check_options(const LdapOptions& options);

class LdapSession {
 public:
  /// Connects, secures and binds. Throws UsageError (a URL or combination that makes no sense, a
  /// password file that cannot be read) and DirectoryError (a global catalog, cannot connect, TLS
  /// or certificate refused, bind refused; LdapRefused if the credentials are). See
  /// io/ldap/session/ldap_bind.h for the ways to authenticate.
  explicit LdapSession(const LdapOptions& options);
  ~LdapSession();  // unbinds; operations still in flight are dropped by the server
  LdapSession(LdapSession&&) noexcept;
  LdapSession& operator=(LdapSession&&) noexcept;

  /// The one of LdapOptions::urls that is connected: scheme, host and port.
  const std::string& url() const { return url_; }
  /// `options`, those of this session, for another connection to the same server: protected as this
  /// one is, with the same base.
  LdapOptions same_server(LdapOptions options) const;
  /// LdapOptions::base_dn, or the server's default naming context.
  const std::string& base_dn() const { return base_dn_; }
  const RootDse& root_dse() const { return root_dse_; }
  /// For waits between tries.
  const WaitNotice& notice() const { return notice_; }
  /// Things the operator should know, such as a password file that others can read.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Throws DirectoryError if writes must not go here: an RODC, a forest
  /// that forces permissive modify (dSHeuristics fLDAPUsePermMod, [MS-ADTS] 6.1.1.2.4.1.2), under
  /// which a stale delete passes and the old values are no precondition.
  void require_writable() const;

  /// Throws UsageError if base_dn() is not there or not held by this server, DirectoryError if it
  /// cannot be read.
  void require_base() const;

  /// A new connection, bound again, in the place of one that is lost: what is asked next goes over
  /// it. Throws as the constructor does, and LdapRefused where another server answers. REQUIRES:
  /// nothing is in flight. Not seen by those who merely ask things, so const.
  void reopen() const;

  /// What comes next for the request `message_id` (or LDAP_RES_ANY): one message, or with
  /// LDAP_MSG_ALL the whole answer; nullptr if it does not come in time. Throws LdapLost if the
  /// connection is lost, StopError if the session's notice says so. For io/*.cpp only, as is what
  /// follows.
  LdapMessage wait_for_result(int message_id, int all, std::chrono::milliseconds timeout) const;
  /// The next message of the request. Throws LdapLost if none comes in time, or the connection is
  /// lost.
  LdapMessage next_message(int message_id, std::chrono::milliseconds timeout) const;
  ldap* handle() const { return handle_.get(); }
  int socket() const;
  /// How long an operation may take from here on, as LdapOptions::operation_timeout.
  void limit_operations(std::chrono::milliseconds timeout);
  std::chrono::milliseconds operation_timeout() const { return operation_timeout_; }

 private:
  struct Unbind {
    void operator()(ldap* handle) const;
  };

  /// Of the servers of a list.
  struct Failures {
    std::string text;
    bool may_pass = false;  // one was busy or hung up
    bool all_gone = true;   // busy, hung up or not there, all of them
  };
  bool open_any(const LdapOptions& options, const Secret& password, Failures& failures);
  void open(const LdapOptions& options, const LdapUrl& url, const Secret& password);
  void connect(const LdapOptions& options, const LdapUrl& url);
  Protection secure(const LdapOptions& options, const LdapUrl& url);
  std::string tls_file(int option) const;
  std::string nearest_that_exists(ldapmsg* answer) const;

  mutable std::unique_ptr<ldap, Unbind> handle_;  // reopen()
  LdapOptions options_;
  std::string url_;
  bool start_tls_ = false;
  std::string named_base_;  // as it was given, in the options or a URL
  std::string base_dn_;
  RootDse root_dse_;
  std::chrono::milliseconds operation_timeout_{};
  WaitNotice notice_;
  std::vector<std::string> warnings_;
};

/// Of the library in use, with what TLS it speaks, for `trueup version`.
std::string libldap_version();

}  // namespace trueup
