// SPDX-License-Identifier: Apache-2.0
// Bytes that nobody else is to see: a password, a client secret, a private key, a token. They have
// one owner, are never copied by accident, and are overwritten before their memory is given back.
// Used wherever such bytes are ours. The copies that libcurl, libldap, OpenSSL and the kernel make
// of what they are handed are theirs, and are not wiped. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace trueup {

class Secret {
 public:
  Secret() = default;
  /// A copy; to wipe the original is up to the caller.
  explicit Secret(std::string_view bytes) { append(bytes); }
  ~Secret() { clear(); }
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  /// Good until the next change. Not for a std::string, which would be a copy that nobody wipes.
  std::string_view view() const { return {c_str(), size_}; }
  /// The same with a zero byte behind it.
  const char* c_str() const { return bytes_ ? bytes_.get() : ""; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(std::string_view bytes);
  /// Where up to `size` more bytes can be written; extend() then says how many were.
  std::span<char> room(std::size_t size);
  void extend(std::size_t size);
  /// Keeps the first `size` bytes and wipes the rest. REQUIRES: there are as many.
  void truncate(std::size_t size);
  /// Wipes it; the memory is kept.
  void clear();

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // without the zero byte
};

}  // namespace trueup
