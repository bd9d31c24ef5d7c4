// SPDX-License-Identifier: Apache-2.0
#include "io/files/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "io/files/byte_source.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kUtf8Bom = 3;  // bytes

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

std::shared_ptr<char[]> new_buffer(std::size_t size) {
  return std::shared_ptr<char[]>(new char[size + kChunkPadding]);
}

/// Chunks of a plain file. Each is read into its own buffer; mapping the file instead was measured
/// to be no faster (page faults cost what the copy costs), and a file that shrinks meanwhile would
/// end the process by SIGBUS. What a cut leaves over is read again with the next chunk.
class PlainChunks : public ChunkSource {
 public:
  PlainChunks(Descriptor file, const struct stat& status, std::size_t start, CutFunction cut,
              const std::string& path, std::size_t chunk_bytes)
      : file_(std::move(file)),
        opened_(status),
        size_(static_cast<std::size_t>(status.st_size)),
        start_(start),
        position_(start),
        path_(path),
        cut_(std::move(cut)),
        chunk_bytes_(chunk_bytes) {
    ::posix_fadvise(file_.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  }

  std::optional<Chunk> next() override {
    if (done_) return std::nullopt;
    const std::size_t rest = size_ - position_;
    std::size_t length = 0;
    std::shared_ptr<char[]> buffer;
    for (std::size_t window = chunk_bytes_; length == 0; window *= 2) {
      const bool is_rest = !cut_ || window >= rest;
      buffer = read(is_rest ? rest : window);
      length = is_rest ? rest : cut_({buffer.get(), window});
      if (is_rest) break;
    }
    std::memset(buffer.get() + length, 0, kChunkPadding);
    Chunk chunk;
    chunk.text = {buffer.get(), length};
    chunk.offset = position_ - start_;
    chunk.first = position_ == start_;
    position_ += length;
    chunk.last = done_ = position_ == size_;
    if (done_) check_unchanged();
    chunk.owner = std::move(buffer);
    return chunk;
  }

 private:
  std::shared_ptr<char[]> read(std::size_t size) const {
    std::shared_ptr<char[]> buffer = new_buffer(size);
    for (std::size_t filled = 0; filled < size;) {
      const ssize_t n = ::pread(file_.fd, buffer.get() + filled, size - filled,
                                static_cast<off_t>(position_ + filled));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_errno("read", path_);
      if (n == 0) throw_changed();
      filled += static_cast<std::size_t>(n);
    }
    return buffer;
  }

  /// Half of one export and half of the next would look like a thousand changes.
  void check_unchanged() const {
    struct stat now;
    if (::fstat(file_.fd, &now) != 0) throw_errno("look at", path_);
    if (now.st_size != opened_.st_size || now.st_mtim.tv_sec != opened_.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != opened_.st_mtim.tv_nsec) {
      throw_changed();
    }
  }

  [[noreturn]] void throw_changed() const {
    throw InputError(path_ + " was written to while it was read; start again when it is complete");
  }

  Descriptor file_;
  struct stat opened_;
  std::size_t size_;
  std::size_t start_;  // behind a BOM
  std::size_t position_;
  std::string path_;
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
    std::size_t window = std::max(chunk_bytes_, left_over_.size());
    // One byte more than the cut is looked for in: that is how the end is seen in time, so that no
    // empty chunk has to follow to say it was the last.
    std::shared_ptr<char[]> buffer = new_buffer(window + 1);
    std::memcpy(buffer.get(), left_over_.data(), left_over_.size());
    std::size_t filled = left_over_.size();
    std::size_t length = 0;
    while (true) {
      filled += source_->read(buffer.get() + filled, window + 1 - filled);
      done_ = filled <= window;
      length = done_ ? filled : (cut_ ? cut_({buffer.get(), window}) : 0);
      if (done_ || length != 0) break;
      std::shared_ptr<char[]> larger = new_buffer(window * 2 + 1);
      std::memcpy(larger.get(), buffer.get(), filled);
      buffer = std::move(larger);
      window *= 2;
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

Encoding encoding_of_file(int fd, const std::string& path) {
  char head[kLongestMagic];
  const ssize_t n = ::pread(fd, head, sizeof head, 0);
  if (n < 0) throw_errno("read", path);
  return encoding_of(head, static_cast<std::size_t>(n));
}

}  // namespace

std::unique_ptr<ChunkSource> open_chunks(const std::string& path, CutFunction cut,
                                         std::size_t chunk_bytes) {
  chunk_bytes = std::max<std::size_t>(chunk_bytes, 1);
  struct stat status;
  Descriptor file = open_file(path, status);
  if (S_ISREG(status.st_mode)) {
    const Encoding encoding = encoding_of_file(file.fd, path);
    if (encoding == Encoding::kPlain || encoding == Encoding::kUtf8Bom) {
      return std::make_unique<PlainChunks>(std::move(file), status,
                                           encoding == Encoding::kUtf8Bom ? kUtf8Bom : 0,
                                           std::move(cut), path, chunk_bytes);
    }
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
