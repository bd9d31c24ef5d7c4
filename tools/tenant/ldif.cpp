// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/ldif.h"

#include <algorithm>

namespace trueup::tenant {

namespace {

constexpr std::size_t kLdifdeWidth = 80;
constexpr std::size_t kLdapsearchWidth = 78;

// RFC 2849 SAFE-STRING, and no blank at the end.
bool is_safe(std::string_view value) noexcept {
  if (value.front() == ' ' || value.front() == ':' || value.front() == '<' || value.back() == ' ') {
    return false;
  }
  // Branch-free, so that the compiler can use vectors: this runs over most of the bytes of the
  // feed.
  unsigned unsafe = 0;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    unsafe |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte >= 0x7f);
  }
  return unsafe == 0;
}

bool has_control_or_edge(std::string_view value) noexcept {
  return value.front() == ' ' || value.front() == ':' || value.front() == '<' ||
         value.back() == ' ' || std::any_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20;
         });
}

std::string recased_name(std::string_view name, bool upper) {
  std::string text(name);
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (!upper && c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

}  // namespace

LdifWriter::LdifWriter(std::string& out, const Options& options)
    : out_(out),
      options_(options),
      newline_(options.style == LdifStyle::kLdifde ? "\r\n" : "\n"),
      width_(options.style == LdifStyle::kLdifde ? kLdifdeWidth : kLdapsearchWidth),
      random_(0, 0, Purpose::kLdifShape) {}

void LdifWriter::begin_record(std::string_view dn, std::uint64_t salt) {
  if (options_.quirks) {
    random_ = RandomStream(salt, 0, Purpose::kLdifShape);
    other_case_ = random_.chance(60);
    // Not below 40: slapadd takes no fold inside an attribute's name.
    width_ = random_.chance(100)
                 ? 40 + random_.below(40)
                 : (options_.style == LdifStyle::kLdifde ? kLdifdeWidth : kLdapsearchWidth);
  }
  if (options_.style == LdifStyle::kLdapsearch) {
    comment(dn);
  }
  // The DN keeps its plain form: a record starts with it, and that is what readers look for.
  if (is_safe(dn)) {
    write_line("dn", ": ", dn);
  } else {
    write_base64("dn", dn);
  }
  if (options_.style == LdifStyle::kLdifde) {
    out_.append("changetype: add").append(newline_);
  }
}

void LdifWriter::attribute(std::string_view name, std::string_view value) {
  if (value.empty()) {
    return;
  }
  if (options_.quirks) {
    attribute_with_quirks(name, value);
  } else {
    write_text(name, value);
  }
}

void LdifWriter::attribute_with_quirks(std::string_view name, std::string_view value) {
  const std::uint32_t roll = random_.below(1000);
  const std::string other_name = other_case_ ? recased_name(name, roll % 2 == 0) : std::string();
  const std::string_view written_name = other_case_ ? std::string_view(other_name) : name;
  if (roll < 15) {
    comment(
        "a comment that is long enough to be folded, between two attributes of one and the same "
        "record");
  }
  if (roll < 80) {
    write_base64(written_name, value);
  } else if (roll < 110 && is_safe(value)) {
    write_line(written_name, roll % 2 == 0 ? ":" : ":   ", value);
  } else if (roll < 400 && !is_ascii(value) && !has_control_or_edge(value)) {
    write_line(written_name, ": ", value);
  } else {
    write_text(written_name, value);
  }
}

void LdifWriter::binary(std::string_view name, std::string_view bytes) {
  write_base64(name, bytes);
}

void LdifWriter::guid(std::string_view name, const Guid& guid) {
  binary(name, std::string_view(reinterpret_cast<const char*>(guid.data()), guid.size()));
}

void LdifWriter::comment(std::string_view text) {
  line_.assign("# ").append(text);
  fold(line_, width_, true);
}

void LdifWriter::end_record() { out_.append(newline_); }

void LdifWriter::write_text(std::string_view name, std::string_view value) {
  if (is_safe(value)) {
    write_line(name, ": ", value);
  } else {
    write_base64(name, value);
  }
}

void LdifWriter::write_base64(std::string_view name, std::string_view bytes) {
  encoded_.clear();
  append_base64(encoded_, bytes);
  const bool too_long = name.size() + 3 + encoded_.size() > width_;
  if (too_long && options_.quirks && options_.style == LdifStyle::kLdifde) {
    // ldifde: the value starts on the second line.
    out_.append(name).append(":: ").append(newline_);
    line_.assign(" ").append(encoded_);
    fold(line_, width_, false);
    return;
  }
  write_line(name, ":: ", encoded_);
}

void LdifWriter::write_line(std::string_view name, std::string_view separator,
                            std::string_view value) {
  if (name.size() + separator.size() + value.size() <= width_) {
    out_.append(name).append(separator).append(value).append(newline_);
    return;
  }
  line_.assign(name).append(separator).append(value);
  fold(line_, width_, options_.utf16);
}

void LdifWriter::fold(std::string_view line, std::size_t width, bool whole_characters) {
  const auto cut = [&](std::size_t room) {
    std::size_t size = std::min(room, line.size());
    while (whole_characters && size < line.size() &&
           (static_cast<unsigned char>(line[size]) & 0xc0) == 0x80) {
      --size;
    }
    out_.append(line.substr(0, size)).append(newline_);
    line.remove_prefix(size);
  };
  cut(width);
  while (!line.empty()) {
    out_.push_back(' ');
    cut(width - 1);
  }
}

}  // namespace trueup::tenant
