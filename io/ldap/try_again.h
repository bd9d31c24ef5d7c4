// SPDX-License-Identifier: Apache-2.0
// What is asked of a server over connections of its own, again where one is lost on the way.
#pragma once

#include <chrono>

#include "io/ldap_session.h"

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
    } catch (const LdapLost& lost) {
      if (tries == kTries) throw;
      notice.wait(kPause * tries, lost.what());
    }
  }
}

}  // namespace trueup
