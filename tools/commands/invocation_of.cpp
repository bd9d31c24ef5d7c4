// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/invocation_of.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace trueup {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// Of the process's effective user; its number where it has no name.
std::string user_name() {
  std::vector<char> buffer(16'384);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(::geteuid());
}

}  // namespace

Invocation invocation_of(const Settings& settings) {
  return {.host = host_name(),
          .user = user_name(),
          .version = TRUEUP_VERSION,
          .options = settings.given};
}

}  // namespace trueup
