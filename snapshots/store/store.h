// SPDX-License-Identifier: Apache-2.0
// The store: one RocksDB in a folder of its own, with immutable tables (snapshots, plans) that are
// built as sorted files and taken in whole, and a small key space for what changes (counters,
// descriptions, journal), written synced. One process writes at a time; any number may read.
//
// Layout of the folder: FORMAT (marks it as ours), lock (who holds it), db/ (RocksDB),
// incoming/ (sorted files being built; emptied when the store is opened), runs/N/ (reports).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rocksdb {
class DB;
class ColumnFamilyHandle;
class Status;
}  // namespace rocksdb

namespace trueup {

/// Throws StoreError if `status` is not OK; `what` says what was being done.
void check(const rocksdb::Status& status, std::string_view what);

/// What the file FORMAT of a store says. It changes where a store of the release before could not
/// be read as it is; one such store of each format is kept in tests/cli/stores.
inline constexpr std::string_view kStoreFormat = "trueup store 1";

class Store {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  /// Opens the store in `folder`, making it if it is not there (kReadWrite only). Throws
  /// StoreError: the folder holds something else, cannot be written, is of another version, or is
  /// held by a running trueup (the message says which).
  static std::unique_ptr<Store> open(const std::string& folder, Mode mode);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& folder() const { return folder_; }
  /// What of the database's log was damaged when it was opened, for people; "" if it was whole.
  /// What was recorded behind the damage may be lost.
  const std::string& damage() const { return damage_; }
  /// Who writes to the store in `folder` now: "process 123"; "" if nobody does.
  static std::string holder(const std::string& folder);
  bool read_only() const { return mode_ == Mode::kReadOnly; }

  using KeyValue = std::pair<std::string, std::string>;
  std::optional<std::string> get(std::string_view key) const;
  /// All of them or none, on disk when it returns.
  void put_synced(std::span<const KeyValue> entries);
  /// All of them or none. They outlive the process at once, and a crash of the machine after
  /// sync(); entries reach the disk in the order they were put.
  void put_ordered(std::span<const KeyValue> entries);
  void put_ordered(std::string_view key, std::string_view value);
  /// Thread-safe, also beside puts.
  void sync();
  /// Puts all there is into files of their own, which carry checksums and need no log.
  void flush();
  void erase(std::string_view key);
  /// Everything whose key starts with `prefix`, at once.
  void erase_all(std::string_view prefix);
  /// Entries whose key starts with `prefix`, in key order, until `visit` says false.
  void scan(std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

  /// The next number of a counter ("generation", "run"), from 1; never given out twice.
  /// Thread-safe.
  std::uint64_t next_number(std::string_view counter);
  /// next_number() gives more than `number`, which was given out once and forgotten.
  void pass_number(std::string_view counter, std::uint64_t number);

  /// Takes in finished sorted files, all or none, on disk when it returns; the files are moved.
  void ingest(const std::vector<std::string>& files);
  /// Drops all tables of `owner` at once.
  void drop(std::string_view owner_prefix);

  /// Merges small files; those of a snapshot are left as they are. Opening does so by itself where
  /// there are many (see kSmallFiles): each process that writes leaves a few behind.
  void merge_small_files();
  /// What keys and values that start with `prefix` take: of the small key space, of the tables.
  std::uint64_t bytes_of(std::string_view prefix) const;
  std::uint64_t table_bytes_of(std::string_view owner_prefix) const;

  /// The owners ("S" or "P" and a number) that any table belongs to.
  std::vector<std::string> table_owners() const;

  /// A path for a sorted file to be built and ingested.
  std::string incoming_path();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* tables() const { return tables_; }

 private:
  Store(std::string folder, Mode mode);
  void prepare_folder();
  void take_lock();
  void open_db();
  void merge_files_if_many();
  void write(std::span<const KeyValue> entries, bool synced);

  const std::string folder_;
  const Mode mode_;
  std::string damage_;
  int lock_file_ = -1;
  std::mutex counters_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* meta_ = nullptr;
  rocksdb::ColumnFamilyHandle* tables_ = nullptr;
};

/// Numbers in keys are big-endian, so that they sort.
void append_u64(std::uint64_t v, std::string& out);
std::string numbered_key(std::string_view prefix, std::uint64_t number);

/// Of the library in use, for `trueup version`.
std::string rocksdb_version();

}  // namespace trueup
