// SPDX-License-Identifier: Apache-2.0
// The decoding pipeline under open_chunks(): file -> gzip or zstd -> UTF-16, each a stream of bytes
// read from the one before. One thread at a time; every source owns the one it reads from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace trueup {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads `size` bytes to `to`, fewer only at the end; tells how many. Throws InputError.
  virtual std::size_t read(char* to, std::size_t size) = 0;
};

/// Reads an open file, pipe or device; closes it. `path` is for messages.
std::unique_ptr<ByteSource> file_source(int fd, const std::string& path);

/// What the first bytes of a stream say it is.
enum class Encoding { kPlain, kGzip, kZstd, kUtf8Bom, kUtf16Le, kUtf16Be };
inline constexpr std::size_t kLongestMagic = 4;
Encoding encoding_of(const char* head, std::size_t size);

/// How far a compressed file may grow. A listing that repeats itself grows tenfold, a tenant of
/// equal users a hundredfold; what grows more, and is large, was made to fill memory or disk.
struct GrowthLimit {
  std::uint64_t free_bytes = std::uint64_t{1} << 30;  // of output, whatever they came from
  std::uint64_t fold = 200;                           // beyond those: output for each byte of input
};

/// The decoded stream: gzip members (RFC 1952) and zstd frames (RFC 8878), any number of them one
/// after another, then UTF-16 with a BOM turned into UTF-8; a UTF-8 BOM is dropped.
std::unique_ptr<ByteSource> decoded(std::unique_ptr<ByteSource> from, const std::string& path,
                                    const GrowthLimit& limit = {});

/// The stages of decoded(). Each throws InputError where the stream is corrupt or cut off.
std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                        const GrowthLimit& limit);
std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                        const GrowthLimit& limit);
/// `from` stands behind the BOM.
std::unique_ptr<ByteSource> utf16_source(std::unique_ptr<ByteSource> from, const std::string& path,
                                         bool big_endian);

/// Of the library in use, for `trueup version`.
std::string zlib_version_text();
std::string zstd_version_text();

}  // namespace trueup
