// SPDX-License-Identifier: Apache-2.0
// libdeflate is included here only: three times as fast as zlib where all input is at hand.
#include "io/http/page_bytes.h"

#include <libdeflate.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "io/files/input_file.h"

namespace trueup {
namespace {

constexpr std::size_t kSmallest = std::size_t{64} << 10;
constexpr std::size_t kTrailer = 8;          // CRC32 and ISIZE
constexpr std::size_t kLargestRatio = 1032;  // what deflate can do at most

/// What the last member's trailer says about its size, if that can be.
std::size_t size_by_trailer(std::string_view packed) {
  if (packed.size() < kTrailer) return 0;
  std::uint32_t size = 0;
  for (int i = 3; i >= 0; --i) {
    size = size << 8 | static_cast<unsigned char>(packed[packed.size() - 4 + std::size_t(i)]);
  }
  return size <= packed.size() * kLargestRatio ? size : 0;
}

}  // namespace

void PageBytes::Free::operator()(char* bytes) const { std::free(bytes); }

void PageBytes::reserve(std::size_t size) {
  if (size <= capacity_ && bytes_) return;
  // realloc moves large blocks by their page tables and does not copy them.
  char* const grown = static_cast<char*>(std::realloc(bytes_.get(), size + kChunkPadding));
  if (grown == nullptr) throw std::bad_alloc();
  (void)bytes_.release();
  bytes_.reset(grown);
  capacity_ = size;
}

bool PageBytes::append(const char* bytes, std::size_t size) {
  if (size > kLargestBody - size_) return false;
  if (size_ + size > capacity_) reserve(std::max({size_ + size, capacity_ * 2, kSmallest}));
  std::memcpy(bytes_.get() + size_, bytes, size);
  size_ += size;
  return true;
}

void PageBytes::pad() {
  reserve(std::max(size_, capacity_));
  std::memset(bytes_.get() + size_, 0, kChunkPadding);
}

void PageBytes::wipe() {
  if (bytes_) explicit_bzero(bytes_.get(), size_);
  size_ = 0;
}

PageBytes PagePool::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  PageBytes bytes = std::move(free_.back());
  free_.pop_back();
  bytes.clear();
  return bytes;
}

void PagePool::give_back(PageBytes bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes.capacity() > 0 && free_.size() < kept_) free_.push_back(std::move(bytes));
}

struct Gunzip::State {
  libdeflate_decompressor* inflater = libdeflate_alloc_decompressor();
  ~State() { libdeflate_free_decompressor(inflater); }
};

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
  if (state_->inflater == nullptr) throw std::bad_alloc();
}
Gunzip::~Gunzip() = default;

bool Gunzip::unpack(std::string_view packed, PageBytes& out) {
  out.clear();
  out.reserve(std::clamp(size_by_trailer(packed), kSmallest, kLargestBody));
  if (packed.empty()) return false;
  while (!packed.empty()) {
    std::size_t taken = 0;
    std::size_t made = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        state_->inflater, packed.data(), packed.size(), out.data() + out.view().size(),
        out.capacity() - out.view().size(), &taken, &made);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (out.capacity() >= kLargestBody) return false;
      out.reserve(std::min(out.capacity() * 2, kLargestBody));
      continue;
    }
    if (result != LIBDEFLATE_SUCCESS) return false;
    packed.remove_prefix(taken);
    out.resize(out.view().size() + made);
  }
  return true;
}

std::string libdeflate_version() { return LIBDEFLATE_VERSION_STRING; }

}  // namespace trueup
