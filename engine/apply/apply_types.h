// SPDX-License-Identifier: Apache-2.0
// What apply() is told, and what it tells: plain values that its parts share.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "engine/apply/clock.h"
#include "engine/apply/number_set.h"
#include "snapshots/model/change.h"
#include "snapshots/store/journal.h"

namespace trueup {

/// Why the address edits of a change are not made: kAddressTaken or kAddressUnknown, and by whom.
struct TakenAddress {
  Verdict verdict = Verdict::kAddressTaken;
  std::string why;
};
using TakenAddresses = std::unordered_map<std::uint32_t, TakenAddress>;  // by its number

struct ApplyOptions {
  double max_changes_per_second = 0;  // 0: as fast as the directory takes them
  std::size_t max_in_flight = 256;    // requests over all connections; the limit adapts below it
  std::size_t fixed_in_flight = 0;    // other than 0: so many, without adapting
  std::size_t page_size = 0;          // changes journalled together; 0: about half a second's
  int max_retries = 8;                // of one change: when busy or unavailable, or never answered
  std::chrono::milliseconds first_backoff{100};  // doubled at each retry, with jitter
  /// How long to wait for a directory that has gone away.
  std::chrono::seconds longest_outage{120};
  /// How long to look again for what may still turn up (ApplyHistory::awaited, settle_only).
  std::chrono::seconds patience{300};
  bool settle_only = false;                   // nothing is sent: what is in doubt is looked at ...
  Verdict not_found = Verdict::kNotSent;      // ... and is this, if it does not turn up
  std::optional<Clock::TimePoint> stop_at{};  // nothing is sent later
  std::string stop_reason{};                  // why then: "the end of the hours of work"
  /// Attributes that the directory is known not to take, and why; empty: taken.
  std::array<std::string, kAttributeCount> refused_attributes{};
  /// The longest values that it takes, UTF-16 code units; 0: no limit.
  std::array<std::size_t, kAttributeCount> max_utf16_units{};
  TakenAddresses taken_addresses{};
};

/// What is known of a plan's changes from before: nothing, unless a run is resumed.
struct ApplyHistory {
  NumberSet succeeded, failed;  // with an outcome; not among the changes given
  NumberSet doubtful;  // may be written already: read first, and what is found there is ours
  NumberSet awaited;   // perhaps written through another DC: read until it is there, never sent
  NumberSet recorded;  // of awaited: those that were acknowledged; their outcome is on record
};

/// Where the changes come from, and where it is put on record what becomes of them.
struct ApplyRecords {
  /// The next change in plan order, by rising number; false at the end. `after` names lower
  /// numbers. Its views are good until the next call.
  std::function<bool(Change&)> next;
  /// Called before any change of a page is sent: nothing of it is, until the future is ready, which
  /// means that the intent is on disk.
  std::function<std::future<void>(const Intent&)> intend;
  /// Given the outcomes page by page, in plan order. They must outlive the process when it returns.
  std::function<void(std::span<const JournalEntry>)> record;
};

/// What others see and set while the work goes on; each may be nullptr.
struct ApplyControl {
  std::atomic<std::uint64_t>* settled = nullptr;            // raised with each outcome
  const std::atomic<bool>* stop = nullptr;                  // set: end the sending
  std::function<void(const std::string&)> say{};            // what is waited for; may be empty
  const std::atomic<double>* changes_per_second = nullptr;  // replaces the option, when it changes
};

struct ApplyResult {
  std::uint64_t done = 0;
  std::uint64_t already = 0;
  std::uint64_t rejected = 0;
  std::uint64_t address_taken = 0;  // rejected, as an address of it is held or not known to be free
  std::uint64_t conflict = 0;
  std::uint64_t depends_on = 0;
  std::uint64_t unknown = 0;
  std::uint64_t not_sent = 0;  // settle_only: intended by an earlier run, and not there
  std::uint64_t left = 0;      // not sent, as they come after one of which nobody knows yet
  std::uint64_t sent = 0;      // modifies, those sent again included
  std::uint64_t retries = 0;   // of them, after busy or unavailable
  std::uint64_t reads = 0;     // objects read again
  std::uint64_t reconnects = 0;
  std::size_t most_in_flight = 0;
  std::array<std::string, kAttributeCount> refused_attributes;  // for the whole run, and why

  enum class Stop : std::uint8_t {
    kNone,           // each change has its outcome
    kRequested,      // the stop flag was raised
    kTime,           // stop_at was reached
    kRefused,        // the server refuses the whole run (results 8, 10, 49)
    kDirectoryGone,  // all connections were lost for longer than longest_outage
    kUndecided       // some written elsewhere have not turned up
  };
  Stop stop = Stop::kNone;
  std::string stop_message;  // what, where, remedy; empty for kNone

  std::uint64_t settled() const {
    return done + already + rejected + address_taken + conflict + depends_on + unknown + not_sent;
  }
};

}  // namespace trueup
