// SPDX-License-Identifier: Apache-2.0
// What came of each change of a run, durable. Written by engine/apply, page by page; read by the
// report. One writer at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trueup {

class Store;

/// Stored values: never renumber.
enum class Verdict : std::uint8_t {
  kDone = 1,      // acknowledged by the server
  kAlready = 2,   // the object held the target before anything was sent
  kRejected = 3,  // refused by the server for this object or attribute
  kConflict = 4,  // an old value of the plan no longer stands
  kDependsOn = 5, // not sent: a change it comes after did not succeed
  kUnknown = 6,   // sent, and the connection was lost before the answer
};

/// "done", "already", "rejected", "conflict", "depends-on", "unknown".
std::string_view to_string(Verdict v);

struct JournalEntry {
  std::uint32_t number = 0;  // of the change in its plan, from 1
  Verdict verdict = Verdict::kDone;
  std::int32_t result_code = 0;  // LDAP result code (RFC 4511 4.1.9), 0 where nothing was sent
  std::string message;           // diagnosticMessage of the server, or why it was not sent
};

class Journal {
 public:
  /// Of the run `run` of `store`, which must outlive this.
  Journal(Store& store, std::uint64_t run);

  /// Appends the outcomes of one page and syncs them to disk. Throws StoreError.
  void append(std::span<const JournalEntry> entries);

  /// The outcome of one change, if there is one.
  std::optional<JournalEntry> find(std::uint32_t number) const;

 private:
  Store& store_;
  std::uint64_t run_;
};

}  // namespace trueup
