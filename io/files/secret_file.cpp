// SPDX-License-Identifier: Apache-2.0
#include "io/files/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kStepBytes = std::size_t{4} << 10;
constexpr std::size_t kLargestBytes = std::size_t{1} << 20;

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

}  // namespace

void warn_of_open_file(const std::string& file, std::string_view kind,
                       std::vector<std::string>& warnings) {
  struct stat status {};
  if (stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    warnings.push_back("the " + std::string(kind) + " " + file +
                       " can be read by everyone; chmod 600 it");
  }
}

Secret read_whole_secret(const std::string& file, std::string_view kind) {
  const std::string name = "the " + std::string(kind) + " " + file;
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  Secret secret;
  while (true) {
    const std::span<char> room = secret.room(kStepBytes);
    const ssize_t n = in.number < 0 ? -1 : ::read(in.number, room.data(), room.size());
    if (n < 0 && in.number >= 0 && errno == EINTR) continue;
    if (n < 0) throw UsageError("cannot read " + name + ": " + std::strerror(errno));
    if (n == 0) return secret;
    secret.extend(static_cast<std::size_t>(n));
    if (secret.size() > kLargestBytes) {
      throw UsageError(name + " is larger than any secret (1 MiB); is it the right file?");
    }
  }
}

Secret read_secret_file(const std::string& file, std::string_view kind,
                        std::vector<std::string>& warnings) {
  Secret secret = read_whole_secret(file, kind);
  warn_of_open_file(file, kind, warnings);
  for (const char end : {'\n', '\r'}) {
    if (secret.view().ends_with(end)) secret.truncate(secret.size() - 1);
  }
  const std::string name = "the " + std::string(kind) + " " + file;
  if (secret.empty()) throw UsageError(name + " is empty");
  if (secret.view().find('\n') != std::string_view::npos) {
    throw UsageError(name + " has more than one line");
  }
  return secret;
}

}  // namespace trueup
