// SPDX-License-Identifier: Apache-2.0
#include "io/files/byte_source.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

class FileSource : public ByteSource {
 public:
  FileSource(int fd, const std::string& path) : fd_(fd), path_(path) {}
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    std::size_t filled = 0;
    while (filled < size) {
      const ssize_t n = ::read(fd_, to + filled, size - filled);
      if (n == 0) break;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw InputError("cannot read " + path_ + ": " + std::generic_category().message(errno));
      filled += static_cast<std::size_t>(n);
    }
    return filled;
  }

 private:
  int fd_;
  std::string path_;
};

/// Gives back bytes that were read to look at them.
class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  std::size_t read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, prefix_.size() - used_);
    std::memcpy(to, prefix_.data() + used_, n);
    used_ += n;
    return n == size ? n : n + rest_->read(to + n, size - n);
  }

 private:
  std::string prefix_;
  std::size_t used_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

std::string read_head(ByteSource& source) {
  std::string head(kLongestMagic, '\0');
  head.resize(source.read(head.data(), head.size()));
  return head;
}

std::unique_ptr<ByteSource> with_prefix(std::string prefix, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<PrefixedSource>(std::move(prefix), std::move(rest));
}

std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> from, const std::string& path,
                                         const GrowthLimit& limit) {
  const std::string head = read_head(*from);
  const Encoding encoding = encoding_of(head.data(), head.size());
  from = with_prefix(head, std::move(from));
  if (encoding == Encoding::kGzip) return gzip_source(std::move(from), path, limit);
  if (encoding == Encoding::kZstd) return zstd_source(std::move(from), path, limit);
  return from;
}

}  // namespace

std::unique_ptr<ByteSource> file_source(int fd, const std::string& path) {
  return std::make_unique<FileSource>(fd, path);
}

Encoding encoding_of(const char* head, std::size_t size) {
  const std::string_view h(head, size);
  if (h.starts_with("\x1f\x8b")) return Encoding::kGzip;
  // A zstd file may begin with a skippable frame (magic 0x184D2A50 to 5F), as pzstd's do.
  if (h.starts_with("\x28\xb5\x2f\xfd")) return Encoding::kZstd;
  if (h.size() == 4 && (h[0] & '\xf0') == '\x50' && h.substr(1) == "\x2a\x4d\x18") {
    return Encoding::kZstd;
  }
  if (h.starts_with("\xef\xbb\xbf")) return Encoding::kUtf8Bom;
  if (h.starts_with("\xff\xfe")) return Encoding::kUtf16Le;
  if (h.starts_with("\xfe\xff")) return Encoding::kUtf16Be;
  return Encoding::kPlain;
}

std::unique_ptr<ByteSource> decoded(std::unique_ptr<ByteSource> from, const std::string& path,
                                    const GrowthLimit& limit) {
  from = decompressed(std::move(from), path, limit);
  std::string head = read_head(*from);
  switch (encoding_of(head.data(), head.size())) {
    case Encoding::kUtf16Le:
      return utf16_source(with_prefix(head.substr(2), std::move(from)), path, false);
    case Encoding::kUtf16Be:
      return utf16_source(with_prefix(head.substr(2), std::move(from)), path, true);
    case Encoding::kUtf8Bom: return with_prefix(head.substr(3), std::move(from));
    case Encoding::kGzip:
    case Encoding::kZstd:
      throw InputError(path + " is compressed twice; decompress it once before");
    case Encoding::kPlain: break;
  }
  return with_prefix(std::move(head), std::move(from));
}

}  // namespace trueup
