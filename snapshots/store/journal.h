// SPDX-License-Identifier: Apache-2.0
// What a run was about to write and what came of it, kept in the store. Written by engine/apply:
// the intent of a page is on disk before any of its changes is sent, its outcomes follow. Read by a
// resumed run, by undo, verify and the reports. One writer at a time.
//
// So after a crash at any point a change is one of three: with an outcome; intended, without an
// outcome (it may have been written: the object must be asked); not intended (it was not sent).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/change.h"

namespace trueup {

class Store;

/// Stored values: never renumber.
enum class Verdict : std::uint8_t {
  kDone = 1,          // acknowledged by the server, or found written after its answer was lost
  kAlready = 2,       // the object held the target, and not by us
  kRejected = 3,      // refused, by the server or before sending, for this object or attribute
  kConflict = 4,      // an old value of the plan no longer stands
  kDependsOn = 5,     // not sent: a change it comes after did not succeed
  kUnknown = 6,       // sent, the answer was lost, and the object could not be asked yet
  kAddressTaken = 8,  // an address of it is held by another object: its address edits are not sent
  kAddressUnknown = 9,  // likewise, as nobody can tell whether an address of it is free
  kNotSent = 7,         // intended, then found not written; the run was ended without sending it
};

/// "done", "already", "rejected", "conflict", "depends-on", "unknown", "not-sent", "address-taken",
/// "address-unknown".
std::string_view to_string(Verdict v);

struct JournalEntry {
  std::uint32_t number = 0;  // of the change in its plan, from 1
  Verdict verdict = Verdict::kDone;
  std::int32_t result_code = 0;  // LDAP result code (RFC 4511 4.1.9), 0 where nothing was sent
  std::string message{};         // diagnosticMessage of the server, or why it was not sent
  /// Exactly what the server acknowledged (see encode(Change)) where that is neither the whole
  /// change (kDone without this) nor nothing (all others without this).
  std::string acknowledged{};
  /// kConflict: what the object holds of the attributes in conflict.
  std::vector<HeldValue> held{};
  /// Neither kDone nor kAlready: the attributes of which the whole edit was there all the same,
  /// acknowledged or from before.
  AttributeSet holding{};
};

/// The part of `change` that the server acknowledged, views into `change` or `entry`; nothing: no
/// edits of it. What undo reverses.
std::optional<Change> acknowledged_part(const Change& change, const JournalEntry& entry);

/// The attributes of `change` whose whole edit is to be there by `entry`: what verify looks for. An
/// add that was there before we came is among it, and not in acknowledged_part().
AttributeSet attributes_to_hold(const Change& change, const JournalEntry& entry);

/// Changes `first` to `last` were about to be sent.
struct Intent {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// What the keys of a run's journal start with.
std::array<std::string, 2> journal_prefixes(std::uint64_t run);

class Journal {
 public:
  /// Of the run `run` of `store`, which must outlive this.
  Journal(Store& store, std::uint64_t run);

  /// Appends; on disk with the next sync(). Throws StoreError, as all of these do.
  void append(const Intent& intent);
  /// Appends outcomes, which replace earlier ones of the same changes. They outlive the process at
  /// once, and a crash of the machine with the next sync(): one that is lost then is an intent
  /// without an outcome.
  void append(std::span<const JournalEntry> entries);
  /// Thread-safe, also beside append().
  void sync();

  std::vector<Intent> intents() const;  // by rising number
  /// For when all that was sent has an outcome on record: what was intended beyond that was not
  /// sent. On disk after the outcomes, whatever happens.
  void drop_intents();
  /// The outcome of one change, if there is one.
  std::optional<JournalEntry> find(std::uint32_t number) const;
  /// All outcomes by rising number.
  void read(const std::function<void(const JournalEntry&)>& visit) const;

 private:
  Store& store_;
  std::uint64_t run_;
};

}  // namespace trueup
