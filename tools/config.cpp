// SPDX-License-Identifier: Apache-2.0
// Reads trueup.toml into the settings.
#include <algorithm>
#include <toml++/toml.h>

#include "snapshots/errors.h"
#include "snapshots/model/edit_distance.h"
#include "tools/settings.h"

namespace trueup {
namespace {

std::string_view nearest_key(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Setting& s : all_settings()) {
    if (s.in_config) keys.push_back(s.key);
  }
  return nearest(key, keys);
}

std::string text_of(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) {
    std::string out = std::to_string(number->get());
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
    return out;
  }
  throw UsageError(where + ": a text, a number, true or false is expected");
}

class ConfigReader {
 public:
  ConfigReader(std::string path, Settings& settings)
      : path_(std::move(path)), settings_(settings) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const std::string where =
          path_ + ":" + std::to_string(node.source().begin.line) + ": " + key;
      const auto setting = std::find_if(
          all_settings().begin(), all_settings().end(),
          [&](const Setting& s) { return s.in_config && s.key == key; });
      if (setting != all_settings().end()) {
        assign(*setting, values(*setting, node, where), where, settings_);
      } else if (node.is_table() && is_section(key)) {
        read(*node.as_table(), key + ".");
      } else {
        throw UsageError(where + " is not a setting; did you mean " +
                         std::string(nearest_key(key)) + "?");
      }
    }
  }

 private:
  static bool is_section(const std::string& key) {
    return std::any_of(all_settings().begin(), all_settings().end(), [&](const Setting& s) {
      return s.in_config && s.key.starts_with(key + ".");
    });
  }

  static std::vector<std::string> values(const Setting& setting, const toml::node& node,
                                         const std::string& where) {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array()) {
      if (setting.kind == Setting::Kind::kOne || setting.kind == Setting::Kind::kSwitch) {
        throw UsageError(where + ": one value is expected, not a list");
      }
      for (const toml::node& element : *array) out.push_back(text_of(element, where));
      if (out.empty()) out.push_back(kEmptyList);
    } else {
      out.push_back(text_of(node, where));
    }
    return out;
  }

  const std::string path_;
  Settings& settings_;
};

}  // namespace

void read_config(const std::string& path, Settings& settings) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw UsageError(path + ":" + std::to_string(error.source().begin.line) + ": " +
                     std::string(error.description()));
  }
  ConfigReader(path, settings).read(table, "");
}

}  // namespace trueup
