// SPDX-License-Identifier: Apache-2.0
// What the tools that export LDIF write between the records and never as one: prompts, notices and
// messages, on stdout or because stderr went into the same file. Called by the LDIF readers for
// lines that are nothing else. Pure functions.
//
// Sources: OpenLDAP clients/tools/ldapsearch.c and common.c (prompts, `TEXT (NUMBER)`,
// `ldap_...:`), the messages of ldifde and of Samba's ldbsearch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trueup {

enum class ToolLine : std::uint8_t {
  kNone,
  kPrompt,   // between two pages of a search: more follows
  kNotice,   // says nothing about the entries
  kFailure,  // the search or the export did not come to its end
};

/// What `line` is. A line with an attribute name is kNone, whatever its value says.
ToolLine tool_line(std::string_view line);

/// Whether the word before a colon is what messages begin with, and no attribute's name: "Error",
/// "TimeoutError", "Traceback (most recent call last)", "Get-ADUser".
bool is_alarm(std::string_view word);

/// Whether a comment at the end of a file, without its '#', tells that the export failed.
bool tells_a_failure(std::string_view comment);

/// Bytes of the prompt that `line` begins with; what is behind it is a line of its own.
/// REQUIRES: tool_line(line) is kPrompt.
std::size_t prompt_size(std::string_view line);

/// Whether "result: 4 Size limit exceeded" says that a search failed.
bool is_failed_result(std::string_view line);

}  // namespace trueup
