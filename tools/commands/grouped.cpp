// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/grouped.h"

namespace trueup {

std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
  return out;
}

}  // namespace trueup
