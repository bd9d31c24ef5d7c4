// SPDX-License-Identifier: Apache-2.0
// What counts as the same attribute type and the same value in a DN. The functions are pure, and
// called by rdn_key.cpp, dn.cpp and dn_subtree.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trueup {

/// Which values of an RDN are the same. Case, compatibility forms (full width, ligatures, NBSP as a
/// blank), precomposed or combining accents, runs of blanks and outer blanks never count.
enum class DnFold : std::uint8_t {
  /// What either of the others takes as equal is equal: for what must never hold too little.
  kWidest,
  /// As a domain controller compares: accents and kana type do not count (append_directory_key()).
  kActiveDirectory,
  /// As caseIgnoreMatch does in RFC 4518: accents count, soft hyphens, joiners and other characters
  /// that show nothing do not.
  kLdap,
};

/// `OU`, `organizationalUnitName`, `2.5.4.11` and `OID.2.5.4.11` are all "ou". What is in no table
/// is itself, in lower case.
void append_rdn_type_key(std::string_view type, std::string& out);

/// Is it a name or an OID of the table of types that name entries?
bool is_known_rdn_type(std::string_view type);

/// `value` is unescaped. What is not UTF-8 is compared by its octets, ASCII letters without case.
/// The octets 0 and 1 do not occur in the key.
void append_rdn_value_key(std::string_view value, DnFold fold, std::string& out);

/// For a #hex value that is no text: its octets, which equal no value that is text.
void append_rdn_octets_key(std::string_view octets, std::string& out);

}  // namespace trueup
