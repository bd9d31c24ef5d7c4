// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/drill_tenant.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <unordered_map>

#include "tests/cli/drills/drill_people.h"

namespace trueup::drills {
namespace {

// A mailbox in ten has a type of its own, another a second one.
constexpr std::array<const char*, 10> kTypes = {
    "UserMailbox", "UserMailbox", "UserMailbox", "UserMailbox", "UserMailbox",
    "UserMailbox", "UserMailbox", "UserMailbox", "RoomMailbox", "SharedMailbox"};

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

std::string DrillTenant::take_directory_changes() {
  std::string changes;
  changes.swap(directory_changes_);
  return changes;
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
