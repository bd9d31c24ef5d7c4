// SPDX-License-Identifier: Apache-2.0
// The canonical form of values: what counts as the same value under each rule. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "snapshots/model/ascii.h"
#include "snapshots/model/attribute.h"

namespace trueup {

/// The id of a cloud object, in Graph's spelling whatever tool wrote it (guid_from_text()); what is
/// no GUID is folded. Appended to `out`.
void append_object_id(std::string_view id, std::string& out);

/// A proxy address `TYPE:address`, split at the first colon. Views into the value.
struct ProxyAddress {
  std::string_view prefix;   // as written, without the colon
  std::string_view address;  // outer white space trimmed
  enum class Type : std::uint8_t { kNone, kSmtp, kSip, kOther } type = Type::kNone;
  bool primary = false;  // the prefix is all upper-case; means something for SMTP and SIP only
};
/// kNone: there is no prefix.
ProxyAddress parse_proxy_address(std::string_view value);

/// The key under which two values of proxyAddresses are the same value to trueup: prefix case
/// matters for SMTP and SIP ("SMTP:a@x", "smtp:a@x"), all else is folded. Appended to `out`.
void append_proxy_key(const ProxyAddress& address, std::string& out);

/// The key under which an address may exist once in a forest: type and address, all folded.
void append_address_key(std::string_view proxy_value, std::string& out);
/// The same for a value of mail, which counts as an SMTP address.
void append_mail_key(std::string_view mail, std::string& out);

/// The key under which a domain controller takes two values as equal: String(Unicode) compares
/// without case, width, kana type and non-spacing marks ([MS-ADTS] 6.5.1). Here that is Unicode's
/// compatibility decomposition with case folded, marks dropped and katakana taken as hiragana.
/// Text that is not UTF-8 is its own key.
void append_directory_key(std::string_view utf8, std::string& out);

/// Octets of the UTF-8 sequence that `text` begins with (RFC 3629: shortest form, no surrogates), 0
/// if it begins with none. REQUIRES: not empty.
std::size_t utf8_sequence_size(std::string_view text);

/// Length in UTF-16 code units, as AD counts rangeUpper; nothing if `utf8` is not valid UTF-8.
std::optional<std::size_t> utf16_length(std::string_view utf8);

/// The ACLable twin of a display type differs by bit 30 (0xC0000006 and 0x80000006): without it.
/// Text that is not an integer is given back as it is.
std::string without_aclable_bit(std::string_view decimal);

/// Of the library in use, for `trueup version`.
std::string utf8proc_version_text();

}  // namespace trueup
