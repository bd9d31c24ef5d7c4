// SPDX-License-Identifier: Apache-2.0
// Reads trueup.toml into the settings.
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "snapshots/model/edit_distance.h"
#include "snapshots/model/errors.h"
#include "tools/commands/settings.h"

namespace trueup {
namespace {

/// What was meant, if something is near: a setting, a section, or a setting of a section that was
/// written outside of it.
std::string nearest_key(const std::string& key) {
  std::vector<std::string> names;
  for (const Setting& s : all_settings()) {
    if (!s.in_config) continue;
    names.emplace_back(s.key);
    const std::size_t dot = s.key.find('.');
    if (dot != std::string_view::npos) names.emplace_back(s.key.substr(0, dot));
    if (s.key.substr(dot + 1) == key) return std::string(s.key);
  }
  return std::string(nearest(key, names, farthest_typo(key)));
}

/// The digits as they are in the file, as far as they can be told: the shortest ones that give the
/// same number, never with an exponent, which counts do not take.
std::string digits_of(double number) {
  std::array<char, 1100> text;  // the longest there is has 1,077
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(text.data(), end) : std::string("nan");
}

std::string text_of(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) {
    return digits_of(number->get());
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
      const std::string where = path_ + ":" + std::to_string(node.source().begin.line) + ": " + key;
      const auto setting =
          std::find_if(all_settings().begin(), all_settings().end(),
                       [&](const Setting& s) { return s.in_config && s.key == key; });
      if (setting != all_settings().end()) {
        assign(*setting, values(*setting, node, where), where, settings_);
      } else if (node.is_table() && is_section(key)) {
        read(*node.as_table(), key + ".");
      } else {
        const std::string meant = nearest_key(key);
        throw UsageError(where + " is not a setting" +
                         (meant.empty() ? "; 'trueup COMMAND --help' lists them (a key has _ for -)"
                                        : "; did you mean " + meant + "?"));
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
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    throw UsageError(path + " is a folder, not a configuration; name the file in it");
  }
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
