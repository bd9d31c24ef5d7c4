// SPDX-License-Identifier: Apache-2.0
// The lines of LDIF (RFC 2849): folds undone, "name;options: value" taken apart, base64 decoded.
// What the record reader and the AD reader are both made of. Pure functions; the views point into
// the text or, where bytes had to be put together, into the arena.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/bytes/text_arena.h"

namespace trueup {

/// A line with its continuation lines (those that start with a space), still as in the file.
struct FoldedLine {
  std::string_view text;       // without the last line ending (LF or CRLF)
  const char* next = nullptr;  // where the line after it starts
  bool folded = false;
};

/// The line that starts at `p`. REQUIRES: p < end.
FoldedLine folded_line(const char* p, const char* end);

/// Its text in one piece: each line ending and the one space behind it removed.
std::string_view unfolded(const FoldedLine& line, TextArena& arena);

enum class LdifValue : unsigned char {
  kText,    // name: value
  kBase64,  // name:: value
  kUrl,     // name:< file URL; never opened
};

struct LdifLine {
  std::string_view name;     // attribute type without options
  std::string_view options;  // ";binary", ";range=0-1499", ...; empty where there are none
  std::string_view value;    // decoded; of kUrl the URL
  LdifValue kind = LdifValue::kText;
};

/// Takes an unfolded line apart. Returns nullptr, or what is wrong with it; then `line` holds what
/// could be read.
const char* parse_line(std::string_view text, TextArena& arena, LdifLine& line);

/// True if the line is empty, so that it ends a record.
inline bool is_blank_line(const char* p, const char* end) {
  return *p == '\n' || (*p == '\r' && p + 1 != end && p[1] == '\n');
}

/// Throws InputError if `text`, which ends the file, shows that the file was cut off: no newline at
/// its end, or a last line that is no whole one (no colon, base64 that cannot be decoded) with no
/// blank line behind it.
void refuse_cut_ldif(std::string_view text, const std::string& file);

/// Throws InputError if a line of `text` is no UTF-8, comments apart. The text starts with a line,
/// at byte `offset` of the decoded file. Not for every text: LineEnds tells where there is any
/// need.
void refuse_wrong_encoding(std::string_view text, std::uint64_t offset, const std::string& file);

}  // namespace trueup
