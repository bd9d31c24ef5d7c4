// SPDX-License-Identifier: Apache-2.0
//
// Text building blocks of make_tenant: an arena for the strings of one mailbox, and appenders that
// write numbers, GUIDs, base64 and JSON strings straight into a byte buffer. Nothing here is shared
// between threads.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::tenant {

// 16 octets as AD stores them: the first three groups of the dashed text are little-endian.
using Guid = std::array<std::uint8_t, 16>;

// The decimal digits of a number, as a temporary that turns into a string_view.
class Decimal {
 public:
  template <typename Integer>
  explicit Decimal(Integer value) noexcept {
    const char* end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr;
    size_ = static_cast<std::size_t>(end - digits_.data());
  }
  operator std::string_view() const noexcept { return {digits_.data(), size_}; }

 private:
  std::array<char, 24> digits_{};
  std::size_t size_ = 0;
};

// Holds the strings of one mailbox; reset() forgets them and keeps the memory. Views stay valid
// until reset().
class TextArena {
 public:
  // The parts, one after the other, as one string.
  template <typename... Parts>
  [[nodiscard]] std::string_view join(const Parts&... parts) {
    return concatenate({std::string_view(parts)...});
  }
  void reset() noexcept {
    chunk_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t kChunkSize = 64 * 1024;

  std::string_view concatenate(std::initializer_list<std::string_view> parts);

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

template <typename Integer>
void append_decimal(std::string& out, Integer value) {
  out.append(std::string_view(Decimal(value)));
}

// Zero-padded to `width` digits; longer numbers are written in full.
void append_padded(std::string& out, std::uint64_t value, unsigned width);

// 12345678-9abc-def0-1234-56789abcdef0, lower case.
void append_guid(std::string& out, const Guid& guid);

// The octets as 32 lower-case hex digits, in storage order.
void append_hex(std::string& out, const Guid& guid);

void append_base64(std::string& out, std::string_view bytes);
void append_base64(std::string& out, const Guid& guid);

// "text", quoted and escaped as JSON. With `ascii_only`, other characters become \uXXXX (REQUIRES
// valid UTF-8).
void append_json(std::string& out, std::string_view text, bool ascii_only = false);

// Decodes the UTF-8 character at `at` and moves `at` past it. REQUIRES valid UTF-8.
[[nodiscard]] char32_t next_character(std::string_view text, std::size_t& at) noexcept;

[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

}  // namespace trueup::tenant
