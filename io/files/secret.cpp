// SPDX-License-Identifier: Apache-2.0
#include "io/files/secret.h"

#include <string.h>

#include <algorithm>
#include <utility>

namespace trueup {

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  clear();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void Secret::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::ranges::copy(bytes, room(bytes.size()).begin());
  extend(bytes.size());
}

std::span<char> Secret::room(std::size_t size) {
  if (size > capacity_ - size_) {
    const std::size_t capacity = std::max(size_ + size, capacity_ * 2);
    auto grown = std::make_unique<char[]>(capacity + 1);
    std::copy_n(bytes_.get(), size_, grown.get());
    const std::size_t kept = size_;
    clear();
    bytes_ = std::move(grown);
    size_ = kept;
    capacity_ = capacity;
  }
  return {bytes_.get() + size_, size};
}

void Secret::extend(std::size_t size) {
  size_ += size;
  bytes_[size_] = '\0';
}

void Secret::truncate(std::size_t size) {
  if (size == size_) return;
  explicit_bzero(bytes_.get() + size, size_ - size);
  size_ = size;
}

void Secret::clear() {
  // All of it: what room() gave may have been written to and never counted.
  if (bytes_) explicit_bzero(bytes_.get(), capacity_ + 1);
  size_ = 0;
}

}  // namespace trueup
