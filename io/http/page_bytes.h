// SPDX-License-Identifier: Apache-2.0
// The body of an answer: received straight into one growing buffer that is never filled with zeros,
// used again for the next, and unpacked in one go if it is gzip. Filled by HttpTransfers, given out
// by the Graph client; the pool may be used by several threads, a buffer by one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace trueup {

/// No body is larger: a page of Graph has a few megabytes.
inline constexpr std::size_t kLargestBody = std::size_t{1} << 28;

class PageBytes {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t capacity() const { return capacity_; }
  void clear() { size_ = 0; }
  /// clear(), with the content overwritten.
  void wipe();
  /// Room for `size` bytes and the padding behind them. Throws std::bad_alloc.
  void reserve(std::size_t size);
  /// False, with nothing appended, if it would be larger than kLargestBody.
  [[nodiscard]] bool append(const char* bytes, std::size_t size);
  /// Where up to capacity() bytes can be written; resize() then says how many.
  char* data() { return bytes_.get(); }
  void resize(std::size_t size) { size_ = size; }
  /// Puts kChunkPadding zero bytes behind the content.
  void pad();

 private:
  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Keeps a few buffers, so that their memory need not be asked of the system for each page.
class PagePool {
 public:
  explicit PagePool(std::size_t kept) : kept_(kept) {}
  /// Empty, with room from an earlier use if there is one.
  PageBytes take();
  void give_back(PageBytes bytes);

 private:
  std::size_t kept_;
  std::mutex mutex_;
  std::vector<PageBytes> free_;
};

/// Unpacks gzip, of several members too (RFC 1952). One thread.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// False if `packed` is corrupt, cut, or larger than kLargestBody when unpacked.
  [[nodiscard]] bool unpack(std::string_view packed, PageBytes& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of the library in use, for `trueup version`.
std::string libdeflate_version();

}  // namespace trueup
