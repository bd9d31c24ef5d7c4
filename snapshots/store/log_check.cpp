// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/log_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kBlock = 32768;
constexpr std::size_t kHeader = 7;             // checksum (4), size (2), type (1)
constexpr std::size_t kRecyclableHeader = 11;  // ... and the number of the log (4)
constexpr unsigned kLastPlainType = 4;
constexpr unsigned kLastType = 8;

std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[i] = crc;
  }
  return table;
}

/// CRC-32C (RFC 3720 B.4), masked as LevelDB does what is stored beside its data.
std::uint32_t masked_crc(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = crc32c_table();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

unsigned byte_at(std::string_view log, std::size_t at) {
  return static_cast<unsigned char>(log[at]);
}

/// The size of the whole record that stands at `at`, header and all; 0 if none does.
std::size_t record_at(std::string_view log, std::size_t at) {
  const std::size_t room = std::min(kBlock - at % kBlock, log.size() - at);
  if (room < kHeader) return 0;
  const unsigned type = byte_at(log, at + 6);
  if (type == 0 || type > kLastType) return 0;
  const std::size_t size = (byte_at(log, at + 4) | byte_at(log, at + 5) << 8) +
                           (type > kLastPlainType ? kRecyclableHeader : kHeader);
  if (size > room) return 0;
  std::uint32_t stored = 0;
  for (std::size_t i = 4; i-- > 0;) stored = stored << 8 | byte_at(log, at + i);
  return masked_crc(log.substr(at + 6, size - 6)) == stored ? size : 0;
}

/// Whether what stands at `at` may be the beginning of a record that was not written to its end.
bool cut_short(std::string_view log, std::size_t at) {
  for (std::size_t behind = at + 1; behind < log.size(); ++behind) {
    if (record_at(log, behind) != 0) return false;
  }
  const std::size_t left = log.size() - at;
  if (left < kHeader) return true;
  const unsigned type = byte_at(log, at + 6);
  const std::size_t size = kHeader + (byte_at(log, at + 4) | byte_at(log, at + 5) << 8);
  return type != 0 && type <= kLastType && size > left;
}

}  // namespace

std::optional<std::uint64_t> damage_in_log(std::string_view log) {
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t left_in_block = kBlock - at % kBlock;
    if (left_in_block < kHeader) {  // filled up
      at += left_in_block;
      continue;
    }
    const std::size_t size = record_at(log, at);
    if (size == 0) return cut_short(log, at) ? std::nullopt : std::optional<std::uint64_t>(at);
    at += size;
  }
  return std::nullopt;
}

std::string damaged_log(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> logs;
  for (const auto& entry : fs::directory_iterator(folder + "/db", error)) {
    if (entry.path().extension() == ".log") logs.push_back(entry.path());
  }
  std::ranges::sort(logs);
  for (const fs::path& path : logs) {
    std::ifstream in(path, std::ios::binary);
    const std::string log{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) throw StoreError("cannot read " + path.string());
    if (const auto at = damage_in_log(log)) {
      return "db/" + path.filename().string() + " at byte " + std::to_string(*at);
    }
  }
  return {};
}

}  // namespace trueup
