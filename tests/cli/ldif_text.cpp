// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/ldif_text.h"

#include <cstdint>
#include <stdexcept>

namespace trueup::cli {
namespace {

std::vector<std::string> unfolded_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with(' ') && !lines.empty() && !lines.back().empty()) {
      lines.back() += line.substr(1);
    } else {
      lines.push_back(line);
    }
    at = end + 1;
  }
  return lines;
}

std::pair<std::string, std::string> named_value(const std::string& line) {
  if (line == "-") return {"-", ""};
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) throw std::runtime_error("not LDIF: " + line);
  const bool base64 = line.substr(colon + 1, 1) == ":";
  const std::size_t start = line.find_first_not_of(' ', colon + (base64 ? 2 : 1));
  const std::string value = start == std::string::npos ? "" : line.substr(start);
  return {line.substr(0, colon), base64 ? from_base64(value) : value};
}

}  // namespace

std::string LdifRecord::dn() const {
  return lines.empty() || lines.front().first != "dn" ? "" : lines.front().second;
}

std::string LdifRecord::comment(std::string_view name) const {
  const std::string start = std::string(name) + ": ";
  for (const std::string& line : comments) {
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return {};
}

std::vector<LdifRecord> parse_ldif(const std::string& text) {
  std::vector<LdifRecord> records;
  LdifRecord record;
  const auto finish = [&] {
    if (!record.lines.empty() && !record.dn().empty()) records.push_back(record);
    record = {};
  };
  for (const std::string& line : unfolded_lines(text)) {
    if (line.empty()) {
      finish();
    } else if (line.starts_with('#')) {
      record.comments.push_back(line.substr(line.starts_with("# ") ? 2 : 1));
    } else {
      record.lines.push_back(named_value(line));
    }
  }
  finish();
  return records;
}

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) throw std::runtime_error("not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if ((count += 6) >= 8) out.push_back(static_cast<char>(bits >> (count -= 8) & 0xff));
  }
  return out;
}

Edits edits_of(const std::vector<LdifRecord>& records) {
  Edits edits;
  for (const LdifRecord& record : records) {
    const std::string anchor = record.comment("anchor");
    if (anchor.empty()) throw std::runtime_error("no anchor: " + record.dn());
    std::string action, attribute;
    std::set<std::string> added;  // attributes whose adds have begun in this record
    for (const auto& [name, value] : record.lines) {
      if (name == "dn" || name == "-") {
        action.clear();
      } else if (name == "changetype") {
        if (value != "modify") throw std::runtime_error("changetype " + value);
      } else if (action.empty()) {
        action = name;
        attribute = value;
        if (action != "delete" && action != "add") throw std::runtime_error("a " + action);
        if (action == "add") added.insert(attribute);
        if (action == "delete" && added.contains(attribute)) {
          throw std::runtime_error(record.dn() + ": a delete after an add of " + attribute);
        }
      } else {
        if (name != attribute) throw std::runtime_error(name + " in a part for " + attribute);
        AttributeEdit& edit = edits[{anchor, attribute}];
        if (!(action == "add" ? edit.adds : edit.deletes).insert(value).second) {
          throw std::runtime_error(record.dn() + ": twice the same value of " + attribute);
        }
      }
    }
  }
  return edits;
}

std::string folded_dn(std::string dn) {
  for (char& c : dn) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return dn;
}

std::map<std::string, std::map<std::string, std::set<std::string>>> entries_of(
    const std::string& text) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> entries;
  for (const LdifRecord& record : parse_ldif(text)) {
    auto& entry = entries[folded_dn(record.dn())];
    for (const auto& [name, value] : record.lines) {
      if (name != "dn") entry[name].insert(value);
    }
  }
  return entries;
}

}  // namespace trueup::cli
