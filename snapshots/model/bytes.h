// SPDX-License-Identifier: Apache-2.0
// Little-endian encoding of numbers and byte strings in stored records, with every read checked.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "snapshots/model/errors.h"

namespace trueup {

inline void append_u32(std::uint32_t v, std::string& out) {
  out.append(reinterpret_cast<const char*>(&v), 4);
}
inline void append_bytes(std::string_view bytes, std::string& out) {
  append_u32(static_cast<std::uint32_t>(bytes.size()), out);
  out += bytes;
}

/// Takes values off the front of a record; throws StoreError behind its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view record) : rest_(record) {}
  std::uint32_t u32() {
    std::uint32_t v;
    std::memcpy(&v, raw(4).data(), 4);
    return v;
  }
  std::string_view bytes() { return raw(u32()); }
  std::string_view raw(std::size_t size) {
    if (rest_.size() < size) {
      throw StoreError("a stored record is damaged: it ends early; restore the store from a copy");
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace trueup
