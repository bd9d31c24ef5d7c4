// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/ldif_writer.h"

#include <algorithm>

#include "io/bytes/base64.h"
#include "io/bytes/visible_text.h"

namespace trueup {
namespace {

bool is_plain(char c) { return c >= ' ' && c < '\x7f'; }

bool can_stand_as_text(std::string_view value) {
  if (value.empty()) return true;
  if (value.front() == ' ' || value.front() == ':' || value.front() == '<') return false;
  return value.back() != ' ' && std::all_of(value.begin(), value.end(), is_plain);
}

/// Breaks what was appended behind `start`, which is one line without its end, into lines.
void fold(std::string& out, std::size_t start) {
  if (out.size() - start <= kLdifColumns) return;
  const std::string line = out.substr(start);
  out.resize(start);
  out.append(line, 0, kLdifColumns);
  for (std::size_t at = kLdifColumns; at < line.size(); at += kLdifColumns - 1) {
    out += "\n ";
    out.append(line, at, kLdifColumns - 1);
  }
}

void append_values(std::string& out, std::string_view operation, std::string_view attribute,
                   const std::vector<std::string_view>& values) {
  // Without values, "delete:" would delete the whole attribute, whatever it holds by then.
  if (values.empty()) return;
  append_ldif_line(out, operation, attribute);
  for (const std::string_view value : values) append_ldif_line(out, attribute, value);
  out += "-\n";
}

}  // namespace

void append_ldif_version(std::string& out) { out += "version: 1\n"; }

void append_ldif_comment(std::string& out, std::string_view key, std::string_view value) {
  out += "# ";
  out += key;
  if (!is_visible(value)) {
    out += ":: ";
    append_base64(value, out);
  } else {
    if (!key.empty()) out += ": ";
    out += value;
  }
  out += '\n';
}

void append_ldif_line(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t start = out.size();
  out += name;
  if (can_stand_as_text(value)) {
    out += value.empty() ? ":" : ": ";
    out += value;
  } else {
    out += ":: ";
    append_base64(value, out);
  }
  fold(out, start);
  out += '\n';
}

void append_ldif_change(std::string& out, const Change& change) {
  append_ldif_line(out, "dn", change.dn);
  append_ldif_line(out, "changetype", "modify");
  for (const Edit& edit : change.edits) {
    const std::string_view name = traits(edit.attribute).name;
    append_values(out, "delete", name, edit.deletes);
    append_values(out, "add", name, edit.adds);
  }
  out += '\n';
}

void append_ldif_entry(std::string& out, std::string_view dn,
                       std::span<const std::pair<std::string_view, std::string_view>> attributes) {
  append_ldif_line(out, "dn", dn);
  for (const auto& [name, value] : attributes) append_ldif_line(out, name, value);
  out += '\n';
}

}  // namespace trueup
