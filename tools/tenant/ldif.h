// SPDX-License-Identifier: Apache-2.0
//
// Writes LDIF as the two programs do that AD administrators export with. Only make_tenant writes
// such LDIF on purpose; trueup's own writer is in io/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/tenant/random.h"
#include "tools/tenant/text.h"

namespace trueup::tenant {

// kLdifde: CRLF, `changetype: add`, folds at 80 bytes. kLdapsearch: LF, a comment before each
// record, folds at 78.
enum class LdifStyle : std::uint8_t { kLdifde, kLdapsearch };

class LdifWriter {
 public:
  struct Options {
    LdifStyle style = LdifStyle::kLdifde;
    bool quirks = false;
    bool utf16 =
        false;  // raw text may not be folded inside a character: the encoder would see half of it
  };

  LdifWriter(std::string& out, const Options& options);

  // `salt` seeds the quirks of this record.
  void begin_record(std::string_view dn, std::uint64_t salt);
  // Nothing is written for an empty value.
  void attribute(std::string_view name, std::string_view value);
  void binary(std::string_view name, std::string_view bytes);
  void guid(std::string_view name, const Guid& guid);
  template <typename Integer>
  void number(std::string_view name, Integer value) {
    attribute(name, Decimal(value));
  }
  void comment(std::string_view text);
  void end_record();

 private:
  void write_text(std::string_view name, std::string_view value);
  void write_base64(std::string_view name, std::string_view bytes);
  void write_line(std::string_view name, std::string_view separator, std::string_view value);
  void fold(std::string_view line, std::size_t width, bool whole_characters);
  void attribute_with_quirks(std::string_view name, std::string_view value);

  std::string& out_;
  Options options_;
  std::string_view newline_;
  std::size_t width_;
  RandomStream random_;
  bool other_case_ = false;
  std::string line_;
  std::string encoded_;
};

}  // namespace trueup::tenant
