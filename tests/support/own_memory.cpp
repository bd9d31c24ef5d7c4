// SPDX-License-Identifier: Apache-2.0
#include "tests/support/own_memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

namespace trueup {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
/// Larger ones are a sanitizer's shadow memory.
constexpr std::uintptr_t kLargestRange = std::uintptr_t{1} << 30;

struct Range {
  std::uintptr_t from;
  std::uintptr_t to;
};

std::vector<Range> writable_ranges() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"),
                                                             std::fclose);
  if (maps == nullptr) throw std::runtime_error("cannot read /proc/self/maps");
  std::vector<Range> ranges;
  char line[4096];
  while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
    Range range{};
    char rights[5] = "";
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &range.from, &range.to, rights) == 3 &&
        rights[0] == 'r' && rights[1] == 'w' && range.to - range.from <= kLargestRange) {
      ranges.push_back(range);
    }
  }
  return ranges;
}

/// Where what was read is looked at: the one place that is not searched.
class Buffer {
 public:
  Buffer()
      : bytes_(static_cast<char*>(mmap(nullptr, kBufferBytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (bytes_ == MAP_FAILED) throw std::runtime_error("no memory");
  }
  ~Buffer() { munmap(bytes_, kBufferBytes); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  bool holds(int memory, Range range, const std::string& masked) {
    while (range.from + masked.size() <= range.to) {
      const ssize_t size = pread(memory, bytes_, std::min(kBufferBytes, range.to - range.from),
                                 static_cast<off_t>(range.from));
      if (size < static_cast<ssize_t>(masked.size())) return false;
      const char* const end = bytes_ + size;
      const auto same = [](char byte, char wanted) { return (byte ^ kMask) == wanted; };
      if (std::search(const_cast<const char*>(bytes_), end, masked.begin(), masked.end(), same) !=
          end) {
        return true;
      }
      range.from += static_cast<std::size_t>(size) - masked.size() + 1;
    }
    return false;
  }

  /// The parts of a range that are not the buffer itself.
  std::vector<Range> without_itself(Range range) const {
    const auto from = reinterpret_cast<std::uintptr_t>(bytes_);
    const std::uintptr_t to = from + kBufferBytes;
    if (to <= range.from || from >= range.to) return {range};
    return {{range.from, std::max(from, range.from)}, {std::min(to, range.to), range.to}};
  }

 private:
  char* bytes_;
};

}  // namespace

void mask(std::string& text) {
  for (char& c : text) c = static_cast<char>(c ^ kMask);
}

std::string write_random_secret(const std::string& path, std::size_t size, std::string_view head,
                                std::string_view tail) {
  std::string text(size, '\0');
  if (getrandom(text.data(), size, 0) != static_cast<ssize_t>(size)) {
    throw std::runtime_error("no random bytes");
  }
  for (char& c : text) c = static_cast<char>('a' + static_cast<unsigned char>(c) % 26);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, head.data(), head.size()) >= 0 &&
                       ::write(file, text.data(), text.size()) == static_cast<ssize_t>(size) &&
                       ::write(file, tail.data(), tail.size()) >= 0;
  if (file >= 0) ::close(file);
  mask(text);
  if (!written) throw std::runtime_error("cannot write " + path);
  return text;
}

bool in_own_memory(const std::string& masked) {
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) throw std::runtime_error("cannot read /proc/self/mem");
  Buffer buffer;
  bool found = false;
  for (const Range& range : writable_ranges()) {
    for (const Range& part : buffer.without_itself(range)) {
      found = found || buffer.holds(memory, part, masked);
    }
  }
  ::close(memory);
  return found;
}

}  // namespace trueup
