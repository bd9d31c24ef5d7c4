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

/// Another one for each object that ever was.
inline std::uint64_t next_object_number() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

template <typename Value>
class enumerable_thread_specific {
 public:
  enumerable_thread_specific() : make_([](auto& values) { values.emplace_back(); }) {}
  template <typename Make>
  explicit enumerable_thread_specific(Make make)
      : make_([make](auto& values) { values.push_back(make()); }) {}

  /// Takes the lock once a thread: a lock orders threads, and would hide what they share.
  Value& local() {
    thread_local std::map<std::uint64_t, Value*> values_of_this_thread;  // by object
    Value*& mine = values_of_this_thread[number_];
    if (mine == nullptr) {
      const std::scoped_lock lock(mutex_);
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
  const std::uint64_t number_ = next_object_number();
  std::function<void(std::list<Value>&)> make_;
  std::mutex mutex_;
  std::list<Value> values_;
};

}  // namespace tbb
