// SPDX-License-Identifier: Apache-2.0
// gzip and zstd as byte sources.
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "io/files/byte_source.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kInputBuffer = std::size_t{256} << 10;
constexpr std::size_t kOutputStep = std::size_t{4} << 20;  // at most, between two looks at how much

[[noreturn]] void throw_cut(const std::string& path) {
  throw InputError(path + ": the compressed file is cut off; copy or export it again");
}
[[noreturn]] void throw_corrupt(const std::string& path, std::string_view why) {
  throw InputError(path + ": the compressed file is corrupt (" + std::string(why) +
                   "); copy or export it again");
}

/// Counts both sides of a decompressor.
class Growth {
 public:
  Growth(const std::string& path, const GrowthLimit& limit) : path_(path), limit_(limit) {}
  void take_in(std::size_t bytes) { in_ += bytes; }
  void give_out(std::size_t bytes) {
    out_ += bytes;
    if (out_ <= limit_.free_bytes || out_ / limit_.fold <= in_) return;
    throw InputError(path_ + ": the compressed file grows more than " +
                     std::to_string(limit_.fold) + "-fold (" + std::to_string(out_) +
                     " bytes out of the first " + std::to_string(in_) +
                     "), which no export does; look at where it comes from, and export again");
  }

 private:
  const std::string path_;
  const GrowthLimit limit_;
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
};

class GzipSource : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> from, const std::string& path, const GrowthLimit& limit)
      : from_(std::move(from)), path_(path), growth_(path, limit), input_(kInputBuffer) {
    constexpr int kGzipOnly = 16;  // added to the window bits: no zlib or raw streams
    if (inflateInit2(&z_, 15 + kGzipOnly) != Z_OK) throw InputError("zlib: no memory for " + path_);
  }
  ~GzipSource() override { inflateEnd(&z_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    std::size_t filled = 0;
    while (filled < size && more_input()) {
      const std::size_t step = std::min(size - filled, kOutputStep);
      z_.next_out = reinterpret_cast<Bytef*>(to + filled);
      z_.avail_out = static_cast<uInt>(step);
      const int code = inflate(&z_, Z_NO_FLUSH);
      filled += step - z_.avail_out;
      growth_.give_out(step - z_.avail_out);
      in_member_ = code != Z_STREAM_END;
      if (code == Z_STREAM_END) {
        inflateReset(&z_);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        throw_corrupt(path_, z_.msg != nullptr ? z_.msg : "unknown");
      }
    }
    return filled;
  }

 private:
  /// Sees to it that there is input. False at a proper end; the end within a member throws.
  bool more_input() {
    if (z_.avail_in == 0 && !refill()) {
      if (in_member_) throw_cut(path_);
      return false;
    }
    if (in_member_) return true;
    // Between members: the next one, or zeros that tape and block copies leave behind.
    while (*z_.next_in == 0) {
      ++z_.next_in;
      if (--z_.avail_in == 0 && !refill()) return false;
    }
    in_member_ = true;
    return true;
  }

  bool refill() {
    const std::size_t n = from_->read(input_.data(), input_.size());
    growth_.take_in(n);
    z_.next_in = reinterpret_cast<Bytef*>(input_.data());
    z_.avail_in = static_cast<uInt>(n);
    return n != 0;
  }

  std::unique_ptr<ByteSource> from_;
  std::string path_;
  Growth growth_;
  std::vector<char> input_;
  z_stream z_{};
  bool in_member_ = true;  // an empty stream is a cut one
};

class ZstdSource : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> from, const std::string& path, const GrowthLimit& limit)
      : from_(std::move(from)),
        path_(path),
        growth_(path, limit),
        buffer_(kInputBuffer),
        stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw InputError("zstd: no memory for " + path_);
  }
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, 0, 0};
    while (out.pos < size) {
      // More may come out of what was taken in, so the end is asked for only when nothing does.
      if (in_.pos == in_.size && !refill() && !pending_) break;
      const std::size_t before = out.pos;
      out.size = std::min(size, before + kOutputStep);
      const std::size_t code = ZSTD_decompressStream(stream_, &out, &in_);
      if (ZSTD_isError(code)) throw_corrupt(path_, ZSTD_getErrorName(code));
      growth_.give_out(out.pos - before);
      pending_ = code != 0;
      if (pending_ && ended_ && out.pos == before) throw_cut(path_);
    }
    return out.pos;
  }

 private:
  bool refill() {
    const std::size_t n = from_->read(buffer_.data(), buffer_.size());
    growth_.take_in(n);
    in_ = {buffer_.data(), n, 0};
    ended_ = n == 0;
    return n != 0;
  }

  std::unique_ptr<ByteSource> from_;
  std::string path_;
  Growth growth_;
  std::vector<char> buffer_;
  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool pending_ = true;  // inside a frame; an empty stream is a cut one
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                        const GrowthLimit& limit) {
  return std::make_unique<GzipSource>(std::move(from), path, limit);
}

std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                        const GrowthLimit& limit) {
  return std::make_unique<ZstdSource>(std::move(from), path, limit);
}

std::string zlib_version_text() { return zlibVersion(); }
std::string zstd_version_text() { return ZSTD_versionString(); }

}  // namespace trueup
