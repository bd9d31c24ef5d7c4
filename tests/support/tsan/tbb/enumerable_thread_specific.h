// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>

namespace tbb {

/// Another one for each thread that ever was: a std::thread::id comes again.
inline std::uint64_t number_of_this_thread() {
  static std::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t number = ++last;
  return number;
}

template <typename Value>
class enumerable_thread_specific {
 public:
  enumerable_thread_specific() : make_([](auto& values) { values.emplace_back(); }) {}
  template <typename Make>
  explicit enumerable_thread_specific(Make make)
      : make_([make](auto& values) { values.push_back(make()); }) {}

  Value& local() {
    const std::scoped_lock lock(mutex_);
    Value*& mine = by_thread_[number_of_this_thread()];
    if (mine == nullptr) {
      make_(values_);
      mine = &values_.back();
    }
    return *mine;
  }

  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }

 private:
  std::function<void(std::list<Value>&)> make_;
  std::mutex mutex_;
  std::list<Value> values_;
  std::map<std::uint64_t, Value*> by_thread_;
};

}  // namespace tbb
