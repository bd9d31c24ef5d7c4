// SPDX-License-Identifier: Apache-2.0
#include "engine/run/scope_list_file.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "io/bytes/utf8.h"
#include "io/files/input_file.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// Columns that name a mailbox, in lower case and of letters and digits alone.
constexpr std::string_view kNamingColumns[] = {"primarysmtpaddress",
                                               "windowsemailaddress",
                                               "mail",
                                               "email",
                                               "emailaddress",
                                               "smtpaddress",
                                               "userprincipalname",
                                               "upn",
                                               "id",
                                               "objectid",
                                               "userid",
                                               "externaldirectoryobjectid",
                                               "azureadobjectid",
                                               "entraobjectid",
                                               "guid",
                                               "objectguid",
                                               "immutableid",
                                               "onpremisesimmutableid",
                                               "sourceanchor",
                                               "anchor",
                                               "consistencyguid",
                                               "msdsconsistencyguid",
                                               "distinguishedname",
                                               "dn",
                                               "onpremisesdistinguishedname"};

std::string_view without_quotes(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  const std::string_view inner = text.substr(1, text.size() - 2);
  return inner.find('"') == std::string_view::npos ? trimmed_entry(inner) : text;
}

std::string decoded_text(const std::string& path) {
  std::string text;
  try {
    const auto chunk = open_chunks(path, nullptr, std::size_t{1} << 20)->next();
    if (chunk) text = chunk->text;
  } catch (const InputError& error) {
    throw UsageError("cannot read the scope list " + path + ": " + error.what());
  }
  if (text.find('\0') != std::string::npos) {
    throw UsageError("the scope list " + path +
                     " has NUL bytes: it seems to be UTF-16 without a "
                     "byte order mark; save it as UTF-8");
  }
  if (const std::size_t bad = first_not_utf8(text); bad != std::string_view::npos) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    throw UsageError("the scope list " + path + ", line " + std::to_string(line) +
                     ": text that is no UTF-8; save the list as UTF-8 (Export-Csv -Encoding utf8)");
  }
  return text;
}

/// Reads the rows of a CSV (RFC 4180, any delimiter; lines may end with CR alone) one by one.
class CsvRows {
 public:
  CsvRows(std::string_view text, std::size_t line, char delimiter)
      : text_(text), line_(line), delimiter_(delimiter) {}

  bool next(std::vector<std::string>& cells) {
    if (at_ >= text_.size()) return false;
    cells.clear();
    row_line_ = line_;
    while (read_cell(cells)) {
    }
    return true;
  }
  std::size_t line() const { return row_line_; }  // of the row read last

 private:
  /// False behind the last cell of a row.
  bool read_cell(std::vector<std::string>& cells) {
    std::string cell;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c == '"') {
        const bool twice = quoted && at_ + 1 < text_.size() && text_[at_ + 1] == '"';
        if (twice) cell += text_[at_++];
        if (!twice) quoted = !quoted;
        continue;
      }
      if (quoted) {
        cell += c;
      } else if (c == delimiter_) {
        ++at_;
        cells.emplace_back(trimmed_entry(cell));
        return true;
      } else if (c == '\n' || c == '\r') {
        at_ += c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
        if (c == '\r') ++line_;
        cells.emplace_back(trimmed_entry(cell));
        return false;
      } else {
        cell += c;
      }
    }
    cells.emplace_back(trimmed_entry(cell));
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_;
  std::size_t row_line_ = 0;
  const char delimiter_;
};

/// The first of , ; and tab that stands outside of quotes.
char delimiter_of(std::string_view line) {
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ',' || c == ';' || c == '\t')) return c;
  }
  return ',';
}

bool names_mailboxes(std::string_view column) {
  std::string key;
  for (const char c : column) {
    const char lower = fold_ascii(c);
    if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9')) key += lower;
  }
  return std::ranges::find(kNamingColumns, key) != std::end(kNamingColumns);
}

std::string listed(const std::vector<std::string>& columns) {
  std::string out;
  for (const std::string& column : columns) out += (out.empty() ? "" : ", ") + column;
  return out;
}

/// The number of the column that names mailboxes, where the cells are the header of a CSV.
std::optional<std::size_t> naming_column(const std::vector<std::string>& cells,
                                         const std::string& path) {
  std::vector<std::string> candidates;
  std::size_t column = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!names_mailboxes(cells[i])) continue;
    candidates.push_back(cells[i]);
    column = i;
  }
  const bool is_header = !candidates.empty() ||
                         (cells.size() > 1 && std::ranges::all_of(cells, [](const std::string& c) {
                            return c.find_first_of("@=/:\\") == std::string::npos;
                          }));
  if (!is_header) return std::nullopt;
  if (candidates.size() == 1) return column;
  throw UsageError("the scope list " + path +
                   (candidates.empty() ? " is a CSV of which no column is known to name mailboxes: "
                                       : " has several columns that could name the mailboxes: ") +
                   listed(candidates.empty() ? cells : candidates) +
                   "; keep one, such as PrimarySmtpAddress or ObjectId");
}

ScopeList read_csv(std::string_view text, std::size_t first_line, char delimiter,
                   std::size_t column, const std::string& path) {
  ScopeList list;
  CsvRows rows(text, first_line, delimiter);
  std::vector<std::string> cells;
  rows.next(cells);
  const std::string name = cells[column];
  while (rows.next(cells)) {
    if (cells[0].starts_with('#')) continue;
    if (cells.size() == 1 && cells[0].empty()) continue;
    const std::string line = "line " + std::to_string(rows.line());
    if (cells.size() <= column) {
      throw UsageError("the scope list " + path + ", " + line + ": a row without a cell for " +
                       name + "; export it again");
    }
    if (cells[column].empty()) {
      list.unusable.push_back(line + ", which has no " + name);
    } else {
      list.entries.push_back({std::move(cells[column]), false});
    }
  }
  return list;
}

}  // namespace

ScopeList read_scope_list(const std::string& path) {
  const std::string text = decoded_text(path);
  ScopeList list;
  std::size_t number = 0;
  bool first = true;
  for (std::size_t at = 0; at < text.size();) {
    ++number;
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    const std::string_view line = trimmed_entry(std::string_view(text).substr(at, end - at));
    const std::size_t start = at;
    at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
    if (line.empty() || line.front() == '#') continue;
    if (std::exchange(first, false) && !looks_like_dn(line) && !looks_like_canonical_name(line)) {
      const char delimiter = delimiter_of(line);
      std::vector<std::string> cells;
      CsvRows(line, number, delimiter).next(cells);
      if (const std::optional<std::size_t> column = naming_column(cells, path)) {
        return read_csv(trimmed_entry(std::string_view(text).substr(start)), number, delimiter,
                        *column, path);
      }
    }
    list.entries.push_back({std::string(without_quotes(line)), true});
  }
  return list;
}

ScopeList scope_list_of(const DiffOptions& options) {
  return options.scope == ScopeKind::kList ? read_scope_list(options.scope_list) : ScopeList{};
}

}  // namespace trueup
