// SPDX-License-Identifier: Apache-2.0
// The settings that keep writes from happening, as a run had them: kept with it, so that a later
// run which lost some of them (another folder, a retyped file) is stopped.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/compare/diff_options.h"
#include "engine/load/staging/load_options.h"
#include "engine/plan/address_options.h"
#include "engine/plan/guard_options.h"

namespace trueup {

class KeptSettings {
 public:
  KeptSettings() = default;
  KeptSettings(const LoadOptions& load, const DiffOptions& diff, const GuardOptions& guards,
               const AddressOptions& addresses = {});
  static KeptSettings parsed(const std::string& text);
  /// One "key: value" a line, a list several times; parsed() reads it.
  std::string text() const;

  /// Values of a list, in the order given; one value of a setting; none if there is no such.
  std::vector<std::string> of(const std::string& key) const;

 private:
  void add(const std::string& key, const std::string& value) { values_.emplace(key, value); }
  void add(const std::string& key, const std::vector<std::string>& list);

  std::multimap<std::string, std::string> values_;
};

/// What protects less in `now` than in `before`, a line each, for people.
std::vector<std::string> loosened_since(const KeptSettings& before, const KeptSettings& now);

}  // namespace trueup
