// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/again_if_lost.h"

namespace trueup {

void open_again(LdapWriter& writer, const WaitNotice& notice, const std::string& why) {
  constexpr std::chrono::milliseconds kFirst{250}, kLongest{15'000};
  constexpr int kMost = 8;  // about 45 s
  writer.drop_connections();
  std::string failure = why;
  for (int tries = 0; tries < kMost; ++tries) {
    notice.wait(std::min(kFirst * (1 << tries), kLongest), failure);
    if (writer.reconnect(failure)) return;
  }
  throw LdapLost(failure);
}

}  // namespace trueup
