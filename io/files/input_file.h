// SPDX-License-Identifier: Apache-2.0
// Input paths and bytes: which files a FILE, FOLDER or GLOB names, in stream order, and their
// decoded content (gzip and zstd opened, UTF-16 turned into UTF-8) in chunks cut at record
// boundaries, so that many threads can parse one file. Called by engine/load.
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

/// The files that `specs` (each a file, folder or glob) name, in stream order: names compared with
/// digit runs as numbers, so page-2 comes before page-10. A folder means the files in it whose name
/// ends with one of `endings` (".json"), or that plus .gz or .zst; not recursive; manifest.json is
/// left out; names of other files, and those that start with a dot, are added to `*passed_over`.
/// A glob means what it matches, folders and manifest.json apart. Several specs: in the order
/// given.
///
/// Throws InputError if a spec names nothing or manifest.json, if a file is named twice (links
/// count, and a.json beside a.json.gz), or if a number is missing in a numbered sequence within a
/// folder or glob: three files or more that share all but the last number of their names, most of
/// them neighbours. Files named one by one are never taken for a sequence.
std::vector<std::string> expand_input(const std::vector<std::string>& specs,
                                      const std::vector<std::string_view>& endings,
                                      std::vector<std::string>* passed_over);

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
