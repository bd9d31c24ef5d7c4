// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn_parse.h"

#include <utf8proc.h>

#include <array>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_separator(char c) { return c == ',' || c == ';' || c == '+'; }

using CharSet = std::array<bool, 256>;
constexpr CharSet kTypeChars = [] {
  CharSet set{};
  for (std::size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    set[i] = is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  }
  return set;
}();
constexpr CharSet kEndsText = [] {
  CharSet set{};
  for (const char c : {',', ';', '+', '"', '\\'}) set[static_cast<unsigned char>(c)] = true;
  return set;
}();

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What may stand behind a backslash: RFC 4514's, and the slash that ADSI's paths escape.
bool is_escapable(char c) {
  return std::string_view(" \"#+,;<=>\\/").find(c) != std::string_view::npos;
}

bool is_oid(std::string_view type) {
  bool arc = false, dot = false;
  for (const char c : type) {
    if (c == '.' ? !arc : !is_digit(c)) return false;
    arc = c != '.';
    dot = dot || !arc;
  }
  return arc && dot;
}

void append_utf8(std::int32_t code_point, std::string& out) {
  utf8proc_uint8_t encoded[4];
  const utf8proc_ssize_t length = utf8proc_encode_char(code_point, encoded);
  out.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length));
}

bool utf8_of_bmp(std::string_view utf16_big_endian, std::string& out) {
  if (utf16_big_endian.size() % 2 != 0) return false;
  std::int32_t high = 0;
  for (std::size_t i = 0; i < utf16_big_endian.size(); i += 2) {
    const std::int32_t unit = static_cast<unsigned char>(utf16_big_endian[i]) << 8 |
                              static_cast<unsigned char>(utf16_big_endian[i + 1]);
    const bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    const bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (is_low != (high != 0)) return false;
    if (is_high) {
      high = unit;
      continue;
    }
    append_utf8(is_low ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : unit, out);
    high = 0;
  }
  return high == 0;
}

// The text in a BER value (X.690 8.1: tag, length, contents); false if it is no text.
bool text_of_ber(std::string_view ber, std::string& out) {
  enum Tag { kUtf8String = 0x0C, kPrintableString = 0x13, kIa5String = 0x16, kBmpString = 0x1E };
  if (ber.size() < 2) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(ber[i]); };
  const int tag = byte(0);
  std::size_t length = byte(1), start = 2;
  if (length >= 0x80) {
    start += length & 0x7F;
    if (length == 0x80 || start > 2 + sizeof length - 1 || ber.size() < start) return false;
    length = 0;
    for (std::size_t i = 2; i < start; ++i) length = length << 8 | byte(i);
  }
  if (ber.size() - start != length) return false;
  const std::string_view contents = ber.substr(start);
  if (tag == kBmpString) return utf8_of_bmp(contents, out);
  if (tag != kUtf8String && tag != kPrintableString && tag != kIa5String) return false;
  out = contents;
  return true;
}

}  // namespace

bool is_attribute_type(std::string_view text) {
  if (text.empty()) return false;
  if (!is_letter(text[0])) return is_oid(text);
  if (text.find('.') == std::string_view::npos) return true;
  return equal_ignoring_ascii_case(text.substr(0, 4), "oid.") && is_oid(text.substr(4));
}

std::optional<char> hex_octet(std::string_view text, std::size_t offset) {
  if (offset + 1 >= text.size()) return std::nullopt;
  const int high = hex_digit(text[offset]), low = hex_digit(text[offset + 1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high << 4 | low);
}

std::string_view without_outer_blanks(std::string_view text) {
  while (!text.empty() && is_dn_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_dn_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool DnReader::next(DnPart& part) {
  if (error_) return false;
  skip_blanks();
  if (at_ == dn_.size()) {
    return separator_ ? fail(*separator_, "nothing follows this separator") : false;
  }
  return read_type(part) && read_value(part) && read_separator(part);
}

bool DnReader::skip_rdn() {
  DnPart part;
  do {
    if (!next(part)) return false;
  } while (!part.ends_rdn);
  return true;
}

bool DnReader::read_type(DnPart& part) {
  const std::size_t start = at_;
  while (at_ < dn_.size() && kTypeChars[static_cast<unsigned char>(dn_[at_])]) ++at_;
  part.type = dn_.substr(start, at_ - start);
  skip_blanks();
  if (at_ < dn_.size() && dn_[at_] == '=' && is_attribute_type(part.type)) {
    ++at_;
    return true;
  }
  // Most often a value's comma that is not escaped.
  for (std::size_t i = start; i < dn_.size() && !is_separator(dn_[i]); ++i) {
    if (dn_[i] != '=') continue;
    return fail(start, i == start ? "no attribute type stands before this '='"
                                  : "this is not an attribute type");
  }
  return fail(start, "this part has no '='");
}

bool DnReader::read_value(DnPart& part) {
  skip_blanks();
  if (at_ < dn_.size() && dn_[at_] == '"') return read_quoted(part);
  if (at_ < dn_.size() && dn_[at_] == '#') return read_hex(part);
  return read_text(part);
}

bool DnReader::read_text(DnPart& part) {
  const std::size_t start = at_;
  std::size_t escaped_to = at_;  // what an escape made is no outer blank
  while (true) {
    while (at_ < dn_.size() && !kEndsText[static_cast<unsigned char>(dn_[at_])]) ++at_;
    if (at_ == dn_.size() || is_separator(dn_[at_])) break;
    if (dn_[at_] == '"') return fail(at_, "a quote inside a value is written as \\\"");
    if (!skip_escape()) return false;
    escaped_to = at_;
  }
  std::size_t end = at_;
  while (end > escaped_to && is_dn_blank(dn_[end - 1])) --end;
  part.form = DnPart::Form::kText;
  part.value = dn_.substr(start, end - start);
  return true;
}

bool DnReader::read_quoted(DnPart& part) {
  const std::size_t quote = at_++;
  while (at_ < dn_.size() && dn_[at_] != '"') {
    if (dn_[at_] != '\\') {
      ++at_;
    } else if (!skip_escape()) {
      return false;
    }
  }
  if (at_ == dn_.size()) return fail(quote, "this quote is not closed");
  part.form = DnPart::Form::kQuoted;
  part.value = dn_.substr(quote + 1, at_ - quote - 1);
  ++at_;
  return true;
}

bool DnReader::read_hex(DnPart& part) {
  const std::size_t start = at_ + 1;
  for (at_ = start; hex_octet(dn_, at_); at_ += 2) {
  }
  part.form = DnPart::Form::kHex;
  part.value = dn_.substr(start, at_ - start);
  const bool ends = at_ == dn_.size() || is_separator(dn_[at_]) || is_dn_blank(dn_[at_]);
  if (part.value.empty() || !ends) {
    return fail(start - 1,
                "'#' is not followed by pairs of hex digits; a value's first '#' is "
                "written as \\#");
  }
  return true;
}

bool DnReader::skip_escape() {
  const std::size_t backslash = at_;
  if (backslash + 1 == dn_.size()) return fail(backslash, "nothing follows this backslash");
  if (is_escapable(dn_[backslash + 1])) {
    at_ += 2;
  } else if (hex_octet(dn_, backslash + 1)) {
    at_ += 3;
  } else {
    return fail(backslash,
                "this backslash is followed neither by a special character nor by two hex "
                "digits; a backslash is written as \\\\");
  }
  return true;
}

bool DnReader::read_separator(DnPart& part) {
  skip_blanks();
  part.ends_rdn = true;
  separator_.reset();
  if (at_ == dn_.size()) return true;
  if (!is_separator(dn_[at_])) return fail(at_, "a separator is expected here");
  part.ends_rdn = dn_[at_] != '+';
  separator_ = at_++;
  return true;
}

void DnReader::skip_blanks() {
  while (at_ < dn_.size() && is_dn_blank(dn_[at_])) ++at_;
}

bool DnReader::fail(std::size_t offset, const char* what) {
  error_ = DnSyntaxError{offset, what};
  return false;
}

std::optional<std::size_t> count_rdns(std::string_view dn) {
  DnReader reader(dn);
  std::size_t count = 0;
  while (reader.skip_rdn()) ++count;
  if (reader.error()) return std::nullopt;
  return count;
}

bool dn_value(const DnPart& part, std::string& out) {
  out.clear();
  if (part.form == DnPart::Form::kHex) {
    std::string ber;
    for (std::size_t i = 0; i < part.value.size(); i += 2) ber += *hex_octet(part.value, i);
    if (text_of_ber(ber, out)) return true;
    out = ber;
    return false;
  }
  std::size_t at = 0;
  while (true) {
    const std::size_t backslash = part.value.find('\\', at);
    out += part.value.substr(at, backslash - at);
    if (backslash == std::string_view::npos) return true;
    if (is_escapable(part.value[backslash + 1])) {
      out += part.value[backslash + 1];
      at = backslash + 2;
    } else {
      out += *hex_octet(part.value, backslash + 1);
      at = backslash + 3;
    }
  }
}

}  // namespace trueup
