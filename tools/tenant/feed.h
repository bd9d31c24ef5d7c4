// SPDX-License-Identifier: Apache-2.0
//
// What the writers of all feeds have in common.
#pragma once

#include <cstdint>
#include <filesystem>

#include "tools/tenant/output.h"

namespace trueup::tenant {

struct FeedOptions {
  std::filesystem::path folder;  // of the whole tenant
  unsigned threads = 1;
  Compression compression = Compression::kNone;
  bool quirks = false;
};

struct FeedCount {
  std::uint64_t files = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the records, before compression
};

}  // namespace trueup::tenant
