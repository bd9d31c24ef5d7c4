// SPDX-License-Identifier: Apache-2.0
// What a directory says before anything is written to it: which of the managed attributes its
// schema has, and which of them the account may write on given objects. Asked once a run, by
// engine/. Plain values; the functions use the session alone, on the session's thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/attribute.h"

namespace trueup {

struct AttributeSchema {
  bool present = false;
  bool single_valued = false;
  /// AD: rangeUpper, for text in UTF-16 code units, for numbers the highest.
  /// Others: the {n} of the syntax, which a server takes at least (RFC 4512 4.1.2), rarely at most.
  std::optional<std::size_t> range_upper;
};

struct DirectorySchema {
  std::array<AttributeSchema, kAttributeCount> attributes;

  const AttributeSchema& of(Attribute a) const {
    return attributes[static_cast<std::size_t>(index(a))];
  }
  AttributeSet present() const;
};

/// From the attributeSchema objects below schemaNamingContext of an AD (one search; a defunct one
/// is not present), from the subschema subentry (RFC 4512 4.2) of others. Throws DirectoryError if
/// the schema cannot be read. REQUIRES: nothing in flight on `session`.
DirectorySchema read_schema(const LdapSession& session);

/// Whether the schema has at least one attribute type of these names; asked as read_schema() does.
bool schema_has_any(const LdapSession& session, const std::vector<std::string>& names);

/// The EQUALITY rule that the subschema subentry has for the attribute, as it writes it (a name or
/// an OID), one of a supertype too; "" for none. Asked as read_schema() does; not of an AD.
std::string equality_rule(const LdapSession& session, const std::string& attribute);

/// What the account of the session may do to one object.
struct ObjectRights {
  int result_code = 0;    // LDAP result code; 32 where the object is not there
  std::string message;    // the server's, where result_code is not 0
  bool known = false;     // the server told; false also where it told a part only (MaxValRange)
  AttributeSet allowed;   // by the object's classes: allowedAttributes
  AttributeSet writable;  // by the account: allowedAttributesEffective, [MS-ADTS] 3.1.1.4.5.7
};

/// One for each of `objects`, in their order; `attributes` of a request are those to tell about.
/// Nothing unless the server is an AD: others have no such attributes. Throws DirectoryError if
/// the server goes away. REQUIRES: nothing in flight on `session`.
std::optional<std::vector<ObjectRights>> read_rights(const LdapSession& session,
                                                     std::span<const ObjectRequest> objects);

}  // namespace trueup
