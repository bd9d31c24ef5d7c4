// SPDX-License-Identifier: Apache-2.0
// An output file that is compressed with zstd if its name ends in .zst; otherwise as OutputFile.
// Nothing is visible under its name before commit(). Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/files/output_file.h"

namespace trueup {

class CompressedFile {
 public:
  /// As OutputFile, each member throws StoreError if the file cannot be written.
  explicit CompressedFile(const std::string& path);
  ~CompressedFile();
  CompressedFile(const CompressedFile&) = delete;
  CompressedFile& operator=(const CompressedFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  struct Zstd;
  OutputFile file_;
  std::unique_ptr<Zstd> zstd_;  // nullptr: as it is
};

}  // namespace trueup
