// SPDX-License-Identifier: Apache-2.0
// The part of a plan that apply() has before it: a few pages of changes, what each waits for, and
// what became of all changes before. Owned by one apply() call; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/clock.h"
#include "snapshots/change.h"
#include "snapshots/journal.h"

namespace trueup {

/// A set of change numbers, one bit each.
class NumberSet {
 public:
  void add(std::uint32_t number) {
    if (number / 64 >= words_.size()) words_.resize(number / 64 + 1);
    words_[number / 64] |= std::uint64_t{1} << (number % 64);
  }
  bool contains(std::uint32_t number) const {
    return number / 64 < words_.size() && ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// A change that has no journalled outcome yet.
struct OpenChange {
  enum class State : std::uint8_t { kUnsent, kInFlight, kSettled };

  std::string record;  // what the views of `change` point into
  Change change;
  State state = State::kUnsent;
  std::array<std::uint64_t, 2> object_keys{};  // hashes of its anchor and of its DN
  /// By the same two keys: numbers of the changes of this object just before; 0: none.
  std::array<std::uint32_t, 2> same_object{};
  int retries = 0;
  Clock::TimePoint not_before{};  // of the next try
  JournalEntry outcome;           // meaningful if kSettled
};

class OpenChanges {
 public:
  explicit OpenChanges(std::size_t page_size) : page_size_(page_size) {}

  std::size_t pages() const { return pages_.size(); }

  /// Takes up one more page and adds its changes to `unsent`; false if there was nothing left.
  bool read_page(const std::function<bool(Change&)>& next_change,
                 std::vector<OpenChange*>& unsent);

  /// REQUIRES: `number` is in an open page.
  OpenChange& find(std::uint32_t number);

  enum class Readiness : std::uint8_t { kReady, kBlocked, kHopeless };
  /// kBlocked: something it waits for is still open. kHopeless: a change that it comes after did
  /// not succeed; `why` says which.
  Readiness readiness(const OpenChange& open, std::string& why) const;

  /// `open` gets its outcome, which decides over those that wait for it.
  void settle(OpenChange& open, Verdict verdict, int result_code, std::string message);

  /// Takes the first page out if it is settled throughout, and gives its outcomes.
  bool take_settled_page(std::vector<JournalEntry>& entries);
  /// Takes the first page out as it is, and gives what outcomes there are; false if there is none.
  bool take_page(std::vector<JournalEntry>& entries);

  /// Calls `visit` for each change in flight.
  void for_each_in_flight(const std::function<void(OpenChange&)>& visit);

 private:
  struct Page {
    std::vector<OpenChange> changes;  // by rising number; those beyond `size` are spare
    std::size_t size = 0;
    std::size_t settled = 0;
  };

  Page& page_of(std::uint32_t number);
  void note_object(OpenChange& open);
  void forget_object(const OpenChange& open);

  std::size_t page_size_;
  std::deque<Page> pages_;
  std::vector<Page> spare_;  // used again, so that records keep their memory
  NumberSet succeeded_;
  NumberSet failed_;
  NumberSet seen_;
  /// The last open change of each object, by OpenChange::object_keys. Two objects that share a hash
  /// merely wait for each other.
  std::unordered_map<std::uint64_t, std::uint32_t> last_of_object_;
};

}  // namespace trueup
