// SPDX-License-Identifier: Apache-2.0
// Keeping the number of the database's files down. A store is opened by a process a run: each takes
// up the log of the one before into a file of its own, and stores its plan in two more, so that 300
// small runs would leave 900 files, all of which are opened and looked at each time. Small ones are
// merged instead. The tables of a snapshot are not: they are large, and go as whole files.
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>

#include "snapshots/model/errors.h"
#include "snapshots/store/store.h"

namespace trueup {
namespace {

constexpr std::uint64_t kSmallBytes = 4 << 20;
constexpr int kSmallFiles = 16;  // then they are merged,
constexpr std::uint64_t kLargeTotal = std::uint64_t{512} << 20;
constexpr int kManySmallFiles = 128;  // ... or then, where there is much beside them

constexpr std::string_view kPlans = "P", kBehindPlans = "Q";

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }

/// The first key that does not start with `prefix`. REQUIRES: it does not consist of 0xFF alone.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  for (std::size_t i = end.size(); i-- > 0;) {
    if (static_cast<unsigned char>(end[i]) == 0xFF) continue;
    end[i] = static_cast<char>(end[i] + 1);
    end.resize(i + 1);
    break;
  }
  return end;
}

/// Whether the files from `from` to `to` are worth merging.
bool has_many_small_files(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* column,
                          std::string_view from, std::string_view to) {
  rocksdb::ColumnFamilyMetaData facts;
  db.GetColumnFamilyMetaData(column, &facts);
  int small = 0;
  std::uint64_t total = 0;
  for (const rocksdb::LevelMetaData& level : facts.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      if (file.smallestkey < from || (!to.empty() && file.smallestkey >= to)) continue;
      total += file.size;
      if (file.size < kSmallBytes) ++small;
    }
  }
  return small >= (total < kLargeTotal ? kSmallFiles : kManySmallFiles);
}

/// Merges all files from `from` to `to`; both empty: of the whole column.
void merge(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* column, std::string_view from,
           std::string_view to) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Slice begin = slice(from), end = slice(to);
  check(db.CompactRange(options, column, from.empty() ? nullptr : &begin,
                        to.empty() ? nullptr : &end),
        "merging small files");
}

std::uint64_t bytes_below(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* column,
                          std::string_view prefix) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options, column));
  std::uint64_t bytes = 0;
  for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
    bytes += it->key().size() + it->value().size();
  }
  check(it->status(), "reading");
  return bytes;
}

bool holds_any(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* column, std::string_view prefix) {
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions(), column));
  it->Seek(slice(prefix));
  check(it->status(), "reading a table");
  return it->Valid() && it->key().starts_with(slice(prefix));
}

}  // namespace

// What is behind a damaged log stays as it was found, for whoever looks at it.
void Store::merge_files_if_many() {
  if (!damage_.empty()) return;
  if (has_many_small_files(*db_, meta_, "", "")) merge(*db_, meta_, "", "");
  if (has_many_small_files(*db_, tables_, kPlans, kBehindPlans)) {
    merge(*db_, tables_, kPlans, kBehindPlans);
  }
}

void Store::merge_small_files() {
  merge(*db_, meta_, "", "");
  merge(*db_, tables_, kPlans, kBehindPlans);
}

void Store::erase_all(std::string_view prefix) {
  check(db_->DeleteRange(rocksdb::WriteOptions(), meta_, slice(prefix), slice(end_of(prefix))),
        "writing");
}

void Store::drop(std::string_view owner_prefix) {
  const std::string end = end_of(owner_prefix);
  const rocksdb::Slice from = slice(owner_prefix);
  const rocksdb::Slice to = slice(end);
  check(rocksdb::DeleteFilesInRange(db_.get(), tables_, &from, &to, false), "dropping old tables");
  // A small plan may stand in one file with others: it is gone at once, and its bytes are when that
  // file is next merged.
  if (!holds_any(*db_, tables_, owner_prefix)) return;
  check(db_->DeleteRange(rocksdb::WriteOptions(), tables_, from, to), "dropping old tables");
}

std::uint64_t Store::bytes_of(std::string_view prefix) const {
  return bytes_below(*db_, meta_, prefix);
}

std::uint64_t Store::table_bytes_of(std::string_view owner_prefix) const {
  return bytes_below(*db_, tables_, owner_prefix);
}

}  // namespace trueup
