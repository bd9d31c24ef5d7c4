// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/drill_tenant.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <unordered_map>

#include "tests/cli/drills/drill_files.h"
#include "tests/cli/ldif_text.h"

namespace trueup::drills {
namespace {

struct Name {
  const char* shown;
  const char* ascii;
};

constexpr std::array<Name, 12> kGivenNames = {{{"Alice", "alice"},
                                               {"Jürgen", "juergen"},
                                               {"Carol", "carol"},
                                               {"Zoë", "zoe"},
                                               {"Eve", "eve"},
                                               {"Łukasz", "lukasz"},
                                               {"Grace", "grace"},
                                               {"François", "francois"},
                                               {"Ivan", "ivan"},
                                               {"美咲", "misaki"},
                                               {"Ken", "ken"},
                                               {"Maria", "maria"}}};
constexpr std::array<Name, 11> kSurnames = {{{"Smith", "smith"},
                                             {"Müller", "mueller"},
                                             {"Jones", "jones"},
                                             {"Ångström", "angstroem"},
                                             {"Brown", "brown"},
                                             {"Núñez", "nunez"},
                                             {"Taylor", "taylor"},
                                             {"Øvergård", "oevergaard"},
                                             {"Lee", "lee"},
                                             {"田中", "tanaka"},
                                             {"Walker", "walker"}}};
constexpr std::array<const char*, 7> kCities = {"Berlin", "München", "Boston", "São Paulo",
                                                "Kraków", "Sydney",  "Zürich"};
// A mailbox in ten has a type of its own, another a second one.
constexpr std::array<const char*, 10> kTypes = {
    "UserMailbox", "UserMailbox", "UserMailbox", "UserMailbox", "UserMailbox",
    "UserMailbox", "UserMailbox", "UserMailbox", "RoomMailbox", "SharedMailbox"};

enum Tag : std::uint64_t { kGuid, kConsistency, kCloudId, kGiven, kSurname, kCity, kAge, kPick };

std::string octets_of(std::uint64_t high, std::uint64_t low) {
  std::string octets;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      octets.push_back(static_cast<char>(half >> shift & 0xff));
    }
  }
  return octets;
}

std::string guid_text(std::uint64_t high, std::uint64_t low) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-a%03x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16 & 0xffff),
                static_cast<unsigned>(high & 0xfff), static_cast<unsigned>(low >> 48 & 0xfff),
                static_cast<unsigned long long>(low & 0xffffffffffff));
  return text.data();
}

std::string in_domain(const std::string& local, bool second, const TenantShape& shape) {
  return local + "@" + (second ? shape.second_domain : shape.first_domain);
}

bool is_second(int number) { return number % 5 == 1 || number % 5 == 3; }

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

const std::vector<std::string>& units() {
  static const std::vector<std::string> names = {"Sales", "Engineering", "München", "Operations",
                                                 "Legal"};
  return names;
}

std::string address_of(std::string_view typed) {
  return std::string(typed.substr(typed.find(':') + 1));
}

std::string with_question_marks(std::string_view utf8) {
  std::string out;
  for (const char c : utf8) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x80) {
      out.push_back(c);
    } else if (octet >= 0xc0) {  // the first octet of a letter
      out.push_back('?');
    }
  }
  return out;
}

// SplitMix64.
std::uint64_t DrillTenant::draw(std::uint64_t tag, std::uint64_t n) const {
  std::uint64_t x = shape_.seed * 0x9e3779b97f4a7c15 + tag * 0xd1342543de82ef95 + n + 1;
  for (int round = 0; round < 2; ++round) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
  }
  return x;
}

DrillTenant::DrillTenant(const TenantShape& shape) : shape_(shape) {
  for (int n = 0; n < shape.mailboxes; ++n) mailboxes.push_back(make_mailbox(next_number_++));
  for (int n = 0; n < 4 + shape.mailboxes / 20; ++n) holders.push_back(make_holder(n));
  // A few that trueup must not write to, and that differ, so that it would.
  for (std::size_t i = 0; i < mailboxes.size(); ++i) {
    DrillMailbox& m = mailboxes[i];
    const std::size_t in_hundred = i % 100;
    m.admin = in_hundred == 3;
    m.hosted = in_hundred == 7;
    if (!m.admin && !m.hosted) continue;
    m.managed = true;
    m.ad.extension[4] = "On premises";
  }
}

DrillMailbox DrillTenant::make_mailbox(int number) {
  const auto n = static_cast<std::uint64_t>(number);
  DrillMailbox m;
  m.number = number;
  m.object_guid = octets_of(draw(kGuid, 2 * n), draw(kGuid, 2 * n + 1));
  // One in three has it; every other of these was migrated from another forest.
  if (number % 3 == 0) {
    m.consistency_guid = number % 6 == 0
                             ? m.object_guid
                             : octets_of(draw(kConsistency, 2 * n), draw(kConsistency, 2 * n + 1));
  }
  m.immutable_id = m.anchor();
  m.cloud_id = guid_text(draw(kCloudId, 2 * n), draw(kCloudId, 2 * n + 1));
  const Name given = kGivenNames[draw(kGiven, n) % kGivenNames.size()];
  const Name surname = kSurnames[draw(kSurname, n) % kSurnames.size()];
  const std::string digits = std::to_string(number);
  m.name = std::string(given.shown) + " " + surname.shown;
  m.common_name = m.name + " " + digits;
  m.unit = units()[n % units().size()];
  m.managed = static_cast<double>(number % 10) < shape_.managed * 10;
  m.cloud_changed = m.ad_changed = -static_cast<int>(draw(kAge, n) % 700) - 40;

  Values& v = m.cloud;
  const std::string local = std::string(given.ascii) + "." + surname.ascii + digits;
  const bool second = is_second(number);
  v.mail = in_domain(local, second, shape_);
  v.addresses = {"SMTP:" + v.mail, "smtp:" + in_domain(local, !second, shape_),
                 "smtp:u" + digits + "@" + shape_.first_domain,
                 "smtp:" + local + "@contoso.onmicrosoft.com"};
  if (number % 4 == 0) {
    v.addresses.push_back("X500:/o=Contoso/ou=First/cn=Recipients/cn=u" + digits);
  }
  v.extension[1] = "E" + std::to_string(100000 + number * 7);
  v.extension[2] = "Department " + std::to_string(number % 40);
  v.extension[4] = kCities[draw(kCity, n) % kCities.size()];
  if (number % 2 == 0) v.extension[6] = number % 4 == 0 ? "E3" : "E5";
  if (number % 2 == 1) v.extension[13] = "CC" + std::to_string(4000 + number % 97);
  if (number % 10 == 2) v.extension[10] = "Badge " + digits;
  if (number % 20 == 4) {  // carried by somebody: see stamp_department()
    v.extension[7] = "Project " + digits;
    v.extension[12] = "Since " + digits;
  }
  if (number % 8 == 1) v.custom[1] = {"Project " + digits, "Site " + std::to_string(number % 5)};
  v.type = kTypes[n % kTypes.size()];
  m.ad = v;
  // What a mailbox that is managed in AD has in the cloud may be old.
  if (!m.managed) v.extension[1] = "stale " + digits;
  return m;
}

AddressHolder DrillTenant::make_holder(int number) {
  AddressHolder holder;
  holder.group = number % 2 == 0;
  const std::string name = (holder.group ? "list" : "partner") + std::to_string(number);
  holder.common_name = (holder.group ? "Verteiler für " : "Partner ") + std::to_string(number);
  holder.unit = units()[static_cast<std::size_t>(number) % units().size()];
  constexpr std::uint64_t kBehindMailboxes = 1'000'000'000;
  holder.object_guid =
      octets_of(draw(kGuid, kBehindMailboxes + static_cast<std::uint64_t>(number)), 7);
  holder.addresses = {"SMTP:" + name + "@" + shape_.first_domain,
                      "smtp:" + name + "@" + shape_.second_domain};
  holder.changed = -50 - number % 100;
  return holder;
}

std::string DrillTenant::dn_of(const DrillMailbox& m) const {
  return "CN=" + m.common_name + ",OU=" + m.unit + ",OU=Staff," + std::string(kSuffix);
}

std::string DrillTenant::dn_of(const AddressHolder& holder) const {
  return "CN=" + holder.common_name + ",OU=" + holder.unit + ",OU=Staff," + std::string(kSuffix);
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

std::string DrillTenant::take_directory_changes() {
  std::string changes;
  changes.swap(directory_changes_);
  return changes;
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

void DrillTenant::settle() {
  directory_changes_.clear();
  for (DrillMailbox& m : mailboxes) {
    if (!m.open() || m.ad == m.cloud) continue;
    m.ad = m.cloud;
    m.ad_changed = today_;
  }
}

}  // namespace trueup::drills
