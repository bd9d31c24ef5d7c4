// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/kept_settings.h"

#include <algorithm>
#include <cstdlib>

#include "engine/plan/address_options.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr const char* kBase = "base";
constexpr const char* kExclude = "exclude";
constexpr const char* kGlobalCatalog = "ad_gc";
constexpr const char* kMaxDefects = "max_defects";
constexpr const char* kLists[] = {"proxy.keep_types", "proxy.keep_suffixes", "proxy.drop_types",
                                  "proxy.hide_suffixes"};

/// Settings with a few values, the one that protects least last.
struct Scale {
  const char* key;
  std::vector<std::string> values;
};
const std::vector<Scale>& scales() {
  static const std::vector<Scale> all = {
      {"protect_admin_count", {"true", "false"}},
      {"allow_on_prem_mailboxes", {"false", "true"}},
      {"clear_at_first_sight", {"none", "default", "all"}},
      {"assume_complete", {"false", "true"}},
      {"address_search", {"true", "false"}},
  };
  return all;
}

std::string truth(bool value) { return value ? "true" : "false"; }

std::string first(const std::vector<std::string>& list) {
  return list.empty() ? std::string() : list.front();
}

/// True if nothing that `before` held is outside of `now`.
bool covers(const std::string& now, const std::string& before, DnFold fold) {
  if (now == before) return true;
  try {
    return DnSubtree(now, fold).covers(DnSubtree(before, fold));
  } catch (const UsageError&) {
    return false;
  }
}

class Comparison {
 public:
  Comparison(const KeptSettings& before, const KeptSettings& now) : before_(before), now_(now) {}

  std::vector<std::string> loosened() {
    base();
    excludes();
    for (const char* key : kLists) list(key);
    for (const Scale& scale : scales()) one_of(scale);
    global_catalog();
    for (const GuardLimit& limit : guard_limits()) {
      higher(std::string(limit.key));
      higher(std::string(limit.key) + " share");
    }
    for (const GuardTime& time : guard_times()) higher(std::string(time.key));
    higher(kMaxDefects);
    lower(std::string(kCreepDaysKey));
    return std::move(lines_);
  }

 private:
  void base() {
    const std::string was = first(before_.of(kBase));
    const std::string is = first(now_.of(kBase));
    if (was.empty() || was == is) return;
    // The base of now must lie in the one of before.
    if (!is.empty() && covers(was, is, DnFold::kLdap)) return;
    lines_.push_back("base: was " + was + ", is " + (is.empty() ? "all of AD" : is));
  }

  void excludes() {
    for (const std::string& was : before_.of(kExclude)) {
      const std::vector<std::string> is = now_.of(kExclude);
      if (std::ranges::none_of(
              is, [&](const std::string& now) { return covers(now, was, DnFold::kWidest); })) {
        lines_.push_back("exclude: " + was + " is no longer excluded");
      }
    }
  }

  void list(const std::string& key) {
    const std::vector<std::string> is = now_.of(key);
    for (const std::string& was : before_.of(key)) {
      if (std::ranges::none_of(
              is, [&](const std::string& now) { return equal_ignoring_ascii_case(now, was); })) {
        lines_.push_back(key + ": " + was + " is taken out");
      }
    }
  }

  void global_catalog() {
    const std::string was = first(before_.of(kGlobalCatalog));
    if (was.empty() || !now_.of(kGlobalCatalog).empty()) return;
    lines_.push_back(std::string(kGlobalCatalog) + ": was " + was + ", is none");
  }

  void one_of(const Scale& scale) {
    const auto place = [&](const KeptSettings& settings) {
      return std::ranges::find(scale.values, first(settings.of(scale.key))) - scale.values.begin();
    };
    if (before_.of(scale.key).empty() || place(now_) <= place(before_)) return;
    lines_.push_back(std::string(scale.key) + ": was " + first(before_.of(scale.key)) + ", is " +
                     first(now_.of(scale.key)));
  }

  void higher(const std::string& key) {
    moved(key, [](double was, double is) { return is > was; });
  }
  void lower(const std::string& key) {
    moved(key, [](double was, double is) { return is < was; });
  }

  template <typename Loosens>
  void moved(const std::string& key, Loosens loosens) {
    const std::string was = first(before_.of(key));
    const std::string is = first(now_.of(key));
    if (was.empty() || is.empty() ||
        !loosens(std::strtod(was.c_str(), nullptr), std::strtod(is.c_str(), nullptr))) {
      return;
    }
    lines_.push_back(key + ": was " + was + ", is " + is);
  }

  const KeptSettings& before_;
  const KeptSettings& now_;
  std::vector<std::string> lines_;
};

}  // namespace

KeptSettings::KeptSettings(const LoadOptions& load, const DiffOptions& diff,
                           const GuardOptions& guards, const AddressOptions& addresses) {
  if (!diff.base.empty()) add(kBase, diff.base);
  add(kExclude, diff.exclude);
  add(kLists[0], diff.keep_types);
  add(kLists[1], diff.keep_suffixes);
  add(kLists[2], diff.drop_types);
  add(kLists[3], diff.hide_suffixes);
  add("protect_admin_count", truth(diff.protect_admin_count));
  add("allow_on_prem_mailboxes", truth(diff.allow_on_prem_mailboxes));
  add("clear_at_first_sight", diff.clear_at_first_sight == FirstSightClears::kNone      ? "none"
                              : diff.clear_at_first_sight == FirstSightClears::kDefault ? "default"
                                                                                        : "all");
  add("assume_complete", truth(load.assume_complete));
  add("address_search", truth(addresses.search));
  if (!addresses.global_catalog.empty()) add(kGlobalCatalog, addresses.global_catalog);
  add(kMaxDefects, std::to_string(load.max_defects));
  for (const GuardLimit& limit : guard_limits()) {
    const Threshold& t = guards.*limit.limit;
    add(std::string(limit.key), std::to_string(t.count));
    add(std::string(limit.key) + " share", std::to_string(t.share));
  }
  for (const GuardTime& time : guard_times()) {
    add(std::string(time.key), std::to_string(guards.*time.seconds));
  }
  add(std::string(kCreepDaysKey), std::to_string(guards.creep_days));
}

void KeptSettings::add(const std::string& key, const std::vector<std::string>& list) {
  for (const std::string& value : list) add(key, value);
}

KeptSettings KeptSettings::parsed(const std::string& text) {
  KeptSettings settings;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) settings.add(line.substr(0, colon), line.substr(colon + 2));
    at = end + 1;
  }
  return settings;
}

std::string KeptSettings::text() const {
  std::string out;
  for (const auto& [key, value] : values_) {
    std::string line = key + ": " + value;
    std::ranges::replace(line, '\n', ' ');
    out += line + "\n";
  }
  return out;
}

std::vector<std::string> KeptSettings::of(const std::string& key) const {
  std::vector<std::string> values;
  const auto [begin, end] = values_.equal_range(key);
  for (auto it = begin; it != end; ++it) values.push_back(it->second);
  return values;
}

std::vector<std::string> loosened_since(const KeptSettings& before, const KeptSettings& now) {
  return Comparison(before, now).loosened();
}

}  // namespace trueup
