// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/output.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tools/tenant/text.h"

namespace trueup::tenant {

namespace {

// Test data is written more often than it is kept: fast levels.
constexpr int kGzipLevel = 3;
constexpr int kZstdLevel = 3;

// Thrown in the threads that wait for a chunk that will not come; the error itself is another
// thread's.
struct GivenUp {};

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw std::runtime_error(path.string() + ": " + std::string(what) + ": " +
                           std::generic_category().message(errno));
}

int open_for_writing(const std::filesystem::path& path) {
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    fail(path, "cannot create");
  }
  return descriptor;
}

void write_fully(int descriptor, const std::filesystem::path& path, std::uint64_t offset,
                 std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail(path, "cannot write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

std::string gzipped(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16;  // the largest window, with a gzip header
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib: deflateInit2 failed");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) {
    throw std::runtime_error("zlib: deflate failed");
  }
  return out;
}

std::string zstd_frame(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) {
    throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string_view compressed_ending(Compression compression) noexcept {
  return compression == Compression::kGzip   ? ".gz"
         : compression == Compression::kZstd ? ".zst"
                                             : "";
}

std::string compressed(std::string_view bytes, Compression compression) {
  switch (compression) {
    case Compression::kGzip: return gzipped(bytes);
    case Compression::kZstd: return zstd_frame(bytes);
    case Compression::kNone: break;
  }
  return std::string(bytes);
}

std::string utf16_from_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  const auto unit = [&](char32_t value) {
    out.push_back(static_cast<char>(value & 0xff));
    out.push_back(static_cast<char>(value >> 8));
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t character = next_character(text, at);
    if (character < 0x10000) {
      unit(character);
    } else {
      unit(0xd800 + ((character - 0x10000) >> 10));
      unit(0xdc00 + ((character - 0x10000) & 0x3ff));
    }
  }
  return out;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  const int descriptor = open_for_writing(path);
  try {
    write_fully(descriptor, path, 0, bytes);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) {
    fail(path, "cannot close");
  }
}

void run_threads(unsigned threads, const std::function<void(unsigned)>& work) {
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto guarded = [&](unsigned thread) {
    try {
      work(thread);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first_error) {
        first_error = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> running;  // joined at the end of the block
    for (unsigned thread = 1; thread < threads; ++thread) {
      running.emplace_back(guarded, thread);
    }
    guarded(0);
  }
  if (first_error) {
    std::rethrow_exception(first_error);
  }
}

ChunkedFile::ChunkedFile(const std::filesystem::path& path, Compression compression,
                         Encoding encoding, std::string separator)
    : path_(path),
      compression_(compression),
      encoding_(encoding),
      descriptor_(open_for_writing(path)) {
  separator_ = separator.empty() ? std::string() : packed(separator);
}

ChunkedFile::~ChunkedFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::string ChunkedFile::packed(std::string_view text) const {
  if (encoding_ == Encoding::kUtf16) {
    return compressed(utf16_from_utf8(text), compression_);
  }
  return compressed(text, compression_);
}

void ChunkedFile::write_at(std::uint64_t offset, std::string_view bytes) const {
  write_fully(descriptor_, path_, offset, bytes);
}

void ChunkedFile::write_head(std::string_view text) {
  const std::string mark = encoding_ == Encoding::kUtf16 ? "\xEF\xBB\xBF" : "";  // becomes FF FE
  if (text.empty() && mark.empty()) {
    return;
  }
  const std::string bytes = packed(mark + std::string(text));
  write_at(0, bytes);
  end_ = bytes.size();
}

void ChunkedFile::append(std::uint64_t number, std::string_view text) {
  const bool plain = compression_ == Compression::kNone && encoding_ == Encoding::kUtf8;
  const std::string packed_text = plain || text.empty() ? std::string() : packed(text);
  const std::string_view bytes = plain ? text : packed_text;
  std::uint64_t offset = 0;
  bool separated = false;
  {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return given_up_ || next_chunk_ == number; });
    if (given_up_) {
      throw GivenUp{};
    }
    offset = end_;
    separated = any_chunk_ && !bytes.empty();
    end_ += bytes.size() + (separated ? separator_.size() : 0);
    any_chunk_ = any_chunk_ || !bytes.empty();
    ++next_chunk_;
  }
  turn_.notify_all();
  // The place is ours alone now, so the writing itself needs no order.
  if (separated) {
    write_at(offset, separator_);
    offset += separator_.size();
  }
  write_at(offset, bytes);
}

void ChunkedFile::write_tail_and_close(std::string_view text) {
  if (!text.empty()) {
    write_at(end_, packed(text));
  }
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    fail(path_, "cannot close");
  }
}

void ChunkedFile::give_up() noexcept {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
  }
  turn_.notify_all();
}

void write_chunks(ChunkedFile& file, std::uint64_t count, unsigned threads,
                  const std::function<ChunkMaker(unsigned)>& make_worker) {
  std::atomic<std::uint64_t> next{0};
  run_threads(threads, [&](unsigned thread) {
    try {
      const ChunkMaker make_chunk = make_worker(thread);
      std::string text;
      for (std::uint64_t number = next++; number < count; number = next++) {
        text.clear();
        make_chunk(number, text);
        file.append(number, text);
      }
    } catch (const GivenUp&) {
      return;
    } catch (...) {
      file.give_up();
      throw;
    }
  });
}

}  // namespace trueup::tenant
