// SPDX-License-Identifier: Apache-2.0
#include "io/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "io/byte_source.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

/// Below this a file is read: mapping and unmapping it would cost more than the copy.
constexpr std::uint64_t kSmallFile = std::uint64_t{1} << 20;

[[noreturn]] void throw_errno(const char* what, const std::string& path) {
  throw InputError(std::string("cannot ") + what + " " + path + ": " +
                   std::generic_category().message(errno));
}

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int f) : fd(f) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(Descriptor&& other) noexcept : fd(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int release() { return std::exchange(fd, -1); }
};

std::size_t page_size() {
  static const std::size_t size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// A file in memory, with kChunkPadding readable bytes behind its end.
class Mapping {
 public:
  Mapping(int fd, std::size_t size, const std::string& path) {
    const std::size_t pages = (size + page_size() - 1) / page_size();
    length_ = (pages + 1) * page_size();
    // A file that ends on a page boundary has nothing readable behind it. So a larger region is
    // reserved first, and the file is put over its front.
    void* region =
        ::mmap(nullptr, length_, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) throw_errno("reserve memory for", path);
    base_ = static_cast<char*>(region);
    if (::mmap(base_, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
      const int error = errno;
      ::munmap(base_, length_);
      errno = error;
      throw_errno("map", path);
    }
    ::madvise(base_, size, MADV_SEQUENTIAL);
  }
  ~Mapping() { ::munmap(base_, length_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const char* data() const { return base_; }

  /// Gives back the memory of whole pages within [from, to): the file is read once only, and
  /// resident memory stays flat however large it is.
  void forget(std::size_t from, std::size_t to) const {
    from = (from + page_size() - 1) / page_size() * page_size();
    to = to / page_size() * page_size();
    if (from < to) ::madvise(base_ + from, to - from, MADV_DONTNEED);
  }

 private:
  char* base_ = nullptr;
  std::size_t length_ = 0;
};

class MappedChunks : public ChunkSource {
 public:
  MappedChunks(int fd, std::size_t size, const std::string& path, CutFunction cut,
               std::size_t chunk_bytes)
      : mapping_(std::make_shared<const Mapping>(fd, size, path)),
        size_(size),
        start_(encoding_of(mapping_->data(), std::min(size, kLongestMagic)) == Encoding::kUtf8Bom
                   ? 3
                   : 0),
        position_(start_),
        cut_(std::move(cut)),
        chunk_bytes_(chunk_bytes) {}

  std::optional<Chunk> next() override {
    if (done_) return std::nullopt;
    const std::string_view rest(mapping_->data() + position_, size_ - position_);
    std::size_t length = 0;
    for (std::size_t window = chunk_bytes_; cut_ && length == 0 && window < rest.size();
         window *= 2) {
      length = cut_(rest.substr(0, window));
    }
    if (length == 0) length = rest.size();
    Chunk chunk;
    chunk.text = rest.substr(0, length);
    chunk.offset = position_ - start_;
    chunk.first = position_ == start_;
    position_ += length;
    chunk.last = done_ = position_ == size_;
    chunk.owner = std::make_shared<Slice>(mapping_, position_ - length, position_);
    return chunk;
  }

 private:
  struct Slice {
    std::shared_ptr<const Mapping> mapping;
    std::size_t from, to;
    Slice(std::shared_ptr<const Mapping> m, std::size_t f, std::size_t t)
        : mapping(std::move(m)), from(f), to(t) {}
    ~Slice() { mapping->forget(from, to); }
    Slice(const Slice&) = delete;
    Slice& operator=(const Slice&) = delete;
  };

  std::shared_ptr<const Mapping> mapping_;
  std::size_t size_;
  std::size_t start_;
  std::size_t position_;
  CutFunction cut_;
  std::size_t chunk_bytes_;
  bool done_ = false;
};

/// Chunks of a stream. What a cut leaves over is copied to the front of the next buffer.
class StreamChunks : public ChunkSource {
 public:
  StreamChunks(std::unique_ptr<ByteSource> source, CutFunction cut, std::size_t chunk_bytes)
      : source_(std::move(source)), cut_(std::move(cut)), chunk_bytes_(chunk_bytes) {}

  std::optional<Chunk> next() override {
    if (done_) return std::nullopt;
    std::size_t capacity = std::max(chunk_bytes_, left_over_.size());
    std::shared_ptr<char[]> buffer = new_buffer(capacity);
    std::memcpy(buffer.get(), left_over_.data(), left_over_.size());
    std::size_t filled = left_over_.size();
    std::size_t length = 0;
    while (true) {
      filled += source_->read(buffer.get() + filled, capacity - filled);
      if (filled < capacity) {  // the end: all that is left is one chunk
        length = filled;
        done_ = true;
        break;
      }
      length = cut_ ? cut_({buffer.get(), filled}) : 0;
      if (length != 0) break;
      std::shared_ptr<char[]> larger = new_buffer(capacity * 2);
      std::memcpy(larger.get(), buffer.get(), filled);
      buffer = std::move(larger);
      capacity *= 2;
    }
    Chunk chunk;
    left_over_.assign(buffer.get() + length, filled - length);
    std::memset(buffer.get() + length, 0, kChunkPadding);
    chunk.text = {buffer.get(), length};
    chunk.offset = offset_;
    chunk.first = offset_ == 0;
    chunk.last = done_;
    chunk.owner = std::move(buffer);
    offset_ += length;
    return chunk;
  }

 private:
  static std::shared_ptr<char[]> new_buffer(std::size_t size) {
    return std::shared_ptr<char[]>(new char[size + kChunkPadding]);
  }

  std::unique_ptr<ByteSource> source_;
  CutFunction cut_;
  std::size_t chunk_bytes_;
  std::string left_over_;
  std::uint64_t offset_ = 0;
  bool done_ = false;
};

Descriptor open_file(const std::string& path, struct stat& status) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) throw_errno("open", path);
  if (::fstat(file.fd, &status) != 0) throw_errno("look at", path);
  if (S_ISDIR(status.st_mode)) throw InputError(path + " is a folder, a file is wanted here");
  return file;
}

bool is_plain_text(int fd, const std::string& path) {
  char head[kLongestMagic];
  const ssize_t n = ::pread(fd, head, sizeof head, 0);
  if (n < 0) throw_errno("read", path);
  const Encoding encoding = encoding_of(head, static_cast<std::size_t>(n));
  return encoding == Encoding::kPlain || encoding == Encoding::kUtf8Bom;
}

}  // namespace

std::unique_ptr<ChunkSource> open_chunks(const std::string& path, CutFunction cut,
                                         std::size_t chunk_bytes) {
  chunk_bytes = std::max<std::size_t>(chunk_bytes, 1);
  struct stat status;
  Descriptor file = open_file(path, status);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (S_ISREG(status.st_mode) && size >= kSmallFile && is_plain_text(file.fd, path)) {
    return std::make_unique<MappedChunks>(file.fd, size, path, std::move(cut), chunk_bytes);
  }
  return std::make_unique<StreamChunks>(decoded(file_source(file.release(), path), path),
                                        std::move(cut), chunk_bytes);
}

std::uint64_t file_size(const std::string& path) {
  struct stat status;
  open_file(path, status);
  return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace trueup
