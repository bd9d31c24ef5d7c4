// SPDX-License-Identifier: Apache-2.0
// What is asked of the writer's server before the first write, again over new connections where one
// was lost on the way. Nothing has been sent then. Called by engine/run.
#pragma once

#include <utility>

#include "io/ldap/ldap_writer.h"

namespace trueup {

/// Opens the writer's connections anew, with pauses. Throws LdapLost, saying `why`, where that does
/// not help for a while. REQUIRES: writer.in_flight() == 0.
void open_again(LdapWriter& writer, const WaitNotice& notice, const std::string& why);

/// `ask` must be good for being called again; `undo` takes back what a call left half done.
template <typename Ask, typename Undo>
auto again_if_lost(LdapWriter& writer, const WaitNotice& notice, Ask ask, Undo undo) {
  constexpr int kTries = 5;
  for (int left = kTries;;) {
    try {
      return ask();
    } catch (const LdapBusy&) {
      throw;  // it was waited for
    } catch (const LdapLost& lost) {
      if (--left == 0) throw;
      undo();
      open_again(writer, notice, lost.what());
    }
  }
}

}  // namespace trueup
