// SPDX-License-Identifier: Apache-2.0
// The walk over the tokens of a JSON text, for the readers of io/.
//
// Tokens are found by simdjson's first stage, which picks the best instruction set at run time and
// checks UTF-8. The walk over them is ours: unlike simdjson's on-demand front end it can go on
// behind a bad record, and it is as fast when compiled for plain x86-64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>

namespace trueup {

/// A record that cannot be read. Thrown by the walk and by the readers' record functions.
struct JsonDefect {
  std::string reason;
  bool syntax = false;  // not JSON, against JSON with an unexpected content
};

/// Walks over one text, value by value. A function takes the value that stands next; one that
/// expects a type throws JsonDefect if it is another. One thread at a time; keeps its buffers from
/// text to text.
class JsonCursor {
 public:
  JsonCursor();
  ~JsonCursor();

  static constexpr std::size_t kLongestText = (std::size_t{2} << 30) - 1;

  /// `text` starts at byte `offset` of the decoded file. REQUIRES: at most kLongestText bytes.
  void open(std::string_view text, std::uint64_t offset);

  /// True if the text has bytes that no JSON has (invalid UTF-8, raw control characters in
  /// strings), or an unclosed string, so that each record needs check_bytes().
  bool suspect() const { return suspect_; }

  /// A token to come back to; good until the next open().
  using Mark = const std::uint32_t*;
  Mark mark() const { return token_; }
  void seek(Mark mark) {
    token_ = mark;
    next_backslash_ = text_;  // as far as known; found again when a string is next read
  }
  std::string_view text() const { return {text_, size_}; }
  /// The text from `mark` up to the token that stands next.
  std::string_view since(Mark mark) const { return {text_ + *mark, std::size_t{*token_} - *mark}; }
  /// Throws JsonDefect if there are such bytes from `mark` to the next token.
  void check_bytes(Mark from) const;
  /// True if there are strings of nothing but brackets, commas and colons from `mark` to the next
  /// token: what a text looks like in which an odd number of quotes is missing.
  bool quotes_look_swapped(Mark from) const;
  /// Of the token at `mark`, or of the next one, in the decoded file.
  std::uint64_t offset(Mark mark) const { return offset_ + *mark; }
  std::uint64_t offset() const { return offset_ + *token_; }

  bool at_end() const { return token_ == end_; }
  /// First character of the next token, 0 at the end of the text.
  char peek() const { return token_ < end_ ? text_[*token_] : '\0'; }
  void advance() { ++token_; }  // REQUIRES: !at_end()
  void skip_rest() { token_ = end_; }
  /// Takes the next token if it is the bracket or comma `c`.
  bool take(char c) {
    if (peek() != c) return false;
    ++token_;
    return true;
  }

  /// Calls on_field(key) for each field; on_field must take or skip the value.
  template <typename OnField>
  void object(OnField on_field) {
    if (!take('{')) wrong_type("an object expected");
    if (take('}')) return;
    do on_field(key());
    while (take(','));
    if (!take('}')) fail("a comma or a closing brace expected");
  }
  /// Calls on_element() for each element, which must take or skip it.
  template <typename OnElement>
  void array(OnElement on_element) {
    if (!take('[')) wrong_type("an array expected");
    if (take(']')) return;
    do on_element();
    while (take(','));
    if (!take(']')) fail("a comma or a closing bracket expected");
  }

  /// A field's key and its colon. Good until the text goes, or until release().
  std::string_view key() {
    if (end_ - token_ < 2 || text_[token_[0]] != '"' || text_[token_[1]] != ':') {
      fail("a quoted key and a colon expected");
    }
    const std::string_view raw = quoted();
    token_ += 2;
    return raw;
  }
  /// A string, escapes resolved. Good until the text goes, or until release().
  std::string_view string() {
    if (peek() != '"') wrong_type("a string expected");
    const std::string_view raw = quoted();
    ++token_;
    return raw;
  }
  /// A number, true, false or null, as written.
  std::string_view scalar();
  /// Takes null, and nothing else.
  bool take_null() {
    if (peek() != 'n' || token_[1] - token_[0] < 4) return false;
    if (token_[1] - token_[0] != 4 && !is_space(text_[token_[0] + 4])) return false;
    if (std::memcmp(text_ + token_[0], "null", 4) != 0) return false;
    ++token_;
    return true;
  }
  /// Passes over a value of any type.
  void skip() {
    const char c = peek();
    if ((c | 0x20) == '{') return skip_container();
    if (c == ',' || c == ':' || (c | 0x20) == '}' || c == '\0') fail("a value expected");
    ++token_;
  }

  /// Room for n bytes that stays good until release().
  char* room(std::size_t n) { return static_cast<char*>(scratch_.allocate(n, 1)); }
  void release() { scratch_.release(); }

  /// Throws JsonDefect: no JSON, or another type of value than `what` says.
  [[noreturn]] void fail(const char* what) const;
  [[noreturn]] void wrong_type(const char* what) const;

 private:
  struct Index;

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  // The string that starts at the next token. White space apart, its closing quote is the last
  // character before the token behind it; the index has one for the end of the text as well.
  std::string_view quoted() {
    const char* const begin = text_ + token_[0] + 1;
    const char* end = text_ + token_[1] - 1;
    while (*end != '"') --end;
    if (end >= next_backslash_ || end < begin) [[unlikely]]
      return quoted_slowly(begin, end);
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  std::string_view quoted_slowly(const char* begin, const char* end);
  std::string_view unescaped(const char* p, const char* end);
  void skip_container() {
    int depth = 0;
    do {
      const char c = peek() | 0x20;  // the brackets of both kinds differ in that bit only
      if (at_end()) fail("a closing bracket expected");
      depth += (c == '{') - (c == '}');
      ++token_;
    } while (depth > 0);
  }

  const char* text_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t offset_ = 0;
  Mark token_ = nullptr;
  Mark end_ = nullptr;
  const char* next_backslash_ = nullptr;  // no backslash from the next token up to here
  bool suspect_ = false;
  std::unique_ptr<Index> index_;
  std::array<std::byte, 16384> scratch_start_;
  std::pmr::monotonic_buffer_resource scratch_{scratch_start_.data(), scratch_start_.size()};
};

/// Of the library in use, for `trueup version`.
std::string simdjson_version();

}  // namespace trueup
