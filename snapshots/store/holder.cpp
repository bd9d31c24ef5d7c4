// SPDX-License-Identifier: Apache-2.0
// Who holds the lock of a store, asked from beside it: for commands that only read.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "snapshots/store/store.h"

namespace trueup {

std::string Store::holder(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool held = file >= 0 && ::flock(file, LOCK_SH | LOCK_NB) != 0;
  if (file >= 0) ::close(file);
  if (!held) return {};
  std::ifstream in(path);
  const std::string self{std::istreambuf_iterator<char>(in), {}};
  return self.empty() ? "another trueup" : self;
}

}  // namespace trueup
