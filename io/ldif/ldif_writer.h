// SPDX-License-Identifier: Apache-2.0
// Appends LDIF (RFC 2849) to a string: plans, undo files, rejects. What is written is plain ASCII
// but for comments, is read back by LdifRecordReader and by OpenLDAP's and Microsoft's tools, and
// depends on its arguments only. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "snapshots/model/change.h"

namespace trueup {

/// The longest line; a longer one is folded.
inline constexpr std::size_t kLdifColumns = 76;

/// "version: 1", which stands before the first record.
void append_ldif_version(std::string& out);

/// "# key: value". A value that would end the line (CR, LF, NUL) or hide what it is (other control
/// and bidirectional characters, bytes that are not UTF-8) is written as "# key:: base64", so that
/// no DN can smuggle a line into a plan. Never folded: comments are searched with grep. An empty
/// key: "# value".
void append_ldif_comment(std::string& out, std::string_view key, std::string_view value);

/// "name: value", or "name:: base64" where RFC 2849's SAFE-STRING does not hold, the value ends
/// with a space, or holds a control character (which OpenLDAP would strip from its front). Folded.
void append_ldif_line(std::string& out, std::string_view name, std::string_view value);

/// A change record: one modify, for each edit the deletes, then the adds, as DirectoryWriter sends
/// it. Ends with a blank line. Comments of the change stand before it and are the caller's.
void append_ldif_change(std::string& out, const Change& change);

/// A content record: the DN, then the attributes in the order given, then a blank line.
void append_ldif_entry(std::string& out, std::string_view dn,
                       std::span<const std::pair<std::string_view, std::string_view>> attributes);

}  // namespace trueup
