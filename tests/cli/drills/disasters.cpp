// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/disasters.h"

#include <algorithm>
#include <numeric>

namespace trueup::drills {
namespace {

using Harmless = Disaster::Harmless;

const std::set<std::string> kFewer = {"cloud-count", "graph-count", "exo-count", "scope-count"};
const std::set<std::string> kExtension = {"cleared",    "overwritten", "emptied", "rewritten",
                                          "same-value", "changed",     "losing",  "unseen-in-ad"};
const std::set<std::string> kOtherAnchors = {"changed",   "overwritten", "replaced", "rewritten",
                                             "unmatched", "losing",      "types",    "emptied"};

template <typename Change>
void each_in_cloud(Spoilt& night, Change change) {
  for (DrillMailbox& m : night.cloud.mailboxes) {
    if (m.gone) continue;
    change(m);
    m.cloud_changed = night.cloud.today();
  }
}

// The dump

void no_users(Spoilt& night) { night.cloud_files.no_users = true; }
void empty_export(Spoilt& night) { night.cloud_files.empty_export = true; }

void every_other_page(Spoilt& night) {
  night.cloud_files.manifest = false;
  night.cloud_files.renumbered = true;
  const int users =
      static_cast<int>(std::count_if(night.cloud.mailboxes.begin(), night.cloud.mailboxes.end(),
                                     [](const DrillMailbox& m) { return !m.gone; }));
  const int pages = std::min(night.cloud_files.pages, users);
  for (int page = pages - 2; page >= 0; page -= 2) night.cloud_files.missing_pages.insert(page);
}
void every_other_page_of_a_manifest(Spoilt& night) {
  every_other_page(night);
  night.cloud_files.manifest = true;
  night.cloud_files.renumbered = false;
}
void one_page(Spoilt& night) {
  night.cloud_files.manifest = false;
  night.cloud_files.renumbered = true;
  night.cloud_files.missing_pages = {3};
}
void one_numbered_page(Spoilt& night) {
  one_page(night);
  night.cloud_files.renumbered = false;
}

void last_month(Spoilt& night) {
  night.cloud_files.days_old = night.cloud.today() - night.month_old.today();
  night.cloud = night.month_old;
}
void last_month_copied(Spoilt& night) {
  last_month(night);
  night.cloud_files.fresh_files = true;
}
void last_months_ad(Spoilt& night) {
  night.ad_files.days_old = night.ad.today() - night.month_old.today();
  night.ad = night.month_old;
}
void last_months_ad_copied(Spoilt& night) {
  last_months_ad(night);
  night.ad_files.fresh_files = true;
}

DrillTenant another_tenant(const DrillTenant& tenant) {
  TenantShape shape = tenant.shape();
  shape.seed += 1000;
  shape.first_domain = "northwind.com";
  shape.second_domain = "adatum.com";
  return DrillTenant(shape);
}
void another_cloud(Spoilt& night) { night.cloud = another_tenant(night.cloud); }
void another_ad(Spoilt& night) { night.ad = another_tenant(night.ad); }

cli::Arguments feeds_swapped(const Inputs& in) {
  return {"--graph", in.exo, "--exo", in.graph, "--ad", in.ad};
}
cli::Arguments sides_swapped(const Inputs& in) {
  return {"--graph", in.ad, "--exo", in.exo, "--ad", in.graph};
}
cli::Arguments exchange_for_ad(const Inputs& in) {
  return {"--graph", in.graph, "--exo", in.ad, "--ad", in.exo};
}
void nothing_else(Spoilt&) {}

// Values

void one_address_left(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) { m.cloud.addresses = {"SMTP:" + m.cloud.mail}; });
}
void extension_blank(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) { m.cloud.extension.clear(); });
}
void extension_shifted(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) {
    std::map<int, std::string> shifted;
    for (const auto& [number, value] : m.cloud.extension) shifted[number % 15 + 1] = value;
    m.cloud.extension = shifted;
  });
}
void extension_broken(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) {
    for (auto& [number, value] : m.cloud.extension) value = "#REF!";
  });
}
void letters_lost(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) {
    for (auto& [number, value] : m.cloud.extension) value = with_question_marks(value);
  });
}
void one_domain_leaves(Spoilt& night) {
  const std::string from = "@" + night.cloud.shape().second_domain;
  const std::string to = "@" + night.cloud.shape().first_domain;
  each_in_cloud(night, [&](DrillMailbox& m) {
    if (!m.cloud.mail.ends_with(from)) return;
    const std::string old = m.cloud.mail;
    m.cloud.mail = old.substr(0, old.size() - from.size()) + to;
    std::erase(m.cloud.addresses, "smtp:" + m.cloud.mail);
    std::replace(m.cloud.addresses.begin(), m.cloud.addresses.end(), "SMTP:" + old, "smtp:" + old);
    m.cloud.addresses.insert(m.cloud.addresses.begin(), "SMTP:" + m.cloud.mail);
  });
}
void all_shared(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) { m.cloud.type = "SharedMailbox"; });
}
void flag_of_all(Spoilt& night, bool managed) {
  each_in_cloud(night, [managed](DrillMailbox& m) { m.managed = managed; });
}
void flag_false(Spoilt& night) { flag_of_all(night, false); }
void flag_true(Spoilt& night) { flag_of_all(night, true); }

// Anchors

/// Each mailbox says that it is the one that `order` has in its place.
void say_anchors_of(Spoilt& night, const std::vector<std::size_t>& order) {
  std::vector<std::string> anchors;
  for (const DrillMailbox& m : night.cloud.mailboxes) anchors.push_back(m.anchor());
  for (std::size_t i = 0; i < order.size(); ++i) {
    night.cloud.mailboxes[i].immutable_id = anchors[order[i]];
  }
}
void anchors_rebased(Spoilt& night) {
  std::vector<std::size_t> order(night.cloud.mailboxes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = (i + 1) % order.size();
  say_anchors_of(night, order);
}
void anchors_permuted(Spoilt& night) {
  std::vector<std::size_t> order(night.cloud.mailboxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  constexpr std::uint64_t kShuffle = 77;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return night.cloud.draw(kShuffle, a) < night.cloud.draw(kShuffle, b);
  });
  say_anchors_of(night, order);
}
void anchors_byte_swapped(Spoilt& night) {
  each_in_cloud(night, [](DrillMailbox& m) {
    std::string& id = m.immutable_id;  // a GUID printed as text and read as big-endian
    std::reverse(id.begin(), id.begin() + 4);
    std::reverse(id.begin() + 4, id.begin() + 6);
    std::reverse(id.begin() + 6, id.begin() + 8);
  });
}

// The AD export

void listed_attributes_only(Spoilt& night) {
  night.ad_files.ad_without = {"adminCount", "homeMDB", "extensionAttribute*", "msExch*"};
}
void global_catalog(Spoilt& night) {
  night.ad_files.ad_without = {"adminCount", "homeMDB", "mS-DS-ConsistencyGuid"};
}
void without_admin_count(Spoilt& night) { night.ad_files.ad_without = {"adminCount"}; }
void without_home_mdb(Spoilt& night) { night.ad_files.ad_without = {"homeMDB"}; }
/// And somebody wants an address that a group holds.
void without_groups(Spoilt& night) {
  night.ad_files.groups = false;
  for (DrillMailbox& m : night.cloud.mailboxes) {
    if (!m.open()) continue;
    m.cloud.addresses.push_back("smtp:" + address_of(night.ad.holders.front().addresses.front()));
    m.cloud_changed = night.cloud.today();
    return;
  }
}

// No disaster

void unit_renamed_and_case_changed(Spoilt& night) {
  for (DrillMailbox& m : night.ad.mailboxes) {
    if (m.unit == "Sales") m.unit = "Vertrieb & Beratung";
  }
  each_in_cloud(night, [](DrillMailbox& m) {
    for (std::string& address : m.cloud.addresses) {
      if (address.starts_with("X500:")) continue;
      for (std::size_t i = address.find(':') + 1; i < address.size(); ++i) {
        if (address[i] >= 'a' && address[i] <= 'z') address[i] = static_cast<char>(address[i] - 32);
      }
    }
    for (char& c : m.cloud.mail) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
  });
}

std::set<std::string> operator+(std::set<std::string> left, const std::set<std::string>& right) {
  left.insert(right.begin(), right.end());
  return left;
}

}  // namespace

const std::vector<Disaster>& disasters() {
  const std::set<std::string> old =
      kExtension + kFewer + std::set<std::string>{"input-age", "older-than-last", "replaced",
                                                  "types",     "unmatched",       "ad-count"};
  static const std::vector<Disaster> list = {
      {.name = "empty cloud", .spoil = no_users, .stopped_by = kFewer, .input_error = true},
      {.name = "empty Exchange export",
       .spoil = empty_export,
       .stopped_by = kFewer,
       .input_error = true,
       .harmless = Harmless::kWithoutHistory},
      {.name = "half the pages",
       .spoil = every_other_page,
       .stopped_by = kFewer,
       .harmless = Harmless::kWithoutHistory},
      {.name = "half the pages, by the manifest",
       .spoil = every_other_page_of_a_manifest,
       .stopped_by = kFewer,
       .input_error = true},
      {.name = "a page in twelve missing",
       .spoil = one_page,
       .stopped_by = kFewer,
       .harmless = Harmless::kAlways},
      {.name = "a page in twelve missing, by its number",
       .spoil = one_numbered_page,
       .stopped_by = kFewer,
       .input_error = true},
      {.name = "last month's dump", .spoil = last_month, .stopped_by = old, .few_may_pass = false},
      {.name = "last month's dump, copied without its times",
       .spoil = last_month_copied,
       .stopped_by = old,
       .untold = "the files say they are new"},
      {.name = "last month's AD export",
       .spoil = last_months_ad,
       .stopped_by = old,
       .few_may_pass = false},
      {.name = "last month's AD export, copied without its times",
       .spoil = last_months_ad_copied,
       .stopped_by = old,
       .untold = "the file says it is new"},
      {.name = "another tenant's cloud",
       .spoil = another_cloud,
       .stopped_by = kFewer + std::set<std::string>{"unmatched"},
       .input_error = true,
       .few_may_pass = false},
      {.name = "another tenant's AD",
       .spoil = another_ad,
       .stopped_by = {"unmatched", "ad-count"},
       .input_error = true,
       .few_may_pass = false},
      {.name = "Graph and Exchange swapped",
       .spoil = nothing_else,
       .stopped_by = {},
       .input_error = true,
       .few_may_pass = false,
       .arguments = feeds_swapped},
      {.name = "Graph and AD swapped",
       .spoil = nothing_else,
       .stopped_by = {},
       .input_error = true,
       .few_may_pass = false,
       .arguments = sides_swapped},
      {.name = "Exchange and AD swapped",
       .spoil = nothing_else,
       .stopped_by = {},
       .input_error = true,
       .few_may_pass = false,
       .arguments = exchange_for_ad},
      {.name = "all addresses but one gone",
       .spoil = one_address_left,
       .stopped_by = {"losing", "emptied", "rewritten", "changed"}},
      {.name = "extension attributes blank", .spoil = extension_blank, .stopped_by = kExtension},
      {.name = "extension attributes shifted by a column",
       .spoil = extension_shifted,
       .stopped_by = kExtension},
      {.name = "extension attributes #REF!", .spoil = extension_broken, .stopped_by = kExtension},
      {.name = "anchors re-based", .spoil = anchors_rebased, .stopped_by = kOtherAnchors},
      {.name = "anchors permuted", .spoil = anchors_permuted, .stopped_by = kOtherAnchors},
      {.name = "anchors byte-swapped",
       .spoil = anchors_byte_swapped,
       .stopped_by = {"unmatched"},
       .input_error = true,
       .few_may_pass = false},
      {.name = "AD export with -l",
       .spoil = listed_attributes_only,
       .stopped_by = {"unseen-in-ad", "unseen-protection"},
       .few_may_pass = false},
      {.name = "AD export off a global catalog",
       .spoil = global_catalog,
       .stopped_by = {"unseen-protection", "unmatched"},
       .few_may_pass = false},
      {.name = "AD export without adminCount",
       .spoil = without_admin_count,
       .stopped_by = {"unseen-protection", "protection-count", "held-count"},
       .few_may_pass = false},
      {.name = "AD export without homeMDB",
       .spoil = without_home_mdb,
       .stopped_by = {"unseen-protection", "protection-count", "held-count"},
       .few_may_pass = false},
      {.name = "AD export without groups",
       .spoil = without_groups,
       .stopped_by = {"unseen-protection", "others-count"},
       .few_may_pass = false},
      {.name = "one domain's primaries changed",
       .spoil = one_domain_leaves,
       .stopped_by = {"replaced", "changed", "rewritten", "overwritten"},
       .untold = "a domain may be given up on purpose"},
      {.name = "flag false for all",
       .spoil = flag_false,
       .stopped_by = {"scope-count", "unmatched"},
       .input_error = true,
       .harmless = Harmless::kWithoutHistory,
       .managed = 0.6},
      {.name = "flag true for all",
       .spoil = flag_true,
       .stopped_by = kExtension + std::set<std::string>{"scope-growth"},
       .untold = "how many are managed is the operator's choice",
       .managed = 0.6},
      {.name = "all types shared",
       .spoil = all_shared,
       .stopped_by = {"types", "changed", "rewritten"}},
      {.name = "? for letters",
       .spoil = letters_lost,
       .stopped_by = {"lost-characters", "overwritten", "rewritten", "changed"},
       .harmless = Harmless::kAlways},
      {.name = "an OU renamed, the case of all addresses changed",
       .spoil = unit_renamed_and_case_changed,
       .harmless = Harmless::kAlways},
  };
  return list;
}

const std::vector<CreepingDisaster>& creeping_disasters() {
  static const std::vector<CreepingDisaster> list = {
      {.name = "9.6 % overwritten each night",
       .share = 0.096,
       .nights = 9,
       .spoil = [](DrillMailbox& m) { m.cloud.extension[1] = "wrong " + std::to_string(m.number); },
       .stopped_by = {"overwritten", "rewritten", "changed", "creep"}},
      {.name = "2 % losing an address each night",
       .share = 0.02,
       .nights = 15,
       .spoil =
           [](DrillMailbox& m) {
             const auto secondary = std::find_if(
                 m.cloud.addresses.begin(), m.cloud.addresses.end(),
                 [](const std::string& address) { return address.starts_with("smtp:"); });
             if (secondary != m.cloud.addresses.end()) m.cloud.addresses.erase(secondary);
           },
       .stopped_by = {"losing", "changed", "creep"}},
  };
  return list;
}

}  // namespace trueup::drills
