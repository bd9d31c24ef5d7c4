// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/intended_marker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "snapshots/model/digest.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/store.h"

namespace trueup {
namespace {

constexpr std::string_view kMagic = "trueup-i";
constexpr std::size_t kCells = 4;
constexpr std::size_t kCellStep = 512;  // a sector: disks write it whole or not at all
constexpr std::size_t kCellBody = 48;
constexpr std::size_t kChecksum = 32;
constexpr std::size_t kRecordAt = 4096;

struct Cell {
  std::uint64_t number = 0;
  std::uint64_t intended = 0;
  bool accounted = false;
};

std::string checksum(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  const Sha256Digest sum = digest.finish();
  return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

std::uint64_t u64_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string encoded(std::uint64_t run, std::uint64_t changes, const Cell& cell) {
  std::string out(kMagic);
  for (const std::uint64_t v : {run, changes, cell.number, cell.intended}) append_u64(v, out);
  append_u64(cell.accounted ? 1 : 0, out);
  out += checksum(out);
  out.resize(kCellStep);
  return out;
}

std::optional<Cell> decoded(std::string_view file, std::size_t index, std::uint64_t run) {
  if (file.size() < index * kCellStep + kCellBody + kChecksum) return std::nullopt;
  const std::string_view cell = file.substr(index * kCellStep, kCellBody + kChecksum);
  const std::string_view body = cell.substr(0, kCellBody);
  if (!body.starts_with(kMagic) || checksum(body) != cell.substr(kCellBody)) return std::nullopt;
  if (u64_at(body, 8) != run) return std::nullopt;
  return Cell{
      .number = u64_at(body, 24), .intended = u64_at(body, 32), .accounted = u64_at(body, 40) != 0};
}

std::optional<RunDescription> decoded_run(std::string_view file, std::uint64_t number) {
  if (file.size() < kRecordAt + 8 + kChecksum) return std::nullopt;
  const std::uint64_t size = u64_at(file, kRecordAt);
  if (size > file.size() - kRecordAt - 8 - kChecksum) return std::nullopt;
  const std::string_view body = file.substr(kRecordAt, 8 + size);
  if (checksum(body) != file.substr(kRecordAt + 8 + size, kChecksum)) return std::nullopt;
  RunDescription run = run_of_record(body.substr(8));
  return run.run == number ? std::optional(std::move(run)) : std::nullopt;
}

std::string marker_path(const Store& store, std::uint64_t run) {
  return run_folder(store, run) + "/intended";
}

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw StoreError("cannot " + what + " " + path + ": " + std::strerror(errno) +
                   "; nothing more is sent without it");
}

void write_at(int file, std::string_view bytes, std::size_t at, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += static_cast<std::size_t>(n);
  }
}

/// What stands in the folder is there after a crash.
void sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("open", path);
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  if (!synced) fail("sync", path);
}

std::optional<std::string> read_whole(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("read", path);
  }
  std::string text;
  std::array<char, 8192> buffer;
  ssize_t n = 0;
  while ((n = ::read(file, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(file);
  if (n < 0) text.clear();  // a disk that cannot read it any more: all of the plan is in doubt
  return text;
}

}  // namespace

std::string run_folder(const Store& store, std::uint64_t run) {
  return store.folder() + "/runs/" + std::to_string(run);
}

bool has_marker(const Store& store, std::uint64_t run) {
  struct stat status {};
  return ::stat(marker_path(store, run).c_str(), &status) == 0;
}

std::optional<MarkedRun> read_marker(const Store& store, std::uint64_t run) {
  const std::optional<std::string> file = read_whole(marker_path(store, run));
  if (!file) return std::nullopt;
  MarkedRun marked;
  marked.run = decoded_run(*file, run);
  std::optional<Cell> newest;
  for (std::size_t pair = 0; pair < kCells; pair += 2) {
    bool readable = false;
    for (std::size_t i = pair; i < pair + 2; ++i) {
      const std::optional<Cell> cell = decoded(*file, i, run);
      if (!cell) continue;
      readable = true;
      if (!newest || cell->number > newest->number) newest = cell;
    }
    marked.whole = marked.whole && readable;
  }
  if (newest) {
    marked.intended = static_cast<std::uint32_t>(newest->intended);
    marked.accounted = newest->accounted && marked.whole;
  }
  return marked;
}

std::uint32_t doubtful_up_to(const Store& store, const RunDescription& run) {
  const std::optional<MarkedRun> marked = read_marker(store, run.run);
  if (!marked || marked->accounted) return 0;
  return marked->whole ? marked->intended : static_cast<std::uint32_t>(run.changes);
}

IntendedMarker::IntendedMarker(const Store& store, const RunDescription& run,
                               std::uint32_t intended)
    : path_(marker_path(store, run.run)),
      run_(run.run),
      changes_(run.changes),
      intended_(intended) {
  const std::string record = record_of(run);
  std::string body;
  append_u64(record.size(), body);
  body += record;
  std::string file;
  for (std::size_t i = 0; i < kCells; ++i) {
    file += encoded(run_, changes_, {.number = 0, .intended = intended, .accounted = false});
  }
  file.resize(kRecordAt);
  file += body + checksum(body);
  const std::string beside = path_ + ".new";
  // What a killed process left there; a link is not followed.
  if (::unlink(beside.c_str()) != 0 && errno != ENOENT) fail("replace", beside);
  file_ = ::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) fail("make", beside);
  write_at(file_, file, 0, beside);
  if (::fsync(file_) != 0) fail("sync", beside);
  if (std::rename(beside.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    errno = error;
    fail("make", path_);
  }
  sync_folder(run_folder(store, run_));
  sync_folder(store.folder() + "/runs");
  sync_folder(store.folder());
}

IntendedMarker::~IntendedMarker() {
  if (file_ >= 0) ::close(file_);
}

void IntendedMarker::raise(std::uint32_t intended) {
  const std::scoped_lock lock(mutex_);
  if (intended <= intended_) return;
  intended_ = intended;
  write_cells(false);
}

void IntendedMarker::account() {
  const std::scoped_lock lock(mutex_);
  write_cells(true);
}

void IntendedMarker::write_cells(bool accounted) {
  ++number_;
  std::string pair =
      encoded(run_, changes_, {.number = number_, .intended = intended_, .accounted = accounted});
  pair += pair;
  write_at(file_, pair, (number_ % 2) * 2 * kCellStep, path_);
  if (::fdatasync(file_) != 0) fail("sync", path_);
}

}  // namespace trueup
