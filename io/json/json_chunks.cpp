// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_chunks.h"

#include <string.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <optional>

#include "io/bytes/byte_mask.h"
#include "snapshots/model/errors.h"

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

}  // namespace trueup
