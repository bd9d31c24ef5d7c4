// SPDX-License-Identifier: Apache-2.0
// UTF-16 (as ldifde -u and PowerShell write it) turned into UTF-8 while it is read.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "io/files/byte_source.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;  // bytes of UTF-16 taken at a time
constexpr std::size_t kBom = 2;
constexpr std::size_t kAsciiRun = 16;

bool is_high_surrogate(std::uint32_t u) { return (u & 0xFC00) == 0xD800; }
bool is_low_surrogate(std::uint32_t u) { return (u & 0xFC00) == 0xDC00; }

char byte_of(std::uint32_t x) { return static_cast<char>(x & 0xFF); }

char* put_utf8(std::uint32_t c, char* w) {
  if (c < 0x80) {
    *w++ = byte_of(c);
  } else if (c < 0x800) {
    *w++ = byte_of(0xC0 | c >> 6);
    *w++ = byte_of(0x80 | (c & 0x3F));
  } else {
    if (c < 0x10000) {
      *w++ = byte_of(0xE0 | c >> 12);
    } else {
      *w++ = byte_of(0xF0 | c >> 18);
      *w++ = byte_of(0x80 | (c >> 12 & 0x3F));
    }
    *w++ = byte_of(0x80 | (c >> 6 & 0x3F));
    *w++ = byte_of(0x80 | (c & 0x3F));
  }
  return w;
}

class Utf16Source : public ByteSource {
 public:
  Utf16Source(std::unique_ptr<ByteSource> from, const std::string& path, bool big_endian)
      : from_(std::move(from)),
        path_(path),
        swap_(big_endian == (std::endian::native == std::endian::little)),
        bytes_(kBlock),
        units_(kBlock / 2 + 1),
        out_(units_.size() * 3) {}

  std::size_t read(char* to, std::size_t size) override {
    std::size_t filled = 0;
    while (filled < size && (used_ < ready_ || refill())) {
      const std::size_t n = std::min(size - filled, ready_ - used_);
      std::memcpy(to + filled, out_.data() + used_, n);
      used_ += n;
      filled += n;
    }
    return filled;
  }

 private:
  [[noreturn]] void fail(const char* what, std::uint64_t offset) const {
    throw InputError(path_ + ": not UTF-16: " + what + " at byte " + std::to_string(offset) +
                     "; the file is cut off or damaged, export it again");
  }

  /// Turns the next block into out_. False at the end.
  bool refill() {
    const std::size_t n = from_->read(bytes_.data(), bytes_.size());
    if (n % 2 != 0) fail("an odd number of bytes", consumed_ + n - 1);
    if (n == 0 && held_ != 0) fail("half a surrogate pair", consumed_ - 2);
    if (n == 0) return false;
    std::size_t count = 0;
    if (held_ != 0) units_[count++] = held_;
    const std::uint64_t units_offset = consumed_ - 2 * count;
    std::memcpy(units_.data() + count, bytes_.data(), n);
    count += n / 2;
    if (swap_) {
      for (std::size_t i = held_ != 0; i < count; ++i) {
        units_[i] = static_cast<char16_t>(units_[i] << 8 | units_[i] >> 8);
      }
    }
    held_ = 0;
    consumed_ += n;
    // A pair may be cut by the block's end: its first half waits for the next block.
    if (is_high_surrogate(units_[count - 1])) held_ = units_[--count];
    transcode(count, units_offset);
    return true;
  }

  void transcode(std::size_t count, std::uint64_t units_offset) {
    const char16_t* const u = units_.data();
    char* w = out_.data();
    std::size_t i = 0;
    while (i < count) {
      if (i + kAsciiRun <= count) {
        char16_t seen = 0;
        for (std::size_t k = 0; k < kAsciiRun; ++k) seen = static_cast<char16_t>(seen | u[i + k]);
        if (seen < 0x80) {
          for (std::size_t k = 0; k < kAsciiRun; ++k) w[k] = static_cast<char>(u[i + k]);
          w += kAsciiRun;
          i += kAsciiRun;
          continue;
        }
      }
      std::uint32_t c = u[i++];
      if (is_high_surrogate(c)) {
        if (i == count || !is_low_surrogate(u[i])) {
          fail("a lone surrogate", units_offset + 2 * (i - 1));
        }
        c = 0x10000 + ((c & 0x3FF) << 10 | (u[i++] & 0x3FFU));
      } else if (is_low_surrogate(c)) {
        fail("a lone surrogate", units_offset + 2 * (i - 1));
      }
      w = put_utf8(c, w);
    }
    used_ = 0;
    ready_ = static_cast<std::size_t>(w - out_.data());
  }

  std::unique_ptr<ByteSource> from_;
  std::string path_;
  bool swap_;
  std::vector<char> bytes_;
  std::vector<char16_t> units_;
  std::vector<char> out_;
  std::size_t used_ = 0;
  std::size_t ready_ = 0;
  std::uint64_t consumed_ = kBom;  // bytes of the file taken so far
  char16_t held_ = 0;              // the first half of a pair that the block's end cut
};

}  // namespace

std::unique_ptr<ByteSource> utf16_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                         bool big_endian) {
  return std::make_unique<Utf16Source>(std::move(from), path, big_endian);
}

}  // namespace trueup
