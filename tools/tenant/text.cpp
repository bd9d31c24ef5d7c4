// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/text.h"

#include <algorithm>

namespace trueup::tenant {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append_octet(std::string& out, std::uint8_t octet) {
  out.push_back(kHexDigits[octet >> 4]);
  out.push_back(kHexDigits[octet & 15]);
}

void append_unicode_escape(std::string& out, unsigned unit) {
  out.append("\\u");
  append_octet(out, static_cast<std::uint8_t>(unit >> 8));
  append_octet(out, static_cast<std::uint8_t>(unit & 0xff));
}

void append_escaped(std::string& out, std::string_view text, bool ascii_only) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
      ++at;
    } else if (byte < 0x20) {
      append_unicode_escape(out, byte);
      ++at;
    } else if (byte < 0x80 || !ascii_only) {
      out.push_back(c);
      ++at;
    } else {
      const char32_t character = next_character(text, at);
      if (character >= 0x10000) {
        append_unicode_escape(out, 0xd800 + ((character - 0x10000) >> 10));
        append_unicode_escape(out, 0xdc00 + ((character - 0x10000) & 0x3ff));
      } else {
        append_unicode_escape(out, character);
      }
    }
  }
}

}  // namespace

std::string_view TextArena::concatenate(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) {
    size += part.size();
  }
  if (chunks_.empty()) {
    chunks_.push_back(std::make_unique<char[]>(kChunkSize));
  }
  // No string of a mailbox comes near kChunkSize, so a fresh chunk always has room.
  if (used_ + size > kChunkSize) {
    if (++chunk_ == chunks_.size()) {
      chunks_.push_back(std::make_unique<char[]>(kChunkSize));
    }
    used_ = 0;
  }
  char* const begin = chunks_[chunk_].get() + used_;
  char* end = begin;
  for (const std::string_view part : parts) {
    end = std::copy(part.begin(), part.end(), end);
  }
  used_ += size;
  return {begin, size};
}

void append_padded(std::string& out, std::uint64_t value, unsigned width) {
  const Decimal decimal(value);
  const std::string_view digits = decimal;
  if (digits.size() < width) {
    out.append(width - digits.size(), '0');
  }
  out.append(digits);
}

void append_guid(std::string& out, const Guid& guid) {
  constexpr std::array<std::uint8_t, 16> kTextOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                       8, 9, 10, 11, 12, 13, 14, 15};
  for (std::size_t i = 0; i < kTextOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      out.push_back('-');
    }
    append_octet(out, guid[kTextOrder[i]]);
  }
}

void append_hex(std::string& out, const Guid& guid) {
  for (const std::uint8_t octet : guid) {
    append_octet(out, octet);
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  std::size_t at = 0;
  const auto octet = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  const auto digit = [&](std::uint32_t group, int shift) {
    out.push_back(kBase64Digits[(group >> shift) & 63]);
  };
  for (; at + 3 <= bytes.size(); at += 3) {
    const std::uint32_t group = octet(at) << 16 | octet(at + 1) << 8 | octet(at + 2);
    digit(group, 18);
    digit(group, 12);
    digit(group, 6);
    digit(group, 0);
  }
  const std::size_t left = bytes.size() - at;
  if (left == 0) {
    return;
  }
  const std::uint32_t group = octet(at) << 16 | (left == 2 ? octet(at + 1) << 8 : 0);
  digit(group, 18);
  digit(group, 12);
  if (left == 2) {
    digit(group, 6);
  }
  out.append(left == 2 ? "=" : "==");
}

void append_base64(std::string& out, const Guid& guid) {
  append_base64(out, std::string_view(reinterpret_cast<const char*>(guid.data()), guid.size()));
}

void append_json(std::string& out, std::string_view text, bool ascii_only) {
  out.push_back('"');
  const bool plain = std::none_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || c == '"' || c == '\\' || (ascii_only && byte >= 0x80);
  });
  if (plain) {
    out.append(text);
  } else {
    append_escaped(out, text, ascii_only);
  }
  out.push_back('"');
}

char32_t next_character(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(at);
  if (lead < 0x80) {
    at += 1;
    return lead;
  }
  if (lead < 0xe0) {
    at += 2;
    return (lead & 0x1f) << 6 | (byte(at - 1) & 0x3f);
  }
  if (lead < 0xf0) {
    at += 3;
    return (lead & 0x0f) << 12 | (byte(at - 2) & 0x3f) << 6 | (byte(at - 1) & 0x3f);
  }
  at += 4;
  return (lead & 0x07) << 18 | (byte(at - 3) & 0x3f) << 12 | (byte(at - 2) & 0x3f) << 6 |
         (byte(at - 1) & 0x3f);
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace trueup::tenant
