// SPDX-License-Identifier: Apache-2.0
// The answers to LDAP searches, taken apart in place. For io/*.cpp only; one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/ad/ad_field.h"

struct ldap;        // libldap's LDAP
struct ldapmsg;     // libldap's LDAPMessage
struct berelement;  // libldap's BerElement

namespace trueup {

struct FreeLdapMessage {
  void operator()(ldapmsg* message) const;
};
using LdapMessage = std::unique_ptr<ldapmsg, FreeLdapMessage>;

/// Which values of an attribute an answer holds: `name;range=0-1499` or, up to the last one,
/// `name;range=1500-*` ([MS-ADTS] 3.1.1.3.1.3.3).
struct ValueRange {
  std::size_t first = 0;
  std::size_t last = 0;  // meaningful unless to_end
  bool to_end = false;

  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

/// Of the options of an attribute description (";range=0-1499", from the semicolon); nothing if
/// they do not start with a range that can be read.
std::optional<ValueRange> parse_range(std::string_view options);

/// The DN and the attributes of one entry. All views point into the entry.
class EntryCursor {
 public:
  /// Throws DirectoryError if `entry` cannot be decoded, as next() does.
  EntryCursor(ldap* handle, ldapmsg* entry);

  std::string_view dn() const { return dn_; }

  /// Goes to the next attribute; false at the end.
  bool next();
  AdField field() const { return field_; }
  /// As the server spells it, without options.
  std::string_view name() const { return name_; }
  /// The server gave some of the values only.
  bool is_range() const { return is_range_; }
  /// Which ones; nothing if it names them in a way that cannot be read.
  std::optional<ValueRange> range() const { return range_; }
  const std::vector<std::string_view>& values() const { return values_; }

 private:
  struct FreeElement {
    void operator()(berelement* element) const;
  };

  ldap* handle_;
  ldapmsg* entry_;
  std::unique_ptr<berelement, FreeElement> element_;
  std::string_view dn_;
  std::string_view name_;
  AdField field_ = AdField::kNone;
  bool is_range_ = false;
  std::optional<ValueRange> range_;
  std::vector<std::string_view> values_;
};

/// The result that ends a search.
struct SearchResult {
  int code = 0;        // LDAP result code, or a (negative) code of libldap's own
  std::string text;    // what it means, where code is not 0
  std::string cookie;  // RFC 2696: of the next page; empty where there is none
};

SearchResult parse_search_result(ldap* handle, ldapmsg* message);

}  // namespace trueup
