// SPDX-License-Identifier: Apache-2.0
// Looks through a log of RocksDB's (its write-ahead log, github.com/facebook/rocksdb
// "Write-Ahead-Log-File-Format") before the database does. RocksDB passes over a block of zeros,
// and over the rest of a log behind a record whose size was spoiled, without a word; what was
// recorded there must not be missed silently. Called by Store when it opens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trueup {

/// Where `log`, the bytes of a log, is damaged; nothing if it is whole, or ends in half a record as
/// one that was being written when its process was killed.
std::optional<std::uint64_t> damage_in_log(std::string_view log);

/// The first damage in the logs of the database in `folder`, for people: "db/000012.log at byte
/// 4711"; "" if there is none. Throws StoreError if one cannot be read.
std::string damaged_log(const std::string& folder);

}  // namespace trueup
