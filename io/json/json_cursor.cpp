// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_cursor.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <vector>

namespace trueup {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_open(char c) { return (c | 0x20) == '{'; }   // { and [ differ in that bit only
bool is_close(char c) { return (c | 0x20) == '}'; }  // and so do } and ]

}  // namespace

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
    const void* found = std::memchr(begin, '\\', rest);
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

std::string simdjson_version() {
  return std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + "." +
         std::to_string(simdjson::SIMDJSON_VERSION_MINOR) + "." +
         std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
}

}  // namespace trueup
