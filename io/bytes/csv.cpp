// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/csv.h"

#include "io/bytes/visible_text.h"

namespace trueup {
namespace {

void append_cell(std::string_view cell, CsvCells how, std::string& out) {
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  std::string text = valid_utf8(cell);
  if (how == CsvCells::kSafe && !text.empty() &&
      kFormulaStarts.find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

void append_csv_row(std::span<const std::string_view> cells, CsvCells how, std::string& out) {
  bool first = true;
  for (const std::string_view cell : cells) {
    if (!first) out += ',';
    first = false;
    append_cell(cell, how, out);
  }
  out += "\r\n";
}

}  // namespace trueup
