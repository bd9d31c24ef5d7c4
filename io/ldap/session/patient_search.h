// SPDX-License-Identifier: Apache-2.0
// Reads of a server that is busy: asked again, with pauses that are said and bounded, so that "not
// now" is never taken for "not there" or "not allowed". For io/*.cpp only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "io/directory_errors.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// After `lost`: a new connection for the session, once one has waited. Throws `lost` again where
/// it was tried often enough.
class Reopening {
 public:
  explicit Reopening(const LdapSession& session) : session_(session) {}

  void after(const LdapLost& lost);
  /// Something was answered.
  void progress();

 private:
  const LdapSession& session_;
  int tries_ = 0;
};

/// How long to wait before each further try, and for how many of them.
class ReadPauses {
 public:
  static constexpr int kMost = 8;  // about 45 s in all

  /// The pause before the next try; nothing: there is none.
  std::optional<std::chrono::milliseconds> next();

 private:
  int taken_ = 0;
};

struct SearchReply {
  int code = 0;         // never one that passes
  LdapMessage message;  // nullptr where there is none
};

struct SearchRequest {
  std::string base;
  int scope = 0;  // LDAP_SCOPE_...
  std::string filter = "(objectClass=*)";
  std::vector<const char*> attributes{};
  int size_limit = 0;                  // entries; 0: none
  std::chrono::seconds time_limit{0};  // of the server's; 0: the session's
};

/// All that a search gives, waited for. Throws LdapBusy where the server stays busy, LdapLost where
/// the connection is lost again and again.
SearchReply search_patiently(const LdapSession& session, const SearchRequest& request);

}  // namespace trueup
