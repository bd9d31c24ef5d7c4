// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/ldif_line.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "io/bytes/base64.h"
#include "io/bytes/utf8.h"
#include "io/ldif/tool_lines.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

const char* find(const char* p, const char* end, char c) {
  const void* at = std::memchr(p, c, static_cast<std::size_t>(end - p));
  return at != nullptr ? static_cast<const char*>(at) : end;
}

/// The last line that is no continuation line, up to the end of `text` without its last newline.
std::string_view last_line(std::string_view text) {
  text.remove_suffix(1);
  std::size_t start = text.size();
  while (true) {
    const std::size_t newline = start == 0 ? std::string_view::npos : text.rfind('\n', start - 1);
    start = newline == std::string_view::npos ? 0 : newline + 1;
    if (start == 0 || start == text.size() || text[start] != ' ') return text.substr(start);
    start = newline;
  }
}

}  // namespace

FoldedLine folded_line(const char* p, const char* end) {
  const char* newline = find(p, end, '\n');
  FoldedLine line;
  while (newline != end && newline + 1 != end && newline[1] == ' ') {
    line.folded = true;
    newline = find(newline + 1, end, '\n');
  }
  line.next = newline == end ? end : newline + 1;
  if (newline != p && newline != end && newline[-1] == '\r') --newline;
  line.text = {p, static_cast<std::size_t>(newline - p)};
  return line;
}

std::string_view unfolded(const FoldedLine& line, TextArena& arena) {
  if (!line.folded) return line.text;
  char* const out = arena.take(line.text.size());
  char* w = out;
  const char* p = line.text.data();
  const char* const end = p + line.text.size();
  while (true) {
    const char* const newline = find(p, end, '\n');
    const char* stop = newline;
    if (newline != end && stop != p && stop[-1] == '\r') --stop;
    w = std::copy(p, stop, w);
    if (newline == end) break;
    p = newline + 2;
  }
  return {out, static_cast<std::size_t>(w - out)};
}

const char* parse_line(std::string_view text, TextArena& arena, LdifLine& line) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return "a line without a colon";
  line.name = text.substr(0, colon);
  line.options = {};
  if (const std::size_t semicolon = line.name.find(';'); semicolon != std::string_view::npos) {
    line.options = line.name.substr(semicolon);
    line.name = line.name.substr(0, semicolon);
  }
  if (line.name.empty()) return "a line without an attribute name";
  std::string_view value = text.substr(colon + 1);
  line.kind = LdifValue::kText;
  if (value.starts_with(':')) line.kind = LdifValue::kBase64;
  if (value.starts_with('<')) line.kind = LdifValue::kUrl;
  if (line.kind != LdifValue::kText) value.remove_prefix(1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  line.value = value;
  if (text.find('\0') != std::string_view::npos) return "a NUL byte in a line";
  if (line.kind != LdifValue::kBase64) return nullptr;
  char* const bytes = arena.take(value.size() / 4 * 3);
  const std::optional<std::size_t> size = decode_base64(value, bytes);
  if (!size) return "a value that is not base64";
  line.value = {bytes, *size};
  return nullptr;
}

namespace {

/// What a message can show of text in an unknown encoding.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string out(text.substr(0, kShown));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

std::string_view last_line_with_text(std::string_view text) {
  const std::size_t end = text.find_last_not_of("\r\n\t");
  return end == std::string_view::npos ? "" : last_line(text.substr(0, end + 2));
}

/// RFC 4512 2.5: letters, digits, hyphens; or an OID. Some servers have underscores.
bool is_attribute_name(std::string_view name) {
  if (name.empty()) return false;
  const bool oid = name[0] >= '0' && name[0] <= '9';
  return std::all_of(name.begin(), name.end(), [oid](unsigned char c) {
    return (c >= '0' && c <= '9') || (!oid && (c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (!oid && (c == '-' || c == '_')) || (oid && c == '.');
  });
}

/// Behind the last entry, with no blank line between, may stand why there are no more.
void refuse_last_words(std::string_view text, const std::string& file) {
  const std::string_view folded = last_line_with_text(text);
  if (folded.empty()) return;
  TextArena arena;
  const std::string_view line =
      unfolded(folded_line(folded.data(), folded.data() + folded.size()), arena);
  if (line.empty() || line.front() == '#' || line.front() == ' ' || line.front() == '-') return;
  const std::string_view name = line.substr(0, line.find_first_of(":;"));
  const bool has_colon = name.size() < line.size();
  const ToolLine kind = tool_line(line);
  if (kind == ToolLine::kPrompt || kind == ToolLine::kNotice) return;
  // Told where it is read: of lines within an entry, those that begin so are looked at.
  const bool read_anyhow = !has_colon || std::string_view("lrP").find(line[0]) != line.npos;
  if (kind == ToolLine::kFailure && read_anyhow) return;
  if (has_colon && is_attribute_name(name) && !is_alarm(name)) return;
  throw InputError(file + ": it ends with '" + shown(line) +
                   "', which is no LDIF: what wrote it did "
                   "not come to its end, so entries may be missing; export it again");
}

}  // namespace

void refuse_cut_ldif(std::string_view text, const std::string& file) {
  while (text.ends_with('\x1A')) text.remove_suffix(1);  // of CP/M's and Windows' copy
  if (text.empty()) return;
  const char* why = nullptr;
  // A tool's own last words are read like any of its lines: they say more than that it is cut.
  if (tool_line(text.substr(text.find_last_of('\n') + 1)) == ToolLine::kFailure) return;
  if (text.back() != '\n') {
    why = "its last line has no newline";
  } else if (const std::string_view last = last_line(text);
             last.find_first_not_of(" \t\r") != last.npos && last.front() != '#' &&
             !last.starts_with('-') && tool_line(last) == ToolLine::kNone) {
    TextArena arena;
    LdifLine line;
    const FoldedLine folded = folded_line(last.data(), text.data() + text.size());
    if (parse_line(unfolded(folded, arena), arena, line) != nullptr) {
      why = "its last line is not whole";
    }
  }
  if (why != nullptr) {
    throw InputError(file + ": the LDIF file is cut off (" + why + "); export it again");
  }
  refuse_last_words(text, file);
}

void refuse_wrong_encoding(std::string_view text, std::uint64_t offset, const std::string& file) {
  if (first_not_utf8(text) == std::string_view::npos) return;
  TextArena arena;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {  // a fold may stand within a character
    const FoldedLine folded = folded_line(p, end);
    if (*p != '#') {
      arena.reset();
      const std::string_view line = unfolded(folded, arena);
      if (const std::size_t bad = first_not_utf8(line); bad != std::string_view::npos) {
        const auto at = offset + static_cast<std::uint64_t>(p - text.data());
        throw InputError(file + ", at byte " + std::to_string(at) + ": text that is no UTF-8 (" +
                         shown(line) +
                         "): the export was written or converted in another encoding, "
                         "such as Windows-1252, and letters may be lost; export it again as UTF-8 "
                         "(ldapsearch) or UTF-16 (ldifde -u), and convert nothing");
      }
    }
    p = folded.next;
  }
}

}  // namespace trueup
