// SPDX-License-Identifier: Apache-2.0
// Sorted immutable tables: building them as files and reading them in order. A table belongs to an
// owner (a snapshot generation or a run's plan), and its keys start with owner and table, so that
// an owner is dropped as one range. Not thread-safe; one writer or cursor a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Stored values: never renumber.
enum class Table : std::uint8_t {
  kFingerprints = 1,  // rows of Fingerprint, by anchor
  kRecords = 2,       // anchor -> encoded Mailbox
  kIds = 3,           // rows of IdRow, by hashed id (cloud)
  kUnanchored = 4,    // hashed id -> encoded Mailbox without an anchor (cloud)
  kAddresses = 5,     // rows of AddressRow, by address hash (AD)
  kOthers = 6,        // owner key -> encoded Mailbox that is not joinable (AD)
  kNotes = 7,         // running number -> what the load refused or noticed
  kChanges = 8,       // u32 number -> encoded Change (plan)
  kAmbiguous = 9,     // anchor, u32 number -> encoded Mailbox: each claimant of an anchor that has
                      // several, as it would stand in kRecords alone
  kGraphUsers =
      10,  // hashed id -> encoded Mailbox of Graph alone, where EXO said otherwise (cloud)
  kContainers = 11,  // running number -> what stands above objects, with how many (AD)
  kPlanFacts = 12,   // rows of PlanFact, by anchor: what guards count of a change (plan)
};

std::string snapshot_prefix(std::uint64_t generation);
std::string plan_prefix(std::uint64_t run);
std::string table_prefix(std::string owner_prefix, Table table);

/// The first key of a shard (by first key octet), "" for the first one, ...
inline std::string shard_start(int shard) {
  if (shard <= 0) return {};
  std::string key(16, '\0');
  key[0] = static_cast<char>(shard << 2);
  return key;
}
/// ... and the first one behind it, "" for the last.
inline std::string shard_end(int shard) {
  return shard >= 0 && shard + 1 < kShardCount ? shard_start(shard + 1) : std::string();
}

/// Builds one sorted file. Keys must be added in ascending order over all tables in it.
class TableWriter {
 public:
  explicit TableWriter(Store& store);
  ~TableWriter();
  TableWriter(TableWriter&&) noexcept;
  void add(std::string_view prefix, std::string_view key, std::string_view value);
  /// Finishes and syncs the file and gives its path; nothing if nothing was added.
  std::optional<std::string> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Packs rows of a fixed size into values, so that reading a table costs next to nothing a row.
/// A row starts with its key: the first kKeyBytes bytes. Blocks never straddle a shard boundary.
template <typename Row>
class RowWriter {
 public:
  static constexpr std::size_t kRowsPerBlock = 16384 / sizeof(Row);

  RowWriter(TableWriter& writer, std::string prefix)
      : writer_(writer), prefix_(std::move(prefix)) {}
  /// REQUIRES: rows in key order, end_block() behind the last.
  void add(const Row& row) {
    block_.append(reinterpret_cast<const char*>(&row), sizeof(Row));
    if (block_.size() == kRowsPerBlock * sizeof(Row)) end_block();
  }
  void end_block() {
    if (block_.empty()) return;
    writer_.add(prefix_, std::string_view(block_).substr(0, 16), block_);
    block_.clear();
  }

 private:
  TableWriter& writer_;
  const std::string prefix_;
  std::string block_;
};

/// Reads entries of one table in key order. `end_key` bounds the keys from above if not empty.
class TableCursor {
 public:
  TableCursor(const Store& store, std::string prefix, std::string_view end_key = {});
  ~TableCursor();
  TableCursor(TableCursor&&) noexcept;

  void seek(std::string_view key);           // to the first entry at or behind `key`
  void seek_for_prev(std::string_view key);  // to the last entry at or before `key`
  void next();
  bool valid() const;
  std::string_view key() const;  // without the prefix
  std::string_view value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Looks records up by anchor, fastest in ascending order.
class RecordCursor {
 public:
  RecordCursor(const Store& store, std::uint64_t generation, Table table = Table::kRecords);
  /// The stored record, good until the next call.
  std::optional<std::string_view> find(const Anchor& key);

 private:
  TableCursor cursor_;
  bool started_ = false;
};

/// Rows of a packed table, in key order: one shard of it (by first key octet), or all.
template <typename Row>
class RowCursor {
 public:
  RowCursor(const Store& store, std::uint64_t generation, Table table, int shard = -1)
      : cursor_(store, table_prefix(snapshot_prefix(generation), table), shard_end(shard)) {
    cursor_.seek(shard_start(shard));
  }
  /// The next row; false at the end.
  bool next(Row& row) {
    while (at_ == block_.size()) {
      if (started_ && cursor_.valid()) cursor_.next();
      started_ = true;
      if (!cursor_.valid()) return false;
      block_ = cursor_.value();
      at_ = 0;
    }
    std::memcpy(&row, block_.data() + at_, sizeof(Row));
    at_ += sizeof(Row);
    return true;
  }

 private:
  TableCursor cursor_;
  bool started_ = false;
  std::string_view block_;
  std::size_t at_ = 0;
};

}  // namespace trueup
