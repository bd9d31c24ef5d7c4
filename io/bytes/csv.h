// SPDX-License-Identifier: Apache-2.0 Comma-separated values (RFC 4180) that a spreadsheet opens as
// they are: UTF-8 with a BOM, lines end in CRLF, and no cell is taken for a formula. Pure
// functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace trueup {

/// What a file begins with, so that Excel takes it for UTF-8.
inline constexpr std::string_view kCsvBom = "\xEF\xBB\xBF";

enum class CsvCells {
  kSafe,  // one that begins with = + - @, a tab or CR gets an apostrophe in front (OWASP "CSV
          // injection"): whoever wrote the value would else have the reader's spreadsheet compute
  kRaw,   // as they are, for programs
};

/// One line. Bytes that are no UTF-8 become U+FFFD.
void append_csv_row(std::span<const std::string_view> cells, CsvCells how, std::string& out);

}  // namespace trueup
