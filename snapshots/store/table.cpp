// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/table.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }

rocksdb::Options file_options() {
  rocksdb::Options o;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 32 * 1024;
  table.checksum = rocksdb::kXXH3;
  table.block_restart_interval = 16;
  table.enable_index_compression = false;
  table.index_block_restart_interval = 1;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  o.compression = rocksdb::kNoCompression;
  o.writable_file_max_buffer_size = 1 << 20;
  o.bytes_per_sync = 1 << 20;  // the disk works while the processors do
  return o;
}

}  // namespace

std::string snapshot_prefix(std::uint64_t generation) { return numbered_key("S", generation); }
std::string plan_prefix(std::uint64_t run) { return numbered_key("P", run); }

std::string table_prefix(std::string owner_prefix, Table table) {
  owner_prefix += static_cast<char>(table);
  return owner_prefix;
}

struct TableWriter::State {
  explicit State(Store& s) : store(s) {}
  Store& store;
  rocksdb::Options options = file_options();
  std::optional<rocksdb::SstFileWriter> file;
  std::string path;
  std::string key;
};

TableWriter::TableWriter(Store& store) : state_(new State(store)) {}
TableWriter::~TableWriter() = default;
TableWriter::TableWriter(TableWriter&&) noexcept = default;

void TableWriter::add(std::string_view prefix, std::string_view key, std::string_view value) {
  State& s = *state_;
  if (!s.file) {
    s.path = s.store.incoming_path();
    // The diff reads the file right after it is written: it must stay in the page cache.
    constexpr bool kInvalidatePageCache = false;
    s.file.emplace(rocksdb::EnvOptions(), s.options, nullptr, kInvalidatePageCache);
    check(s.file->Open(s.path), "making " + s.path);
  }
  s.key.assign(prefix);
  s.key += key;
  check(s.file->Put(s.key, slice(value)), "writing " + s.path);
}

std::optional<std::string> TableWriter::finish() {
  State& s = *state_;
  if (!s.file) return std::nullopt;
  check(s.file->Finish(), "writing " + s.path);
  s.file.reset();
  return s.path;
}

struct TableCursor::State {
  std::string prefix;
  std::string upper;
  rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> it;
  std::string key;
};

TableCursor::TableCursor(const Store& store, std::string prefix, std::string_view end_key)
    : state_(new State) {
  State& s = *state_;
  s.prefix = std::move(prefix);
  s.upper = s.prefix;
  if (end_key.empty()) {
    s.upper.back() = static_cast<char>(s.upper.back() + 1);  // the table number, never 0xFF
  } else {
    s.upper += end_key;
  }
  s.upper_slice = s.upper;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &s.upper_slice;
  options.fill_cache = false;
  s.it.reset(store.db().NewIterator(options, store.tables()));
}
TableCursor::~TableCursor() = default;
TableCursor::TableCursor(TableCursor&&) noexcept = default;

void TableCursor::seek(std::string_view key) {
  state_->key.assign(state_->prefix);
  state_->key += key;
  state_->it->Seek(state_->key);
  check(state_->it->status(), "reading a table");
}

void TableCursor::seek_for_prev(std::string_view key) {
  state_->key.assign(state_->prefix);
  state_->key += key;
  state_->it->SeekForPrev(state_->key);
  check(state_->it->status(), "reading a table");
}

void TableCursor::next() {
  state_->it->Next();
  check(state_->it->status(), "reading a table");
}

bool TableCursor::valid() const {
  return state_->it->Valid() && state_->it->key().starts_with(state_->prefix);
}

std::string_view TableCursor::key() const {
  return state_->it->key().ToStringView().substr(state_->prefix.size());
}

std::string_view TableCursor::value() const { return state_->it->value().ToStringView(); }

RecordCursor::RecordCursor(const Store& store, std::uint64_t generation, Table table)
    : cursor_(store, table_prefix(snapshot_prefix(generation), table)) {}

std::optional<std::string_view> RecordCursor::find(const Anchor& key) {
  // A step to a near neighbour is much cheaper than a seek through index and block.
  constexpr int kSteps = 6;
  if (started_ && cursor_.valid() && cursor_.key() <= key.bytes()) {
    for (int i = 0; i < kSteps && cursor_.valid() && cursor_.key() < key.bytes(); ++i) {
      cursor_.next();
    }
  }
  if (!started_ || !cursor_.valid() || cursor_.key() != key.bytes()) cursor_.seek(key.bytes());
  started_ = true;
  if (!cursor_.valid() || cursor_.key() != key.bytes()) return std::nullopt;
  return cursor_.value();
}

}  // namespace trueup
