// SPDX-License-Identifier: Apache-2.0
// The part of a plan that apply() has before it: a few pages of changes, what each waits for, and
// what became of all changes before. Owned by one apply() call; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/apply/apply_types.h"
#include "engine/apply/clock.h"
#include "engine/apply/partial_change.h"
#include "snapshots/model/change.h"
#include "snapshots/store/journal.h"

namespace trueup {

/// A change that has no journalled outcome yet.
struct OpenChange {
  enum class State : std::uint8_t { kWaiting, kInFlight, kSettled };

  std::string record;  // what the views of `change` point into
  Change change;
  State state = State::kWaiting;
  bool to_read = false;                     // its object is to be read before anything is sent
  bool awaited = false;                     // only to be read, until it is there or patience ends
  bool unrecorded = false;                  // its outcome is in the journal already
  bool counted = false;                     // for the rate, before it is sent
  std::optional<Clock::TimePoint> read_at;  // when its object was read, if not sent since
  std::unique_ptr<PartialChange> partial;   // none as long as it goes straight through
  int conflicts = 0;                        // results 16 and 20 since it was last in doubt
  int lost = 0;                             // modifies without an answer
  int lost_reads = 0;                       // reads without one
  int retries = 0;                          // while the server is busy
  std::uint64_t taken_before = 0;           // answers about other objects when it first failed
  int servers = 0;                          // answers about the server while others were taken
  bool failing = false;                     // busy, or never answered; taken_before counts
  int too_much = 0;                         // answers adminLimitExceeded
  int result_code = 0;                      // of the answer that began `partial`
  std::size_t in_flight = 0;                // requests in flight when it was sent, itself included
  Clock::TimePoint not_before{};            // of the next try
  Clock::TimePoint patience{};              // end of it, if awaited
  std::array<std::uint64_t, 2> object_keys{};  // hashes of its anchor and of its DN
  /// By the same two keys: numbers of the changes of this object just before; 0: none.
  std::array<std::uint32_t, 2> same_object{};
  JournalEntry outcome;  // meaningful if kSettled

  /// As new, but for the memory it keeps.
  void reset();
  /// What is to be sent or read for it.
  const Change& request() const { return partial ? partial->rest() : change; }
  PartialChange& begin_partial() {
    if (!partial) partial = std::make_unique<PartialChange>(change);
    return *partial;
  }
};

class OpenChanges {
 public:
  explicit OpenChanges(const ApplyHistory& history)
      : history_(history), succeeded_(history.succeeded), failed_(history.failed) {}

  std::size_t pages() const { return pages_.size(); }
  std::size_t size() const { return size_; }

  /// Takes up one more page of at most `page_size` changes, has the intent to send them recorded,
  /// and adds them to `fresh`; false if that was the end of the plan.
  bool read_page(const ApplyRecords& records, std::size_t page_size,
                 std::deque<OpenChange*>& fresh);

  /// REQUIRES: `number` is in an open page.
  OpenChange& find(std::uint32_t number);

  enum class Readiness : std::uint8_t { kReady, kBlocked, kHopeless, kUndecided };
  /// kBlocked: something it waits for is still open. kHopeless: a change that it comes after did
  /// not succeed; `why` says which. kUndecided: of one it comes after nobody knows yet.
  Readiness readiness(const OpenChange& open, std::string& why) const;

  /// True once the intent to send it is on disk. Throws what writing it threw.
  bool intended(const OpenChange& open);
  /// Waits until the intents of all open pages are on disk.
  void await_intents();

  /// `open` gets its outcome, which decides over those that wait for it.
  void settle(OpenChange& open, JournalEntry outcome);
  /// `open` stays without an outcome in this run.
  void leave(OpenChange& open);

  /// Takes the first page out if it is settled throughout, and gives its outcomes.
  bool take_settled_page(std::vector<JournalEntry>& entries);
  /// Takes the first page out as it is, and gives what outcomes there are; false if there is none.
  bool take_page(std::vector<JournalEntry>& entries);

  /// Calls `visit` for each change without an outcome.
  void for_each_unsettled(const std::function<void(OpenChange&)>& visit);

 private:
  struct Page {
    std::vector<OpenChange> changes;  // by rising number; those beyond `size` are spare
    std::size_t size = 0;
    std::size_t settled = 0;
    std::future<void> intent;  // not valid once it was seen on disk
  };

  Page& page_of(std::uint32_t number);
  void record_object(OpenChange& open);
  void forget_object(const OpenChange& open);
  void close(OpenChange& open);

  const ApplyHistory& history_;
  std::deque<Page> pages_;
  std::vector<Page> spare_;  // used again, so that records keep their memory
  std::size_t size_ = 0;     // changes in pages_
  NumberSet succeeded_;
  NumberSet failed_;
  NumberSet undecided_;
  NumberSet seen_;
  /// The last open change of each object, by OpenChange::object_keys. Two objects that share a hash
  /// merely wait for each other.
  std::unordered_map<std::uint64_t, std::uint32_t> last_of_object_;
};

}  // namespace trueup
