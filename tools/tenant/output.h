// SPDX-License-Identifier: Apache-2.0
//
// Where make_tenant's bytes go: whole files, and one big file written by several threads in a fixed
// order of chunks, so that the bytes do not depend on the number of threads. Errors are thrown as
// std::runtime_error with the path.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace trueup::tenant {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };
enum class Encoding : std::uint8_t {
  kUtf8,
  kUtf16
};  // kUtf16: little-endian with a byte order mark

[[nodiscard]] std::string_view compressed_ending(
    Compression compression) noexcept;  // "", ".gz", ".zst"

// A complete gzip member or zstd frame; both formats let members follow one another.
[[nodiscard]] std::string compressed(std::string_view bytes, Compression compression);

// Without a byte order mark. REQUIRES valid UTF-8.
[[nodiscard]] std::string utf16_from_utf8(std::string_view text);

void write_file(const std::filesystem::path& path, std::string_view bytes);

// Runs `work(thread)` on that many threads and waits. The first exception is thrown again.
void run_threads(unsigned threads, const std::function<void(unsigned)>& work);

// A file of chunks. append() may be called from several threads.
class ChunkedFile {
 public:
  // `separator` goes between chunks that are not empty.
  ChunkedFile(const std::filesystem::path& path, Compression compression, Encoding encoding,
              std::string separator);
  ~ChunkedFile();
  ChunkedFile(const ChunkedFile&) = delete;
  ChunkedFile& operator=(const ChunkedFile&) = delete;

  // Written before everything else. REQUIRES: called once, first.
  void write_head(std::string_view text);
  // Waits until the chunks before `number` have their place. REQUIRES: each number once, counted
  // from 0.
  void append(std::uint64_t number, std::string_view text);
  // Written after everything else; then the file is closed.
  void write_tail_and_close(std::string_view text);
  // Wakes the waiting threads with an exception: the chunk they wait for will not come.
  void give_up() noexcept;

 private:
  [[nodiscard]] std::string packed(std::string_view text) const;
  void write_at(std::uint64_t offset, std::string_view bytes) const;

  std::filesystem::path path_;
  Compression compression_;
  Encoding encoding_;
  std::string separator_;
  int descriptor_ = -1;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_chunk_ = 0;
  std::uint64_t end_ = 0;
  bool any_chunk_ = false;
  bool given_up_ = false;
};

// Makes chunks 0 .. count-1 on `threads` threads and appends each. `make_worker(thread)` gives a
// function that fills its second argument, which is empty, with the text of a chunk.
using ChunkMaker = std::function<void(std::uint64_t, std::string&)>;
void write_chunks(ChunkedFile& file, std::uint64_t count, unsigned threads,
                  const std::function<ChunkMaker(unsigned)>& make_worker);

}  // namespace trueup::tenant
