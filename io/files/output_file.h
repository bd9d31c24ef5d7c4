// SPDX-License-Identifier: Apache-2.0
// Writes a file whole or not at all: into a temporary file beside it, synced, then renamed. Mode
// 0600, as plans and reports hold personal data. The temporary file is always a new one: a link
// that somebody put in its place is refused and not followed. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trueup {

class OutputFile {
 public:
  /// Each member throws StoreError if the file cannot be written (no such folder, rights, disk
  /// full); nothing is visible under `path` before commit().
  explicit OutputFile(std::string path);
  ~OutputFile();  // removes what was not committed
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  /// Replaces bytes already written. REQUIRES: they were.
  void overwrite(std::uint64_t offset, std::string_view bytes);
  void commit();

 private:
  void flush();
  std::string path_;
  std::string temporary_;
  int file_ = -1;
  std::string buffer_;
  std::uint64_t flushed_ = 0;
};

/// The whole of a text at once.
void write_file(const std::string& path, std::string_view text);

}  // namespace trueup
