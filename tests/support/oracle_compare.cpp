// SPDX-License-Identifier: Apache-2.0
#include "tests/support/oracle_compare.h"

#include <algorithm>
#include <vector>

#include "tests/support/ldap_model.h"

namespace trueup::world {
namespace {

std::string type_of(const std::string& value) {
  const std::size_t colon = value.find(':');
  return colon == std::string::npos ? "" : lower(value.substr(0, colon));
}

bool is_smtp_or_sip(const std::string& value) {
  return type_of(value) == "smtp" || type_of(value) == "sip";
}

bool is_smtp_primary(const std::string& value) {
  return type_of(value) == "smtp" && is_primary(value);
}
bool is_sip_primary(const std::string& value) {
  return type_of(value) == "sip" && is_primary(value);
}

// The same value: prefix case matters for SMTP and SIP, nothing else's case does.
bool same_value(const std::string& a, const std::string& b) {
  return lower(a) == lower(b) && (!is_smtp_or_sip(a) || is_primary(a) == is_primary(b));
}

bool in_list(const std::string& type, const std::vector<std::string>& list) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& t) { return lower(t) == type; });
}

bool has_suffix(const std::string& value, const std::vector<std::string>& suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](const std::string& s) { return lower(value).ends_with(lower(s)); });
}

class AddressComparison {
 public:
  AddressComparison(const std::set<std::string>& cloud, bool no_mail, bool from_exo,
                    const Values& ad, const DiffOptions& options)
      : cloud_(cloud), no_mail_(no_mail), from_exo_(from_exo), ad_(ad), options_(options) {}

  void run(Verdicts& verdicts) {
    ExpectedEdit edit;
    std::vector<std::string> result;
    bool case_only = false;
    for (const std::string& have : ad_) {
      if (unmanaged(have)) {
        result.push_back(have);
        continue;
      }
      const std::string* twin = same_in(cloud_, have);
      if (twin != nullptr) {
        const bool exact = options_.exact_address_case && is_smtp_or_sip(have);
        if (*twin == have || !exact) {
          case_only = case_only || *twin != have;
          result.push_back(have);
          continue;
        }
      } else if (!address_in_cloud(have) && kept(have)) {
        result.push_back(have);
        continue;
      }
      edit.deletes.insert(have);
    }
    std::vector<std::string> added;
    for (const std::string& want : cloud_) {
      const bool there = std::any_of(result.begin(), result.end(),
                                     [&](const std::string& r) { return same_value(r, want); });
      const bool twice = std::any_of(added.begin(), added.end(),
                                     [&](const std::string& r) { return same_value(r, want); });
      if (unmanaged(want) || there || twice) continue;
      edit.adds.insert(want);
      added.push_back(want);
    }
    result.insert(result.end(), added.begin(), added.end());
    if (case_only) verdicts.case_only.insert("proxyAddresses");
    if (edit.deletes.empty() && edit.adds.empty()) return;
    verdicts.edits["proxyAddresses"] = edit;
    check(edit, result, verdicts);
    if (cloud_.empty() && options_.clear_at_first_sight == FirstSightClears::kNone) {
      verdicts.held.insert("proxyAddresses");
    }
  }

 private:
  static const std::string* same_in(const std::set<std::string>& set, const std::string& value) {
    for (const std::string& v : set) {
      if (same_value(v, value)) return &v;
    }
    return nullptr;
  }
  bool address_in_cloud(const std::string& value) const {
    return std::any_of(cloud_.begin(), cloud_.end(),
                       [&](const std::string& c) { return lower(c) == lower(value); });
  }
  bool unmanaged(const std::string& value) const {
    return in_list(type_of(value), options_.drop_types) ||
           has_suffix(value, options_.hide_suffixes);
  }
  bool kept(const std::string& value) const {
    if (has_suffix(value, options_.keep_suffixes)) return true;
    if (!in_list(type_of(value), options_.keep_types)) return false;
    return type_of(value) != "sip" ||
           std::none_of(cloud_.begin(), cloud_.end(),
                        [](const std::string& c) { return type_of(c) == "sip"; });
  }
  void check(const ExpectedEdit& edit, const std::vector<std::string>& result, Verdicts& verdicts) {
    std::set<std::string> reasons;
    const auto primaries = std::count_if(result.begin(), result.end(), is_smtp_primary);
    if (primaries > 1 && !edit.adds.empty()) reasons.insert("two-primaries");
    const auto sips = std::count_if(result.begin(), result.end(), is_sip_primary);
    const bool adds_sip = std::any_of(edit.adds.begin(), edit.adds.end(), is_sip_primary);
    if (sips > 1 && adds_sip) reasons.insert("two-primaries");
    const bool hidden = std::any_of(cloud_.begin(), cloud_.end(), [&](const std::string& c) {
      return unmanaged(c) && is_smtp_primary(c);
    });
    const auto is_smtp = [](const std::string& v) { return type_of(v) == "smtp"; };
    const bool smtp_after = std::any_of(result.begin(), result.end(), is_smtp);
    const bool smtp_before = std::any_of(ad_.begin(), ad_.end(), is_smtp);
    if (primaries == 0 && hidden &&
        (smtp_after || std::any_of(ad_.begin(), ad_.end(), is_smtp_primary))) {
      reasons.insert("hidden-primary");
    } else if (primaries == 0 && !(cloud_.empty() && no_mail_ && !from_exo_) &&
               (smtp_after || smtp_before || from_exo_)) {
      reasons.insert("no-primary");
    }
    std::set<std::string> seen;
    for (const std::string& v : result) {
      if (!seen.insert(lower(v)).second && !edit.adds.empty()) reasons.insert("equal-values");
    }
    for (const std::string& v : edit.adds) {
      if (v.size() > 1123) reasons.insert("value-too-long");
      if (type_of(v).empty()) reasons.insert("no-address-type");
    }
    if (!reasons.empty()) verdicts.refused["proxyAddresses"] = reasons;
  }

  const std::set<std::string>& cloud_;
  const bool no_mail_;  // the cloud has mail, and it is empty
  const bool from_exo_;
  const Values& ad_;
  const DiffOptions& options_;
};

std::size_t limit_of(const std::string& name) {
  if (name == "mail") return 256;
  if (!name.starts_with("extensionAttribute")) return 2048;
  return std::stoi(name.substr(18)) <= 10 ? 1024 : 2048;
}

std::string display_type(const std::string& value) {
  return value == "-1073741818" ? "-2147483642" : value;  // 0xC0000006 and 0x80000006
}

void compare_values(const std::string& name, const std::set<std::string>& cloud, const Values& ad,
                    const DiffOptions& options, Verdicts& verdicts) {
  std::set<std::string> have(ad.begin(), ad.end());
  ExpectedEdit edit;
  if (name == "mail" && cloud.size() == 1 && have.size() == 1 &&
      lower(*cloud.begin()) == lower(*have.begin())) {
    if (*cloud.begin() == *have.begin()) return;
    if (!options.exact_address_case) {
      verdicts.case_only.insert(name);
      return;
    }
  }
  if (name == "msExchRecipientDisplayType" && cloud.size() == 1 && have.size() == 1 &&
      display_type(*cloud.begin()) == display_type(*have.begin())) {
    return;
  }
  for (const std::string& v : have) {
    if (!cloud.contains(v)) edit.deletes.insert(v);
  }
  for (const std::string& v : cloud) {
    if (!have.contains(v)) edit.adds.insert(v);
  }
  if (edit.deletes.empty() && edit.adds.empty()) return;
  verdicts.edits[name] = edit;
  std::set<std::string> folded;
  for (const std::string& v : cloud) {
    if (!folded.insert(lower(v)).second && !edit.adds.empty()) {
      verdicts.refused[name].insert("equal-values");
    }
  }
  for (const std::string& v : edit.adds) {
    if (v.size() > limit_of(name)) verdicts.refused[name].insert("value-too-long");
  }
  if (!cloud.empty()) return;
  const bool custom = name.starts_with("msExchExtensionCustomAttribute");
  if (options.clear_at_first_sight == FirstSightClears::kNone ||
      (custom && options.clear_at_first_sight == FirstSightClears::kDefault)) {
    verdicts.held.insert(name);
  }
}

}  // namespace

bool is_primary(const std::string& value) {
  const std::string prefix = value.substr(0, value.find(':'));
  return std::none_of(prefix.begin(), prefix.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Verdicts compare_attributes(const CloudAttributes& cloud, bool from_exo,
                            const std::map<std::string, Values>& ad, const DiffOptions& options) {
  Verdicts verdicts;
  for (const auto& [name, want] : cloud) {
    const auto it = ad.find(name);
    const Values have = it == ad.end() ? Values{} : it->second;
    if (name == "proxyAddresses") {
      const auto mail = cloud.find("mail");
      const bool no_mail = mail != cloud.end() && mail->second.empty();
      AddressComparison(want, no_mail, from_exo, have, options).run(verdicts);
    } else {
      compare_values(name, want, have, options, verdicts);
    }
    // mail does not go while the cloud has a primary address, as every Exchange mailbox has.
    const auto addresses = cloud.find("proxyAddresses");
    const bool has_primary =
        addresses != cloud.end() &&
        std::any_of(addresses->second.begin(), addresses->second.end(), is_smtp_primary);
    if (name == "mail" && want.empty() && !have.empty() && (has_primary || from_exo)) {
      verdicts.refused["mail"].insert("no-primary");
    }
  }
  // mail and proxyAddresses are refused together.
  auto& refused = verdicts.refused;
  for (const auto& [one, other] :
       {std::pair("mail", "proxyAddresses"), std::pair("proxyAddresses", "mail")}) {
    if (!refused.contains(one) || !verdicts.edits.contains(other)) continue;
    refused[other].insert(refused[one].begin(), refused[one].end());
  }
  return verdicts;
}

}  // namespace trueup::world
