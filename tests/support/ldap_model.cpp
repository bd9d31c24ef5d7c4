// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ldap_model.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace trueup::world {
namespace {

std::string from_base64(const std::string& text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (char c : text) {
    if (c == '=') break;
    unsigned digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else
      throw std::runtime_error("not base64: " + text);
    bits = bits << 6 | digit;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 0xFF);
    }
  }
  return out;
}

// Unfolded lines (RFC 2849: a line that starts with a space goes on with the one before).
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(' ') && !lines.empty()) {
      lines.back() += line.substr(1);
    } else {
      lines.push_back(line);
    }
  }
  return lines;
}

std::pair<std::string, std::string> split(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) throw std::runtime_error("not a line of LDIF: " + line);
  const std::string name = line.substr(0, colon);
  if (line.compare(colon, 3, ":: ") == 0) return {name, from_base64(line.substr(colon + 3))};
  if (line.compare(colon, 2, ": ") == 0) return {name, line.substr(colon + 2)};
  if (colon + 1 == line.size()) return {name, ""};
  throw std::runtime_error("not a line of LDIF: " + line);
}

void read_comment(const std::string& line, ChangeRecord& record) {
  const auto value = [&](std::string_view key) -> std::string {
    return line.starts_with(key) ? line.substr(key.size()) : "";
  };
  if (const std::string number = value("# change: "); !number.empty()) {
    record.number = static_cast<unsigned>(std::stoul(number));
  }
  if (const std::string anchor = value("# anchor: "); !anchor.empty()) record.anchor = anchor;
  std::istringstream after(value("# after: "));
  for (unsigned n; after >> n;) record.after.push_back(n);
}

void read_line(const std::string& line, ChangeRecord& record) {
  const auto [name, value] = split(line);
  if (name == "dn") {
    record.dn = value;
  } else if (name == "changetype") {
    if (value != "modify") throw std::runtime_error("changetype " + value);
  } else if (name == "add" || name == "delete") {
    record.modifications.push_back({name, value, {}});
  } else if (record.modifications.empty() || record.modifications.back().attribute != name) {
    throw std::runtime_error("a value outside of a modification: " + line);
  } else {
    record.modifications.back().values.push_back(value);
  }
}

}  // namespace

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::vector<ChangeRecord> parse_plan(const std::string& text) {
  std::vector<ChangeRecord> records;
  ChangeRecord record;
  for (const std::string& line : lines_of(text + "\n\n")) {
    if (line.starts_with('#')) {
      read_comment(line, record);
    } else if (line.empty()) {
      if (!record.dn.empty()) records.push_back(record);
      record = {};
    } else if (line != "-" && !(records.empty() && line == "version: 1")) {
      read_line(line, record);
    }
  }
  return records;
}

std::string modify(const ChangeRecord& change, World& world) {
  const auto object = std::find_if(world.ad.begin(), world.ad.end(),
                                   [&](const AdObject& o) { return o.dn == change.dn; });
  if (object == world.ad.end()) return "no such object: " + change.dn;
  auto attributes = object->attributes;
  for (const Modification& m : change.modifications) {
    Values& values = attributes[m.attribute];
    if (m.values.empty()) return "no values for " + m.attribute;
    for (const std::string& v : m.values) {
      const auto same = std::find(values.begin(), values.end(), v);
      const bool present = std::any_of(values.begin(), values.end(), [&](const std::string& have) {
        return lower(have) == lower(v);
      });
      if (m.operation == "delete") {
        if (same == values.end()) return "no such value to delete: " + m.attribute + "=" + v;
        values.erase(same);
      } else {
        if (present) return "value exists: " + m.attribute + "=" + v;
        values.push_back(v);
      }
    }
  }
  object->attributes = std::move(attributes);
  return "";
}

std::string address_key(const std::string& attribute, const std::string& value) {
  return attribute == "mail" ? "smtp:" + lower(value) : lower(value);
}

std::map<std::string, std::set<std::string>> holders_of(const World& world) {
  std::map<std::string, std::set<std::string>> holders;
  for (const auto* list : {&world.ad, &world.ad_extra}) {
    for (const AdObject& object : *list) {
      for (const auto& [name, values] : object.attributes) {
        if (name != "mail" && name != "proxyAddresses") continue;
        for (const std::string& v : values) holders[address_key(name, v)].insert(object.dn);
      }
    }
  }
  return holders;
}

}  // namespace trueup::world
