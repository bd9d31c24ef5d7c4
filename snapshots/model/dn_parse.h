// SPDX-License-Identifier: Apache-2.0
// Takes a distinguished name apart: RFC 4514, and what RFC 2253 and 1779 allowed before it (blanks
// around separators, ';', quoted values, "OID." before an OID). Called by its neighbours dn.cpp,
// dn_subtree.cpp and rdn_key.cpp only. Nothing here allocates but dn_value().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trueup {

/// One `type=value` of a DN, as views into its text.
struct DnPart {
  enum class Form : std::uint8_t { kText, kQuoted, kHex };

  std::string_view type;   // as written
  std::string_view value;  // as written, without outer blanks, quotes or the '#'
  Form form = Form::kText;
  bool ends_rdn = true;  // false: a '+' and another part follow
};

struct DnSyntaxError {
  std::size_t offset;  // in bytes
  const char* what;
};

/// Reads the parts of a DN from the leaf to the root. The text must outlive it.
class DnReader {
 public:
  explicit DnReader(std::string_view dn) : dn_(dn) {}

  /// False at the end and at an error. "" has no parts and no error.
  bool next(DnPart& part);
  /// Goes past one whole RDN; false where next() would be.
  bool skip_rdn();
  const std::optional<DnSyntaxError>& error() const { return error_; }

 private:
  bool read_type(DnPart& part);
  bool read_value(DnPart& part);
  bool read_text(DnPart& part);
  bool read_quoted(DnPart& part);
  bool read_hex(DnPart& part);
  bool skip_escape();
  bool read_separator(DnPart& part);
  void skip_blanks();
  bool fail(std::size_t offset, const char* what);

  std::string_view dn_;
  std::size_t at_ = 0;
  std::optional<std::size_t> separator_;  // the last one read
  std::optional<DnSyntaxError> error_;
};

/// How many RDNs the DN has; nothing if it cannot be parsed.
std::optional<std::size_t> count_rdns(std::string_view dn);

/// Puts the part's value into `out`, unescaped. A #hex value is BER: that of a UTF8String,
/// PrintableString, IA5String or BMPString becomes UTF-8. False if it is another type or damaged:
/// `out` has its octets then, which are no text.
bool dn_value(const DnPart& part, std::string& out);

/// A name of letters, digits, '-' and '_', or an OID, with or without "OID." before it. REQUIRES:
/// no other characters but dots.
bool is_attribute_type(std::string_view text);

/// What next() takes for outer white space, and trims.
constexpr bool is_dn_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
std::string_view without_outer_blanks(std::string_view text);

/// The octet that two hex digits at `offset` make; nothing if there are none.
std::optional<char> hex_octet(std::string_view text, std::size_t offset);

}  // namespace trueup
