// SPDX-License-Identifier: Apache-2.0
#include "io/json_chunks.h"

#include <simdjson.h>
#include <string.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <new>
#include <utility>

#include "io/byte_mask.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

/// No user and no mailbox comes near this; a text without an end of a record in it is no dump.
constexpr std::size_t kLongestRecord = std::size_t{64} << 20;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_open(char c) { return (c | 0x20) == '{'; }   // { and [ differ in that bit only
bool is_close(char c) { return (c | 0x20) == '}'; }  // and so do } and ]

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

/// The last line break between a closing and an opening bracket. Between values of one document
/// there would be a comma, so behind it a document starts; strings hold no line breaks.
std::size_t last_document_break(std::string_view text) {
  const char* const begin = text.data();
  std::size_t size = text.size();
  while (const void* found = memrchr(begin, '\n', size)) {
    size = static_cast<std::size_t>(static_cast<const char*>(found) - begin);
    const std::size_t next = skip_space(text, size);
    if (next == text.size() || !is_open(text[next])) continue;
    std::size_t previous = size;
    while (previous > 0 && is_space(text[previous - 1])) --previous;
    if (previous > 0 && is_close(text[previous - 1])) return size + 1;
  }
  return 0;
}

/// Which of 64 bytes stand outside strings, block after block: the quote masks of simdjson's
/// first stage (Langdale and Lemire, "Parsing gigabytes of JSON per second", 3.1).
class StringMask {
 public:
  /// The bytes of the block that belong to strings, opening quotes included.
  std::uint64_t inside(const char* block) {
    std::uint64_t quotes = equal(block, '"', '"');
    const std::uint64_t backslashes = equal(block, '\\', '\\');
    if ((backslashes | escape_) != 0) quotes &= ~escaped(backslashes);
    const std::uint64_t mask = parity(quotes) ^ inside_;
    inside_ = 0 - (mask >> 63);
    return mask;
  }
  static std::uint64_t equal(const char* block, char a, char b) {
    return either_mask32(block, a, b) | std::uint64_t{either_mask32(block + 32, a, b)} << 32;
  }

 private:
  /// Bit i of the result: whether the number of bits 0 to i is odd.
  static std::uint64_t parity(std::uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
  }

  std::uint64_t escaped(std::uint64_t backslashes) {
    std::uint64_t mask = escape_;
    escape_ = 0;
    while (backslashes != 0) {
      const std::uint64_t one = backslashes & (0 - backslashes);
      backslashes ^= one;
      if (mask & one) continue;  // this backslash is the escaped character itself
      if (one >> 63) escape_ = 1;
      mask |= one << 1;
    }
    return mask;
  }

  std::uint64_t inside_ = 0;  // all ones: the next block starts in a string
  std::uint64_t escape_ = 0;  // one: its first character is escaped
};

/// True if the bracket at `at` opens the value of a key "value" (Exchange: any case).
bool opens_list(std::string_view text, std::size_t at) {
  auto back = [&](char c) {
    while (at > 0 && is_space(text[at - 1])) --at;
    return at > 0 && text[--at] == c;
  };
  if (!back(':') || !back('"') || at < 6) return false;
  return text[at - 6] == '"' && strncasecmp(text.data() + at - 5, "value", 5) == 0;
}

/// Follows the brackets of a text and remembers the last place where it can be cut.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {
    const std::size_t start = skip_space(text, 0);
    if (start < text.size() && text[start] == ',') depth_ = list_depth_ = 2;
  }

  std::size_t run() {
    StringMask strings;
    for (std::size_t at = 0; at < text_.size(); at += 64) {
      const char* block = text_.data() + at;
      char last[64];
      if (text_.size() - at < 64) {
        std::fill(std::begin(last), std::end(last), ' ');
        memcpy(last, block, text_.size() - at);
        block = last;
      }
      const std::uint64_t outside = ~strings.inside(block);
      const std::uint64_t opens = StringMask::equal(block, '{', '[') & outside;
      const std::uint64_t closes = StringMask::equal(block, '}', ']') & outside;
      if ((opens | closes) == 0) continue;
      const int depth = depth_ - std::popcount(closes);
      if (list_depth_ != 0 && depth > list_depth_) {  // deep in an element, whatever the order
        depth_ = depth + std::popcount(opens);
        continue;
      }
      for (std::uint64_t bits = opens | closes; bits != 0; bits &= bits - 1) {
        const int bit = std::countr_zero(bits);
        bracket(at + static_cast<std::size_t>(bit), (opens >> bit) & 1U);
      }
    }
    return cut_;
  }

 private:
  void bracket(std::size_t at, bool open) {
    if (open) {
      ++depth_;
      if (list_depth_ == 0 && text_[at] == '[' &&
          (depth_ == 1 || (depth_ == 2 && opens_list(text_, at)))) {
        list_depth_ = depth_;
      }
      return;
    }
    --depth_;
    if (depth_ == list_depth_ && depth_ > 0) {
      const std::size_t next = skip_space(text_, at + 1);
      if (next < text_.size() && text_[next] == ',') cut_ = next;
    } else if (depth_ < list_depth_) {
      list_depth_ = 0;
      // A list that goes on from a chunk before may be a field's value or a document by itself.
      const std::size_t next = skip_space(text_, at + 1);
      const bool in_object = next < text_.size() && (text_[next] == ',' || text_[next] == '}');
      if (depth_ == 1 && !in_object && next < text_.size()) depth_ = 0;
    }
    if (depth_ <= 0) {
      depth_ = 0;
      cut_ = at + 1;
    }
  }

  std::string_view text_;
  int depth_ = 0;
  int list_depth_ = 0;  // of the list whose elements may be cut apart, 0 outside of one
  std::size_t cut_ = 0;
};

}  // namespace

std::size_t cut_json(std::string_view text) { return Cutter(text).run(); }

std::unique_ptr<ChunkSource> open_json_chunks(const std::string& path, std::size_t chunk_bytes) {
  const std::size_t longest = std::max(kLongestRecord, 8 * chunk_bytes);
  return open_chunks(
      path,
      [path, longest, lines = std::optional<bool>()](std::string_view text) mutable {
        std::size_t cut = lines.value_or(true) ? last_document_break(text) : 0;
        if (!lines) lines = cut != 0;
        if (cut == 0) cut = cut_json(text);
        if (cut == 0 && text.size() >= longest) {
          throw InputError(path + ": no record ends within " + std::to_string(text.size() >> 20) +
                           " MiB; the file is damaged or no JSON export, export it again");
        }
        return cut;
      },
      chunk_bytes);
}

// ---- The walk over the tokens of a text

struct JsonCursor::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
  std::vector<std::uint32_t> careful;
};

JsonCursor::JsonCursor() : index_(std::make_unique<Index>()) {}
JsonCursor::~JsonCursor() = default;

namespace {

/// Behind the string whose opening quote is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// Calls visit(content) for each string of `text`, which starts outside of one. Takes each quote
/// for what it is in a damaged text as well, which the tokens do not: they leave out a string that
/// stands right behind a number or a name.
template <typename Visit>
void for_each_string(std::string_view text, Visit visit) {
  for (std::size_t at = text.find('"'); at < text.size(); at = text.find('"', at)) {
    const std::size_t end = skip_string(text, at);
    visit(text.substr(at + 1, std::max(end - at, std::size_t{2}) - 2));
    at = end;
  }
}

/// The positions that simdjson's first stage would give, for texts where it gives none: an unclosed
/// string or raw control characters in strings.
void find_tokens(std::string_view text, std::vector<std::uint32_t>& out) {
  out.clear();
  bool in_scalar = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool single = c == ',' || c == ':' || is_open(c) || is_close(c);
    if (single || (!is_space(c) && !in_scalar)) out.push_back(static_cast<std::uint32_t>(at));
    in_scalar = !single && !is_space(c) && c != '"';
    at = c == '"' ? skip_string(text, at) : at + 1;
  }
}

}  // namespace

void JsonCursor::open(std::string_view text, std::uint64_t offset) {
  text_ = text.data();
  size_ = text.size();
  offset_ = offset;
  next_backslash_ = text_;
  suspect_ = false;
  release();

  auto& stage1 = index_->stage1;
  simdjson::error_code error = simdjson::SUCCESS;
  const std::size_t room = size_ + size_ / 4;  // so that not every larger page makes it grow
  if (!stage1) {
    error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(room, 1, stage1);
  } else if (size_ > stage1->capacity()) {
    error = stage1->allocate(room, 1);
  }
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error == simdjson::SUCCESS) {
    error = stage1->stage1(reinterpret_cast<const std::uint8_t*>(text_), size_,
                           simdjson::stage1_mode::regular);
  }
  if (error == simdjson::SUCCESS || error == simdjson::UTF8_ERROR) {
    suspect_ = error != simdjson::SUCCESS;
    token_ = stage1->structural_indexes.get();
    end_ = token_ + stage1->n_structural_indexes;
    return;
  }
  suspect_ = error != simdjson::EMPTY;
  find_tokens(text, index_->careful);
  index_->careful.push_back(static_cast<std::uint32_t>(size_));
  token_ = index_->careful.data();
  end_ = token_ + index_->careful.size() - 1;
}

void JsonCursor::fail(const char* what) const {
  throw JsonDefect{token_ == end_ ? std::string(what) + ", but the text ends" : what, true};
}

void JsonCursor::wrong_type(const char* what) const {
  const char c = peek();
  if (c == '\0' || c == ',' || c == ':' || is_close(c)) fail(what);
  throw JsonDefect{what};
}

std::string_view JsonCursor::scalar() {
  const char c = peek();
  if (c == '\0' || c == '"' || c == ',' || c == ':' || is_open(c) || is_close(c)) {
    wrong_type("a number, true, false or null expected");
  }
  std::string_view raw(text_ + token_[0], token_[1] - token_[0]);
  while (is_space(raw.back())) raw.remove_suffix(1);
  ++token_;
  return raw;
}

std::string_view JsonCursor::quoted_slowly(const char* begin, const char* end) {
  if (end < begin) fail("a string that is not closed");
  if (next_backslash_ < begin) {
    const auto rest = static_cast<std::size_t>(text_ + size_ - begin);
    const void* found = memchr(begin, '\\', rest);
    next_backslash_ = found != nullptr ? static_cast<const char*>(found) : text_ + size_;
  }
  if (next_backslash_ >= end) return {begin, static_cast<std::size_t>(end - begin)};
  return unescaped(begin, end);
}

namespace {

/// The value of four hex digits, -1 if they are not.
int hex4(const char* p, const char* end) {
  unsigned value = 0;
  if (end - p < 4 || std::from_chars(p, p + 4, value, 16).ptr != p + 4) return -1;
  return static_cast<int>(value);
}

char* put_utf8(char* out, int point) {
  const int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr int kLead[] = {0, 0xC0, 0xE0, 0xF0};
  *out++ = static_cast<char>(kLead[more] | point >> 6 * more);
  for (int i = more - 1; i >= 0; --i) *out++ = static_cast<char>(0x80 | (point >> 6 * i & 0x3F));
  return out;
}

/// RFC 8259 section 7. `p` stands behind a backslash and is moved behind the escape; null for one
/// that is none, half a surrogate pair included.
char* put_escape(const char*& p, const char* end, char* out) {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kCharacters = "\"\\/\b\f\n\r\t";
  if (p == end) return nullptr;
  const char c = *p++;
  if (c != 'u') {
    const std::size_t which = kNames.find(c);
    if (which == std::string_view::npos) return nullptr;
    *out = kCharacters[which];
    return out + 1;
  }
  int point = hex4(p, end);
  if (point < 0 || (point >= 0xDC00 && point < 0xE000)) return nullptr;
  p += 4;
  if (point >= 0xD800 && point < 0xDC00) {
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return nullptr;
    const int low = hex4(p + 2, end);
    if (low < 0xDC00 || low >= 0xE000) return nullptr;
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    p += 6;
  }
  return put_utf8(out, point);
}

}  // namespace

std::string_view JsonCursor::unescaped(const char* p, const char* end) {
  char* const begin = room(static_cast<std::size_t>(end - p));
  char* out = begin;
  while (p < end) {
    if (*p != '\\') {
      *out++ = *p++;
    } else if (out = put_escape(++p, end, out); out == nullptr) {
      throw JsonDefect{"a string with an invalid escape"};
    }
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

void JsonCursor::check_bytes(Mark from) const {
  const std::string_view record = since(from);
  if (!simdjson::validate_utf8(record.data(), record.size())) {
    throw JsonDefect{"invalid UTF-8"};
  }
  for_each_string(record, [](std::string_view content) {
    for (char c : content) {
      if (static_cast<unsigned char>(c) < 0x20) {
        throw JsonDefect{"a raw control character in a string", true};
      }
    }
  });
}

bool JsonCursor::quotes_look_swapped(Mark from) const {
  bool swapped = false;
  for_each_string(since(from), [&swapped](std::string_view content) {
    swapped |= !content.empty() && content.find_first_not_of("{}[],: \t\r\n") == content.npos;
  });
  return swapped;
}

// ---- Lists that were parsed in parts

std::optional<ListPart> join(std::vector<ListPart>& parts, ListPart part) {
  for (std::size_t i = 0; i < parts.size();) {
    const ListPart& other = parts[i];
    const bool before = other.end == part.begin && !other.closes && !part.opens;
    const bool behind = part.end == other.begin && !part.closes && !other.opens;
    if ((!before && !behind) || other.file != part.file) {
      ++i;
      continue;
    }
    (before ? part.begin : part.end) = before ? other.begin : other.end;
    part.opens |= other.opens;
    part.closes |= other.closes;
    part.records += other.records;
    if (other.announced) part.announced = other.announced;
    part.has_next_link |= other.has_next_link;
    part.has_delta_link |= other.has_delta_link;
    part.has_selection |= other.has_selection;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
  if (part.opens && part.closes) return part;
  parts.push_back(std::move(part));
  return std::nullopt;
}

// ---- Documents, lists and records

void JsonRecords::walk(const Chunk& chunk, const std::string& file, MailboxSink& sink) {
  sink_ = &sink;
  file_ = &file;
  end_ = chunk.offset + chunk.text.size();
  at_file_start_ = chunk.first;
  goes_on_ = !chunk.last;
  single_line_ = false;
  if (chunk.text.size() > JsonCursor::kLongestText) {
    refuse(chunk.offset, "2 GiB or more in one piece; use smaller chunks");
  }
  json_.open(chunk.text, chunk.offset);
  try {
    if (chunk.first && json_.at_end()) json_.fail("an object expected");
    if (!chunk.first && json_.take(',')) {
      ListPart part{.file = file, .begin = chunk.offset};
      bool closed = elements(part);
      if (closed && json_.take(',')) {
        closed = list_fields(part, true);
      } else if (closed) {
        json_.take('}');
      }
      on_list_end(part, closed);
    }
    while (!json_.at_end()) document();
  } catch (const JsonDefect& defect) {
    refuse(json_.offset(), (defect.syntax ? "not JSON (" + defect.reason + ")" : defect.reason) +
                               "; the file is cut off or damaged, export or fetch it again");
  }
}

void JsonRecords::document() {
  const JsonCursor::Mark start = json_.mark();
  const bool first = std::exchange(at_file_start_, false);
  ListPart part{.file = *file_, .begin = json_.offset(), .opens = true};
  if (takes_arrays() && json_.take('['))
    return on_list_end(part, json_.take(']') || elements(part));
  if (json_.peek() != '{' && json_.peek() != '[') json_.fail("an object expected");
  const Clue kind = json_.peek() == '{' ? top_level_clue() : Clue::kNone;
  if (kind == Clue::kNone && first) refuse(part.begin, "a foreign file; " + expected());
  if (kind == Clue::kList) {
    json_.advance();
    return on_list_end(part, list_fields(part, false));
  }
  try {
    record(false);
  } catch (const JsonDefect& defect) {
    if (defect.syntax && !single_line_) return lines(start, first);
    json_.seek(start);
    defect.syntax ? json_.skip_rest() : json_.skip();
    sink_->on_defect(part.begin, defect.reason);
  }
}

// Decided by the first key that only a list or only a record has.
JsonRecords::Clue JsonRecords::top_level_clue() {
  const JsonCursor::Mark start = json_.mark();
  Clue found = Clue::kNone;
  try {
    json_.advance();
    while (json_.peek() != '}') {
      found = clue(json_.key());
      if (found != Clue::kNone) break;
      json_.skip();
      if (!json_.take(',')) break;
    }
  } catch (const JsonDefect&) {
    found = Clue::kRecord;  // reading it as one will tell what is wrong
  }
  json_.seek(start);
  return found;
}

// Line breaks stand in no string, so newline-delimited records can be told apart even where one of
// them has unbalanced quotes or brackets.
void JsonRecords::lines(JsonCursor::Mark start, bool first) {
  std::string_view rest = json_.text().substr(*start);
  std::uint64_t offset = json_.offset(start);
  auto length_of_line = [&rest] { return std::min(rest.find('\n'), rest.size() - 1) + 1; };
  const std::size_t length = length_of_line();
  std::size_t last = length;
  while (last > 0 && is_space(rest[last - 1])) --last;
  const std::size_t next = skip_space(rest, length);
  const bool delimited =
      is_close(rest[last - 1]) && (next < rest.size() ? is_open(rest[next]) : !first);
  if (!delimited) {
    json_.seek(start);
    throw JsonDefect{"a record that does not end", true};
  }
  const bool goes_on = goes_on_;
  single_line_ = true;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, length_of_line());
    rest.remove_prefix(line.size());
    goes_on_ = goes_on && rest.empty();
    json_.open(line, offset);
    while (!json_.at_end()) document();
    offset += line.size();
  }
}

void JsonRecords::record(bool in_list) {
  if (json_.suspect()) {
    const JsonCursor::Mark start = json_.mark();
    json_.skip();
    json_.check_bytes(start);
    json_.seek(start);
  }
  json_.release();
  on_record(in_list);
}

// Behind the comma or the bracket before an element. False if the list goes on in the next chunk.
bool JsonRecords::elements(ListPart& part) {
  do {
    ++part.records;
    const JsonCursor::Mark start = json_.mark();
    try {
      if (json_.peek() != '{') json_.wrong_type("an object expected");
      record(true);
    } catch (const JsonDefect& defect) {
      skip_bad_element(start, defect);
      sink_->on_defect(json_.offset(start), defect.reason);
    }
  } while (json_.take(','));
  if (json_.take(']')) return true;
  if (!goes_on_ || !json_.at_end()) json_.fail("a comma or a closing bracket expected");
  return false;
}

void JsonRecords::skip_bad_element(JsonCursor::Mark start, const JsonDefect& defect) {
  json_.seek(start);
  bool whole = true;
  try {
    json_.skip();
  } catch (const JsonDefect&) {
    whole = false;
  }
  // With a quote missing, strings and what is between them are taken for each other, and the end
  // that was found may be that of a later record.
  if (!whole || (defect.syntax && json_.quotes_look_swapped(start))) {
    json_.seek(start);
    throw JsonDefect{"a record that does not end", true};
  }
}

// Behind the brace or the comma before a key. False if the list goes on in the next chunk.
bool JsonRecords::list_fields(ListPart& part, bool had_list) {
  if (!had_list || json_.peek() != '}') {
    do {
      const std::uint64_t offset = json_.offset();
      const std::string_view name = json_.key();
      if (!is_list(name)) {
        on_list_key(name, offset, part);
        continue;
      }
      if (had_list) refuse(offset, "a second \"value\" in one page; " + expected());
      if (!json_.take('[')) refuse(offset, "\"value\" is no array; " + expected());
      had_list = true;
      if (!json_.take(']') && !elements(part)) return false;
    } while (json_.take(','));
  }
  if (!json_.take('}')) json_.fail("a comma or a closing brace expected");
  if (!had_list) refuse(part.begin, "a page without \"value\"; " + expected());
  return true;
}

std::string_view JsonRecords::trimmed_address(std::string_view address) {
  address = trimmed(address);
  const std::size_t rest = address.find(':') + 1;  // 0 where there is none
  const std::string_view payload = trimmed(address.substr(rest));
  if (rest + payload.size() == address.size()) return address;
  char* const out = json_.room(rest + payload.size());
  memcpy(out, address.data(), rest);
  memcpy(out + rest, payload.data(), payload.size());
  return {out, rest + payload.size()};
}

}  // namespace trueup
