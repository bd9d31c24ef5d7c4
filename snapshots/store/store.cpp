// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/store.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "snapshots/model/errors.h"
#include "snapshots/store/log_check.h"

namespace trueup {
namespace fs = std::filesystem;
namespace {

std::string read_small_file(const std::string& path) {
  std::string text(4096, '\0');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = ::read(fd, text.data(), text.size());
  ::close(fd);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

/// A file of the store's folder to write to, which is never another file by way of a link.
int open_own_file(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  if (errno == ELOOP) {
    throw StoreError(path + " is a symbolic link; remove it, and see who may write to that folder");
  }
  throw StoreError("cannot write " + path + ": " + std::strerror(errno));
}

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }

// Everything here is written once and read a few times: no background work disturbs a run, blocks
// are read through the page cache, and files are merged when a store is opened
// (store/small_files.cpp).
rocksdb::ColumnFamilyOptions column_options() {
  rocksdb::ColumnFamilyOptions o;
  rocksdb::BlockBasedTableOptions table;
  table.cache_index_and_filter_blocks = false;
  table.block_cache = rocksdb::NewLRUCache(8 << 20, 0);
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  o.compression = rocksdb::kNoCompression;
  o.disable_auto_compactions = true;
  o.write_buffer_size = 8 << 20;
  o.level0_slowdown_writes_trigger = 1 << 20;
  o.level0_stop_writes_trigger = 1 << 20;
  return o;
}

rocksdb::DBOptions db_options() {
  rocksdb::DBOptions o;
  o.create_if_missing = true;
  o.create_missing_column_families = true;
  o.info_log_level = rocksdb::WARN_LEVEL;
  o.keep_log_file_num = 2;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.skip_stats_update_on_db_open = true;
  o.skip_checking_sst_file_sizes_on_db_open = true;
  o.allow_mmap_reads = true;
  o.max_open_files = -1;
  return o;
}

}  // namespace

void check(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return;
  std::string remedy;
  if (status.IsNoSpace()) remedy = "; make room on that disk and run again, nothing was lost";
  throw StoreError("the store: " + std::string(what) + " failed: " + status.ToString() + remedy);
}

void append_u64(std::uint64_t v, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

std::string numbered_key(std::string_view prefix, std::uint64_t number) {
  std::string key(prefix);
  append_u64(number, key);
  return key;
}

std::unique_ptr<Store> Store::open(const std::string& folder, Mode mode) {
  std::unique_ptr<Store> store(new Store(folder, mode));
  store->prepare_folder();
  if (mode == Mode::kReadWrite) store->take_lock();
  store->open_db();
  if (mode == Mode::kReadWrite) store->merge_files_if_many();
  return store;
}

Store::Store(std::string folder, Mode mode) : folder_(std::move(folder)), mode_(mode) {}

Store::~Store() {
  if (db_ != nullptr) {
    if (meta_ != nullptr) (void)db_->DestroyColumnFamilyHandle(meta_);
    if (tables_ != nullptr) (void)db_->DestroyColumnFamilyHandle(tables_);
    (void)db_->Close();  // everything that counts was synced when it was written
    db_.reset();
  }
  if (lock_file_ >= 0) ::close(lock_file_);
}

void Store::prepare_folder() {
  std::error_code error;
  const std::string format_path = folder_ + "/FORMAT";
  if (mode_ == Mode::kReadOnly) {
    if (!fs::exists(format_path, error)) {
      throw StoreError("there is no store in " + folder_ + "; name it with --store");
    }
  } else if (!fs::exists(folder_, error) || fs::is_empty(folder_, error)) {
    fs::create_directories(folder_, error);
    if (error || ::chmod(folder_.c_str(), 0700) != 0) {
      throw StoreError("cannot make the store folder " + folder_ + ": " +
                       (error ? error.message() : std::strerror(errno)));
    }
    const std::string text = std::string(kStoreFormat) + "\n";
    const int fd = open_own_file(format_path, O_WRONLY);
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(fd) != 0) {
      throw StoreError("cannot write the store folder " + folder_ + ": " + std::strerror(errno));
    }
    ::close(fd);
  }
  const std::string format = read_small_file(format_path);
  if (format.empty()) {
    throw StoreError(folder_ + " is not a trueup store and not empty; name another folder");
  }
  if (format != std::string(kStoreFormat) + "\n") {
    throw StoreError(folder_ + " holds '" + format.substr(0, format.find('\n')) +
                     "', this trueup reads '" + std::string(kStoreFormat) +
                     "'; use the version that wrote it, which also takes its runs back, or begin a "
                     "new store with another --store");
  }
}

void Store::take_lock() {
  const std::string path = folder_ + "/lock";
  lock_file_ = open_own_file(path, O_RDWR);
  if (::flock(lock_file_, LOCK_EX | LOCK_NB) != 0) {
    std::string holder = read_small_file(path);
    throw StoreError("the store " + folder_ + " is in use by " +
                     (holder.empty() ? "another trueup" : holder) +
                     "; wait for it to end, or name another --store");
  }
  const std::string self = "process " + std::to_string(::getpid());
  if (::ftruncate(lock_file_, 0) != 0 ||
      ::pwrite(lock_file_, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    throw StoreError("cannot write " + path + ": " + std::strerror(errno));
  }
  std::error_code error;
  for (const char* name : {"/incoming", "/runs"}) {
    fs::create_directories(folder_ + name, error);
    if (error) throw StoreError("cannot make " + folder_ + name + ": " + error.message());
  }
  for (const auto& left : fs::directory_iterator(folder_ + "/incoming", error)) {
    fs::remove(left.path(), error);  // of a load that did not end
  }
}

void Store::open_db() {
  const std::vector<rocksdb::ColumnFamilyDescriptor> columns = {
      {rocksdb::kDefaultColumnFamilyName, column_options()}, {"tables", column_options()}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const std::string path = folder_ + "/db";
  rocksdb::Options options(db_options(), column_options());
  const auto open = [&](rocksdb::WALRecoveryMode mode) {
    using rocksdb::DB;
    options.wal_recovery_mode = mode;
    if (!read_only()) return DB::Open(options, path, columns, &handles, &db);
    rocksdb::Status status;
    // Who writes meanwhile may replace files between their being listed and their being opened.
    for (int tries = 0; tries < 3; ++tries) {
      status = DB::OpenForReadOnly(options, path, columns, &handles, &db);
      if (status.ok()) break;
    }
    return status;
  };
  // Half a record at the end is what a kill leaves, of which nothing was promised. All else that
  // cannot be read is damage: what stands before it is taken up, and it is told.
  damage_ = damaged_log(folder_);
  const bool whole = damage_.empty();
  rocksdb::Status status = open(whole ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                                      : rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  if (whole && status.IsCorruption()) {
    damage_ = status.ToString();
    status = open(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  }
  check(status, "opening " + path);
  db_.reset(db);
  meta_ = handles[0];
  tables_ = handles[1];
}

std::optional<std::string> Store::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status s = db_->Get(rocksdb::ReadOptions(), meta_, slice(key), &value);
  if (s.IsNotFound()) return std::nullopt;
  check(s, "reading");
  return value;
}

void Store::put_synced(std::span<const KeyValue> entries) { write(entries, true); }

void Store::put_ordered(std::span<const KeyValue> entries) { write(entries, false); }

void Store::write(std::span<const KeyValue> entries, bool synced) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : entries) check(batch.Put(meta_, key, value), "writing");
  rocksdb::WriteOptions options;
  options.sync = synced;
  check(db_->Write(options, &batch), "writing");
}

void Store::put_ordered(std::string_view key, std::string_view value) {
  check(db_->Put(rocksdb::WriteOptions(), meta_, slice(key), slice(value)), "writing");
}

void Store::sync() { check(db_->FlushWAL(true), "writing"); }

void Store::flush() { check(db_->Flush(rocksdb::FlushOptions(), meta_), "writing"); }

void Store::erase(std::string_view key) {
  check(db_->Delete(rocksdb::WriteOptions(), meta_, slice(key)), "writing");
}

void Store::scan(std::string_view prefix,
                 const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions(), meta_));
  for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
    if (!visit(it->key().ToStringView(), it->value().ToStringView())) break;
  }
  check(it->status(), "reading");
}

std::uint64_t Store::next_number(std::string_view counter) {
  const std::scoped_lock lock(counters_);
  const std::string key = "counter/" + std::string(counter);
  const std::optional<std::string> last = get(key);
  const std::uint64_t next = last ? std::stoull(*last) + 1 : 1;
  // On disk at once: what is filed under a number must never meet another thing of that number.
  const KeyValue entry[] = {{key, std::to_string(next)}};
  put_synced(entry);
  return next;
}

void Store::pass_number(std::string_view counter, std::uint64_t number) {
  const std::scoped_lock lock(counters_);
  const std::string key = "counter/" + std::string(counter);
  if (std::stoull(get(key).value_or("0")) >= number) return;
  const KeyValue entry[] = {{key, std::to_string(number)}};
  put_synced(entry);
}

void Store::ingest(const std::vector<std::string>& files) {
  if (files.empty()) return;
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  check(db_->IngestExternalFile(tables_, files, options), "taking in sorted files");
}

std::vector<std::string> Store::table_owners() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  std::set<std::string> owners;
  for (const auto& file : files) {
    if (file.column_family_name == "tables") owners.insert(file.smallestkey.substr(0, 9));
  }
  return {owners.begin(), owners.end()};
}

std::string Store::incoming_path() {
  static std::atomic<std::uint64_t> number{0};
  return folder_ + "/incoming/" + std::to_string(++number) + ".sst";
}

std::string rocksdb_version() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace trueup
