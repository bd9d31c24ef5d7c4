// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/compare.h"

#include <algorithm>

#include "engine/compare/address_syntax.h"
#include "snapshots/model/lost_characters.h"

namespace trueup {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

std::vector<std::string> all_folded(const std::vector<std::string>& list) {
  std::vector<std::string> out;
  for (const std::string& s : list) out.push_back(folded(s));
  return out;
}

bool ends_with_any(std::string_view folded_text, const std::vector<std::string>& suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](const std::string& s) { return folded_text.ends_with(s); });
}

bool equal_under(Rule rule, std::string_view a, std::string_view b) {
  switch (rule) {
    case Rule::kMailAddress: return equal_ignoring_ascii_case(a, b);
    case Rule::kDisplayType: return without_aclable_bit(a) == without_aclable_bit(b);
    case Rule::kBoolean: return equal_ignoring_ascii_case(a, b);
    case Rule::kInteger:
    case Rule::kExactText:
    case Rule::kProxyAddresses: return a == b;
  }
  return a == b;
}

std::string shortened(std::string_view value) {
  constexpr std::size_t kShown = 80;
  if (value.size() <= kShown) return std::string(value);
  return std::string(value.substr(0, kShown)) + "...";
}

void check_address(AttributeVerdict& v, std::string_view value) {
  const ProxyAddress address = parse_proxy_address(value);
  if (address.type == ProxyAddress::Type::kNone) {
    v.refusal = Refusal::kNoAddressType;
    v.detail = "an address without a TYPE: prefix: " + shortened(value);
  } else if (const char* const wrong = wrong_with(address)) {
    v.refusal = Refusal::kNotAnAddress;
    v.detail = std::string(wrong) + ": " + shortened(value);
  }
}

/// Whether the cloud says that there is no mail for it. Of an Exchange mailbox that is damage: each
/// has a primary address. So is an empty set that stands beside a mail address.
bool shows_no_mail(const Mailbox& cloud) {
  return !cloud.has(kFromExo) && values_of(cloud, Attribute::kProxyAddresses).empty() &&
         cloud.supplied.contains(Attribute::kMail) && values_of(cloud, Attribute::kMail).empty();
}

void sort_values(Edit& edit) {
  std::sort(edit.deletes.begin(), edit.deletes.end());
  std::sort(edit.adds.begin(), edit.adds.end());
}

}  // namespace

std::span<const AttributeValue> values_of(const Mailbox& m, Attribute a) {
  const auto [first, last] = std::equal_range(
      m.values.begin(), m.values.end(), AttributeValue{a, {}},
      [](const AttributeValue& x, const AttributeValue& y) { return x.attribute < y.attribute; });
  return {first, last};
}

Comparer::Comparer(const DiffOptions& options)
    : options_(options),
      keep_types_(all_folded(options.keep_types)),
      drop_types_(all_folded(options.drop_types)),
      keep_suffixes_(all_folded(options.keep_suffixes)),
      hide_suffixes_(all_folded(options.hide_suffixes)) {}

AttributeVerdict& Comparer::verdict_for(Attribute a) {
  if (used_ == verdicts_.size()) verdicts_.emplace_back();
  AttributeVerdict& v = verdicts_[used_++];
  v.edit.attribute = a;
  v.edit.deletes.clear();
  v.edit.adds.clear();
  v.refusal = Refusal::kNone;
  v.hold = Hold::kNone;
  v.detail.clear();
  v.case_only = v.clears = v.first_sight = v.loses = v.replaces_primary = v.overwrites = false;
  return v;
}

std::span<const AttributeVerdict> Comparer::compare(const Mailbox& cloud, const Mailbox& ad,
                                                    AttributeSet ever_filled) {
  used_ = 0;
  const AttributeSet attributes = options_.attributes & cloud.supplied;
  for (int i = 0; i < kAttributeCount; ++i) {
    const Attribute a = attribute_at(i);
    if (!attributes.contains(a)) continue;
    const Values want = values_of(cloud, a);
    const Values have = values_of(ad, a);
    if (want.empty() && have.empty()) continue;
    const std::size_t before = used_;
    if (a == Attribute::kProxyAddresses) {
      compare_addresses(cloud, have);
    } else if (traits(a).multi_valued) {
      compare_set(a, want, have);
    } else {
      compare_single(a, want, have);
    }
    AttributeVerdict& v = verdicts_[before];
    if (!v.has_edit()) {
      v.refusal = Refusal::kNone;
      if (!v.case_only) used_ = before;
      continue;
    }
    if (a == Attribute::kMail) check_mail(v, cloud);
    check_added(v, cloud, have);
    v.clears = want.empty() && v.edit.adds.empty() && v.edit.deletes.size() == have.size();
    v.loses = v.loses || v.clears;
    if (want.empty() && v.refusal == Refusal::kNone) {
      hold_first_sight(v, ever_filled);  // also where kept addresses stay
    }
    sort_values(v.edit);
  }
  join_address_refusals();
  return {verdicts_.data(), used_};
}

void Comparer::compare_single(Attribute a, Values cloud, Values ad) {
  AttributeVerdict& v = verdict_for(a);
  const Rule rule = traits(a).rule;
  const bool equal =
      cloud.size() == 1 && ad.size() == 1 && equal_under(rule, cloud[0].bytes, ad[0].bytes);
  if (equal) {
    const bool other_case = rule == Rule::kMailAddress && cloud[0].bytes != ad[0].bytes;
    v.case_only = other_case && !options_.exact_address_case;
    if (!other_case || v.case_only) return;
  }
  for (const AttributeValue& value : ad) v.edit.deletes.push_back(value.bytes);
  for (const AttributeValue& value : cloud) v.edit.adds.push_back(value.bytes);
  const bool replaces = !equal && !ad.empty() && !cloud.empty();
  v.replaces_primary = a == Attribute::kMail && replaces;
  v.overwrites = replaces && !(cloud.size() == 1 && ad.size() == 1 &&
                               equal_ignoring_ascii_case(cloud[0].bytes, ad[0].bytes));
  if (cloud.size() > 1) {
    v.refusal = Refusal::kSeveralValues;
    v.detail = std::to_string(cloud.size()) + " values for a single-valued attribute";
  }
}

void Comparer::compare_set(Attribute a, Values cloud, Values ad) {
  AttributeVerdict& v = verdict_for(a);
  std::vector<std::string_view> want, have;
  for (const AttributeValue& value : cloud) want.push_back(value.bytes);
  for (const AttributeValue& value : ad) have.push_back(value.bytes);
  for (auto* list : {&want, &have}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  std::set_difference(have.begin(), have.end(), want.begin(), want.end(),
                      std::back_inserter(v.edit.deletes));
  std::set_difference(want.begin(), want.end(), have.begin(), have.end(),
                      std::back_inserter(v.edit.adds));
  v.loses = v.edit.deletes.size() > v.edit.adds.size();
  if (v.edit.adds.empty()) return;
  // AD's set is the cloud's afterwards; two of its values that a DC takes as equal cannot both be.
  std::vector<std::string> keys(want.size());
  for (std::size_t i = 0; i < want.size(); ++i) append_directory_key(want[i], keys[i]);
  std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin != keys.end()) {
    v.refusal = Refusal::kEqualValues;
    v.detail = "a domain controller takes two of the values as equal: " + shortened(*twin);
  }
}

void Comparer::read_addresses(Values values, std::vector<Address>& out, std::string& keys) const {
  out.clear();
  keys.clear();
  std::size_t room = 0;
  for (const AttributeValue& v : values) room += 2 * v.bytes.size() + 8;
  keys.reserve(room);  // no reallocation: the addresses hold views into it
  for (const AttributeValue& v : values) {
    Address a;
    a.value = v.bytes;
    a.parsed = parse_proxy_address(v.bytes);
    std::size_t start = keys.size();
    append_proxy_key(a.parsed, keys);
    a.key = std::string_view(keys).substr(start);
    start = keys.size();
    append_address_key(v.bytes, keys);
    a.address_key = std::string_view(keys).substr(start);
    out.push_back(a);
  }
}

bool Comparer::unmanaged(const Address& a) const {
  if (!drop_types_.empty() && a.parsed.type != ProxyAddress::Type::kNone) {
    const std::string_view type = a.address_key.substr(0, a.parsed.prefix.size());
    if (std::find(drop_types_.begin(), drop_types_.end(), type) != drop_types_.end()) return true;
  }
  return !hide_suffixes_.empty() && ends_with_any(a.address_key, hide_suffixes_);
}

// `ad_only`: the cloud has it under no prefix.
bool Comparer::kept(const Address& ad_only) const {
  if (ends_with_any(ad_only.address_key, keep_suffixes_)) return true;
  if (ad_only.parsed.type == ProxyAddress::Type::kNone) return false;
  const std::string_view type = ad_only.address_key.substr(0, ad_only.parsed.prefix.size());
  if (std::find(keep_types_.begin(), keep_types_.end(), type) == keep_types_.end()) return false;
  if (ad_only.parsed.type != ProxyAddress::Type::kSip) return true;
  return std::none_of(cloud_addresses_.begin(), cloud_addresses_.end(),
                      [](const Address& c) { return c.parsed.type == ProxyAddress::Type::kSip; });
}

void Comparer::compare_addresses(const Mailbox& cloud, Values ad) {
  AttributeVerdict& v = verdict_for(Attribute::kProxyAddresses);
  read_addresses(values_of(cloud, Attribute::kProxyAddresses), cloud_addresses_, cloud_keys_);
  drop_empty_addresses();
  read_addresses(ad, ad_addresses_, ad_keys_);
  match_addresses(v);
  if (v.has_edit()) check_result(v, cloud);
}

/// "smtp:" and nothing behind it is no address, and never written.
void Comparer::drop_empty_addresses() {
  std::erase_if(cloud_addresses_, [](const Address& a) {
    return a.parsed.type != ProxyAddress::Type::kNone && is_blank(a.parsed.address);
  });
}

void Comparer::match_addresses(AttributeVerdict& v) {
  const auto by_key = [](const Address& a, const Address& b) {
    return a.key != b.key ? a.key < b.key : a.value < b.value;
  };
  std::sort(cloud_addresses_.begin(), cloud_addresses_.end(), by_key);
  // A value that the cloud names twice (in another address case) is one value.
  cloud_addresses_.erase(
      std::unique(cloud_addresses_.begin(), cloud_addresses_.end(),
                  [](const Address& a, const Address& b) { return a.key == b.key; }),
      cloud_addresses_.end());
  std::vector<std::string_view> cloud_address_keys;
  for (const Address& c : cloud_addresses_) cloud_address_keys.push_back(c.address_key);
  std::sort(cloud_address_keys.begin(), cloud_address_keys.end());
  const auto cloud_has_address = [&](std::string_view key) {
    return std::binary_search(cloud_address_keys.begin(), cloud_address_keys.end(), key);
  };
  for (Address& have : ad_addresses_) {
    if (unmanaged(have)) {
      have.stays = true;
      continue;
    }
    const auto want =
        std::lower_bound(cloud_addresses_.begin(), cloud_addresses_.end(), have,
                         [](const Address& a, const Address& b) { return a.key < b.key; });
    if (want != cloud_addresses_.end() && want->key == have.key) {
      want->matched = have.matched = have.stays = true;
      if (want->value == have.value) continue;
      if (have.parsed.type == ProxyAddress::Type::kOther || !options_.exact_address_case) {
        v.case_only = true;
        continue;
      }
      want->matched = have.stays = false;  // written in the cloud's case
      v.edit.deletes.push_back(have.value);
      continue;
    }
    if (!cloud_has_address(have.address_key) && kept(have)) {
      have.stays = true;
      continue;
    }
    v.edit.deletes.push_back(have.value);
    if (!cloud_has_address(have.address_key)) v.loses = true;
  }
  for (const Address& want : cloud_addresses_) {
    if (!want.matched && !unmanaged(want)) v.edit.adds.push_back(want.value);
  }
}

// What proxyAddresses would be afterwards must be something that AD and Exchange take.
void Comparer::check_result(AttributeVerdict& v, const Mailbox& cloud) {
  std::vector<const Address*> result;
  std::string_view old_primary, new_primary, added_sip;
  int primaries = 0, sip_primaries = 0;
  const auto count = [&](const Address& a) {
    result.push_back(&a);
    if (a.parsed.type == ProxyAddress::Type::kSip && a.parsed.primary) ++sip_primaries;
    if (a.parsed.type != ProxyAddress::Type::kSmtp || !a.parsed.primary) return;
    ++primaries;
    new_primary = a.address_key;
  };
  for (const Address& a : ad_addresses_) {
    if (a.parsed.type == ProxyAddress::Type::kSmtp && a.parsed.primary) {
      old_primary = a.address_key;
    }
    if (a.stays) count(a);
  }
  bool hidden_primary = false;
  for (const Address& a : cloud_addresses_) {
    const bool primary = a.parsed.type == ProxyAddress::Type::kSmtp && a.parsed.primary;
    if (unmanaged(a)) {
      hidden_primary = hidden_primary || primary;
    } else if (!a.matched) {
      count(a);
      const bool sip = a.parsed.type == ProxyAddress::Type::kSip && a.parsed.primary;
      if (sip) added_sip = a.address_key;
    }
  }
  v.replaces_primary = !old_primary.empty() && primaries == 1 && old_primary != new_primary;
  if (v.edit.adds.empty() && primaries > 0) return;  // taking away makes nothing invalid
  if (primaries > 1) {
    v.refusal = Refusal::kTwoPrimaries;
    v.detail = std::to_string(primaries) + " primary SMTP addresses, one of them " +
               shortened(new_primary);
    return;
  }
  if (sip_primaries > 1 && !added_sip.empty()) {
    v.refusal = Refusal::kTwoPrimaries;
    v.detail = std::to_string(sip_primaries) + " primary SIP addresses, one of them " +
               shortened(added_sip);
    return;
  }
  if (primaries == 0 && hidden_primary && (!old_primary.empty() || has_smtp(result))) {
    v.refusal = Refusal::kHiddenPrimary;
    v.detail =
        "the cloud's primary is hidden by proxy.hide_suffixes or proxy.drop_types, so AD "
        "would be left without one";
    return;
  }
  if (primaries == 0 && lacks_primary(result, cloud)) {
    v.refusal = Refusal::kNoPrimary;
    v.detail =
        std::string(cloud_addresses_.empty() ? "the cloud has no address for it"
                                             : "the cloud's addresses have no primary (SMTP:)") +
        ", so AD would be left without " +
        (old_primary.empty() ? "one" : "its primary " + shortened(old_primary));
    return;
  }
  if (v.edit.adds.empty()) return;
  std::vector<std::string> keys(result.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    append_directory_key(result[i]->value, keys[i]);
  }
  std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin != keys.end()) {
    v.refusal = Refusal::kEqualValues;
    v.detail = "a domain controller takes two of the values as equal: " + shortened(*twin);
  }
}

/// Of a set of which no address is the primary: whether it would be a loss, or never was right.
bool Comparer::lacks_primary(std::span<const Address* const> result, const Mailbox& cloud) const {
  const bool smtp_in_ad = std::ranges::any_of(
      ad_addresses_, [](const Address& a) { return a.parsed.type == ProxyAddress::Type::kSmtp; });
  if (shows_no_mail(cloud)) return false;
  // One who has no mailbox may well have a SIP address and no more.
  return smtp_in_ad || has_smtp(result) || cloud.has(kFromExo);
}

bool Comparer::has_smtp(std::span<const Address* const> addresses) {
  return std::ranges::any_of(
      addresses, [](const Address* a) { return a->parsed.type == ProxyAddress::Type::kSmtp; });
}

/// mail goes only where the cloud shows no address either.
void Comparer::check_mail(AttributeVerdict& v, const Mailbox& cloud) const {
  if (v.refusal != Refusal::kNone || !v.edit.adds.empty()) return;
  for (const AttributeValue& value : values_of(cloud, Attribute::kProxyAddresses)) {
    const ProxyAddress address = parse_proxy_address(value.bytes);
    if (address.type != ProxyAddress::Type::kSmtp || !address.primary) continue;
    v.refusal = Refusal::kNoPrimary;
    v.detail =
        "the cloud's mail is empty, and its addresses have the primary " + shortened(value.bytes);
    return;
  }
  if (!cloud.has(kFromExo)) return;
  v.refusal = Refusal::kNoPrimary;
  v.detail = "Exchange shows no address for the mailbox";
}

void Comparer::check_added(AttributeVerdict& v, const Mailbox& cloud, Values ad) const {
  check_spelling(v);
  check_characters(v, cloud, ad);
}

void Comparer::check_spelling(AttributeVerdict& v) const {
  if (v.refusal != Refusal::kNone) return;
  const AttributeTraits& t = traits(v.edit.attribute);
  for (std::string_view value : v.edit.adds) {
    const std::optional<std::size_t> units = utf16_length(value);
    if (!units) {
      v.refusal = Refusal::kInvalidUtf8;
      v.detail = "a value is not valid UTF-8";
    } else if (t.max_utf16_units != 0 && *units > t.max_utf16_units) {
      v.refusal = Refusal::kValueTooLong;
      v.detail = std::to_string(*units) + " characters, AD takes " +
                 std::to_string(t.max_utf16_units) + ": " + shortened(value);
    } else if (t.rule == Rule::kProxyAddresses) {
      check_address(v, value);
    } else if (t.rule == Rule::kMailAddress && !is_mail_address(value)) {
      v.refusal = Refusal::kNotAnAddress;
      v.detail = "no e-mail address: " + shortened(value);
    }
    if (v.refusal != Refusal::kNone) return;
  }
}

void Comparer::check_characters(AttributeVerdict& v, const Mailbox& cloud, Values ad) const {
  if (v.refusal != Refusal::kNone) return;
  const bool ignore_case = kAddressAttributes.contains(v.edit.attribute);
  for (std::string_view value : v.edit.adds) {
    if (!may_have_lost_characters(value)) continue;
    if (value.find(kReplacementCharacter) != value.npos) {
      v.refusal = Refusal::kLostCharacters;
      v.detail = "a character became U+FFFD on the way: " + shortened(value);
      return;
    }
    if (cloud.damaged.contains(v.edit.attribute)) {
      v.refusal = Refusal::kLostCharacters;
      v.detail =
          "characters became ?, U+FFFD or other ones in the Exchange export, which differs "
          "so from Graph: " +
          shortened(value);
      return;
    }
    for (const AttributeValue& old : ad) {  // one that stays too: the damaged one would join it
      const bool lost = ignore_case ? has_lost_characters(folded(value), folded(old.bytes))
                                    : has_lost_characters(value, old.bytes);
      if (!lost) continue;
      v.refusal = Refusal::kLostCharacters;
      v.detail = "characters became ?, U+FFFD or other ones on the way: " + shortened(value) +
                 ", and AD has " + shortened(old.bytes);
      return;
    }
  }
}

void Comparer::hold_first_sight(AttributeVerdict& v, AttributeSet ever_filled) const {
  v.first_sight = !ever_filled.contains(v.edit.attribute);
  if (!v.first_sight) return;
  const bool custom = kCustomAttributes.contains(v.edit.attribute);
  const bool held = options_.clear_at_first_sight == FirstSightClears::kNone ||
                    (custom && options_.clear_at_first_sight == FirstSightClears::kDefault);
  if (held) v.hold = Hold::kClearAtFirstSight;
}

// mail and the primary address say the same thing: neither is written without the other.
void Comparer::join_address_refusals() {
  AttributeVerdict* refused = nullptr;
  AttributeVerdict* other = nullptr;
  for (std::size_t i = 0; i < used_; ++i) {
    AttributeVerdict& v = verdicts_[i];
    if (!kAddressAttributes.contains(v.edit.attribute)) continue;
    if (v.refusal != Refusal::kNone && refused == nullptr) {
      refused = &v;
    } else {
      other = &v;
    }
  }
  if (refused == nullptr || other == nullptr || other->refusal != Refusal::kNone ||
      !other->has_edit()) {
    return;
  }
  other->refusal = refused->refusal;
  other->hold = Hold::kNone;
  other->detail = refused->detail;
}

}  // namespace trueup
