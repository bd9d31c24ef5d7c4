// SPDX-License-Identifier: Apache-2.0
// The days that go by in a DrillTenant: what changes in it, and what AD takes of a plan.
#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include "tests/cli/drills/drill_files.h"
#include "tests/cli/drills/drill_people.h"
#include "tests/cli/drills/drill_tenant.h"
#include "tests/cli/ldif_text.h"

namespace trueup::drills {
namespace {

void erase_value(std::vector<std::string>& values, const std::string& value) {
  values.erase(std::remove(values.begin(), values.end(), value), values.end());
}

/// One modify of one single-valued attribute.
void take_single(const cli::AttributeEdit& edit, std::string& value) {
  if (!edit.deletes.empty()) value.clear();
  if (!edit.adds.empty()) value = *edit.adds.begin();
}

void take_set(const cli::AttributeEdit& edit, std::vector<std::string>& values) {
  for (const std::string& value : edit.deletes) erase_value(values, value);
  values.insert(values.end(), edit.adds.begin(), edit.adds.end());
}

int number_behind(const std::string& text, std::string_view prefix) {
  return std::stoi(text.substr(prefix.size()));
}

void take_edit(const std::string& attribute, const cli::AttributeEdit& edit, Values& ad) {
  constexpr std::string_view kExtension = "extensionAttribute";
  constexpr std::string_view kCustom = "msExchExtensionCustomAttribute";
  if (attribute == "mail") {
    take_single(edit, ad.mail);
  } else if (attribute == "proxyAddresses") {
    take_set(edit, ad.addresses);
  } else if (attribute.starts_with(kExtension)) {
    std::string& value = ad.extension[number_behind(attribute, kExtension)];
    take_single(edit, value);
    if (value.empty()) ad.extension.erase(number_behind(attribute, kExtension));
  } else if (attribute.starts_with(kCustom)) {
    std::vector<std::string>& values = ad.custom[number_behind(attribute, kCustom)];
    take_set(edit, values);
    if (values.empty()) ad.custom.erase(number_behind(attribute, kCustom));
  } else if (attribute == "msExchRecipientTypeDetails") {
    std::string number = remote_type_number(ad.type);
    take_single(edit, number);
    ad.type = type_of_remote_number(number);
  } else if (attribute != "msExchRecipientDisplayType") {  // goes with the type
    throw std::runtime_error("the drill's AD has no " + attribute);
  }
}

}  // namespace

void DrillTenant::ordinary_night(double share) {
  const int changes = std::max(1, static_cast<int>(share * static_cast<double>(shape_.mailboxes)));
  std::vector<bool> taken(mailboxes.size());
  for (int i = 0; i < changes; ++i) {
    constexpr int kKinds = 13;
    const int kind = static_cast<int>(draw(kPick, ++drawn_) % kKinds);
    if (kind == 0) {
      hire();
    } else if (DrillMailbox* m = pick_open(taken)) {
      change(kind, *m);
    }
  }
}

DrillMailbox* DrillTenant::pick_open(std::vector<bool>& taken) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::size_t i = draw(kPick, ++drawn_) % mailboxes.size();
    if (i < taken.size() && !taken[i] && mailboxes[i].open()) {
      taken[i] = true;
      return &mailboxes[i];
    }
  }
  return nullptr;
}

void DrillTenant::change(int kind, DrillMailbox& m) {
  const std::string mark = std::to_string(m.number) + "." + std::to_string(today_);
  std::vector<std::string>& addresses = m.cloud.addresses;
  m.cloud_changed = today_;
  switch (kind) {
    case 1:
      m.gone = true;
      directory_changes_ += ldif_line("dn", dn_of(m)) + "changetype: delete\n\n";
      return;
    case 2: rename(m); return;
    case 3:
      move_in_directory(m, m.common_name, units()[draw(kPick, ++drawn_) % units().size()]);
      m.cloud.extension[2] = "Department " + std::to_string(draw(kPick, ++drawn_) % 40);
      return;
    case 4: addresses.push_back("smtp:alias" + mark + "@" + shape_.first_domain); return;
    case 5:  // a secondary one of SMTP
      for (std::size_t i = addresses.size(); i-- > 0;) {
        if (!addresses[i].starts_with("smtp:") || addresses.size() < 3) continue;
        addresses.erase(addresses.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
      return;
    case 6: m.cloud.extension[4] = kCities[draw(kPick, ++drawn_) % kCities.size()]; return;
    case 7: m.cloud.extension[12] = "Since " + mark; return;
    case 8: m.cloud.extension.erase(m.number % 2 == 0 ? 6 : 13); return;
    case 9:
      m.cloud.type = m.cloud.type == "SharedMailbox" ? "UserMailbox" : "SharedMailbox";
      return;
    case 10: {
      AddressHolder holder = make_holder(static_cast<int>(holders.size()));
      holder.changed = today_;
      directory_changes_ += ad_entry(*this, holder);
      holders.push_back(std::move(holder));
      m.cloud_changed = today_ - 1;
      return;
    }
    case 11: m.cloud.custom[1].push_back("Project " + mark); return;
    default:  // nothing to write: the case of an address
      for (std::string& address : addresses) {
        if (address.starts_with("smtp:")) address[5] = static_cast<char>(address[5] & ~0x20);
      }
  }
}

void DrillTenant::hire() {
  DrillMailbox m = make_mailbox(next_number_++);
  m.cloud_changed = m.ad_changed = today_;
  m.managed = true;
  m.cloud.extension[1] = m.ad.extension[1];
  // AD begins with what the hiring script knows.
  m.ad.addresses = {m.cloud.addresses.front()};
  m.ad.custom.clear();
  directory_changes_ += ad_entry(*this, m);
  mailboxes.push_back(std::move(m));
}

void DrillTenant::rename(DrillMailbox& m) {
  const Name surname = kSurnames[draw(kPick, ++drawn_) % kSurnames.size()];
  const std::string digits = std::to_string(m.number) + "r" + std::to_string(today_);
  const std::string domain = m.cloud.mail.substr(m.cloud.mail.find('@'));
  const std::string primary = std::string("new.") + surname.ascii + digits + domain;
  for (std::string& address : m.cloud.addresses) {
    if (address.starts_with("SMTP:")) address = "smtp:" + address_of(address);
  }
  m.cloud.addresses.insert(m.cloud.addresses.begin(), "SMTP:" + primary);
  m.cloud.mail = primary;
  m.name = m.name.substr(0, m.name.find(' ')) + " " + surname.shown;
  move_in_directory(m, m.name + " " + digits, m.unit);
}

void DrillTenant::move_in_directory(DrillMailbox& m, const std::string& common_name,
                                    const std::string& unit) {
  directory_changes_ += ldif_line("dn", dn_of(m)) + "changetype: modrdn\n" +
                        ldif_line("newrdn", "CN=" + common_name) + "deleteoldrdn: 1\n";
  m.common_name = common_name;
  m.unit = unit;
  const std::string dn = dn_of(m);
  directory_changes_ += ldif_line("newsuperior", dn.substr(dn.find(",OU=") + 1)) + "\n";
  m.ad_changed = today_;
}

void DrillTenant::stamp_department(int attribute, int most) {
  int stamped = 0;
  for (DrillMailbox& m : mailboxes) {
    if (stamped == most) return;
    if (!m.open()) continue;
    m.cloud.extension[attribute] = "Project Aurora";
    m.cloud_changed = today_;
    ++stamped;
  }
}

void DrillTenant::take_plan(const std::string& plan) {
  const std::vector<cli::LdifRecord> records = cli::parse_ldif(plan);
  if (records.empty()) return;
  std::unordered_map<std::string, DrillMailbox*> by_dn;
  for (DrillMailbox& m : mailboxes) {
    if (!m.gone) by_dn[dn_of(m)] = &m;
  }
  for (const cli::LdifRecord& record : records) {
    const auto found = by_dn.find(record.dn());
    if (found == by_dn.end()) throw std::runtime_error("the plan changes " + record.dn());
    for (const auto& [key, edit] : cli::edits_of({record})) {
      take_edit(key.second, edit, found->second->ad);
    }
    found->second->ad_changed = today_;
  }
}

}  // namespace trueup::drills
