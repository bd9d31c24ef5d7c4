// SPDX-License-Identifier: Apache-2.0
// The decoded content of an input file (gzip and zstd opened, UTF-16 turned into UTF-8) in chunks
// cut at record boundaries, so that many threads can parse one file. Called by engine/load.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trueup {

/// Extra readable (zero) bytes behind every chunk: simdjson reads up to 64 past the end.
inline constexpr std::size_t kChunkPadding = 64;

/// A piece of a file, decoded, cut at a record boundary. May outlive its source and go to another
/// thread; its bytes live as long as `owner`.
struct Chunk {
  std::string_view text;        // followed by kChunkPadding readable bytes
  std::uint64_t offset = 0;     // of text[0] in the decoded file
  bool first = false;           // starts the file
  bool last = false;            // ends the file
  std::shared_ptr<void> owner;  // keeps text alive
};

/// Looks for the place to cut: given decoded text that starts at a record boundary, the length of
/// the longest prefix that ends at one; 0 if there is none yet (more text is then read first).
using CutFunction = std::function<std::size_t(std::string_view text)>;

/// Yields the chunks of one file in order. One thread at a time.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  /// The next chunk, or nothing at the end. Throws InputError: unreadable, written to meanwhile,
  /// corrupt or cut gzip or zstd stream, an odd number of bytes or a lone surrogate in UTF-16.
  virtual std::optional<Chunk> next() = 0;
};

/// Opens `path`, a file or a pipe. Content decides, not the name: gzip and zstd by magic,
/// UTF-16LE/BE by its BOM (a UTF-8 BOM is dropped). A chunk has at most `chunk_bytes`, or is one
/// record that is larger; memory is that of the chunks that are alive. Without `cut` a file is one
/// chunk. An empty file is one empty chunk, first and last. Throws InputError if `path` cannot be
/// opened.
std::unique_ptr<ChunkSource> open_chunks(const std::string& path, CutFunction cut,
                                         std::size_t chunk_bytes);

/// Size on disk, for progress and for planning. Throws InputError if it cannot be opened.
std::uint64_t file_size(const std::string& path);

}  // namespace trueup
