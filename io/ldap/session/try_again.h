// SPDX-License-Identifier: Apache-2.0
// What is asked of a server over connections of its own, again where one is lost on the way.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "io/ldap/session/ldap_session.h"
#include "io/ldap/session/ldap_url.h"

namespace trueup {

/// `ask` must be good for being called again. A server that stays busy was waited for already.
template <typename Ask>
auto try_again(const WaitNotice& notice, Ask ask) {
  constexpr int kTries = 5;
  constexpr std::chrono::milliseconds kPause{250};
  for (int tries = 1;; ++tries) {
    try {
      return ask();
    } catch (const LdapBusy&) {
      throw;
    } catch (const LdapUnreachable&) {
      throw;  // the session has tried
    } catch (const LdapLost& lost) {
      if (tries == kTries) throw;
      notice.wait(kPause * tries, lost.what());
    }
  }
}

/// Of a list of servers, also where one is busy or hangs up once it was reached: `ask(options,
/// reached)` says in `reached` which one answered, and is called again without it. Where none is
/// left that could be tried instead, as try_again().
template <typename Ask>
LdapSession try_servers(const LdapOptions& ldap, Ask ask) {
  LdapOptions left = ldap;
  if (!ldap.global_catalog) left.base_dn = common_base(ldap.urls, ldap.base_dn);
  while (left.urls.size() > 1) {
    std::string reached;
    try {
      return ask(left, reached);
    } catch (const LdapLost& lost) {
      const auto is_it = [&](const std::string& url) {
        return parse_ldap_url(url).server == reached;
      };
      if (std::erase_if(left.urls, is_it) == 0) throw;
      if (ldap.notice.say)
        ldap.notice.say(std::string(lost.what()) + "; goes on with the next server");
      if (left.urls.empty()) throw;
    }
  }
  std::string reached;
  return try_again(left.notice, [&] { return ask(left, reached); });
}

}  // namespace trueup
