// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/values.h"

#include <algorithm>

#include "tools/tenant/names.h"
#include "tools/tenant/random.h"

namespace trueup::tenant {

namespace {

// How many of 1,000 mailboxes have extensionAttribute1, 2, ...; the sum is nearly half of all.
constexpr std::array<std::uint16_t, 15> kFilled = {850, 750, 750, 550, 500, 850, 450, 400,
                                                   400, 350, 350, 300, 350, 250, 300};

constexpr std::string_view kOldTypes[] = {"X400", "NOTES", "MSMAIL", "CCMAIL", "EUM"};

std::string_view old_type_address(std::string_view type, const AddressStem& stem,
                                  std::string_view number, TextArena& arena) {
  if (type == "X400") {
    return arena.join("X400:C=DE;A= ;P=Contoso;O=Exchange;S=", stem.last, number, ";G=", stem.first,
                      ";");
  }
  if (type == "NOTES") {
    return arena.join("NOTES:", stem.first, " ", stem.last, " ", number, "/HQ/Contoso@Contoso");
  }
  if (type == "MSMAIL") {
    return arena.join("MSMAIL:CONTOSO/HQ/", stem.last, number);
  }
  if (type == "CCMAIL") {
    return arena.join("CCMAIL:", stem.last, ", ", stem.first, " ", number, " at HQ");
  }
  return arena.join("EUM:", number, ";phone-context=dialplan.contoso.lab");
}

void fill_addresses(RandomStream& random, const AddressStem& stem, TextArena& arena, Mailbox& m) {
  const Decimal number(m.index);
  const std::string_view domain = stem.mail_domain;
  AddressList& cloud = m.cloud.addresses;
  m.cloud.mail = arena.join(m.alias, "@", domain);
  cloud.push_back(arena.join("SMTP:", m.cloud.mail));
  cloud.push_back(arena.join("smtp:", m.alias, "@", kRoutingDomain));
  cloud.push_back(arena.join("smtp:", stem.last, number, "@", domain));
  if (random.chance(250)) {
    cloud.push_back(arena.join("smtp:", stem.last, ".", stem.first, number, "@", domain));
  }
  if (random.chance(150)) {
    cloud.push_back(arena.join("smtp:", m.alias, "@", kHybridDomain));
  }
  if (random.chance(80)) {
    cloud.push_back(
        arena.join("X500:/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
                   "/cn=Recipients/cn=",
                   number, "-", stem.last));
  }
  const bool has_sip = m.is_person && random.chance(300);
  if (has_sip) {
    cloud.push_back(arena.join("SIP:", m.cloud.mail));
  }

  m.ad.mail = m.cloud.mail;
  m.ad.addresses = cloud;
  if (random.chance(40)) {
    const std::string_view type = kOldTypes[random.below(std::size(kOldTypes))];
    m.ad.addresses.push_back(old_type_address(type, stem, number, arena));
  }
  if (random.chance(30)) {
    m.ad.addresses.push_back(arena.join("x500:/o=Contoso/ou=HQ/cn=Recipients/cn=", m.alias));
  }
  if (!has_sip && random.chance(30)) {
    m.ad.addresses.push_back(arena.join("sip:", m.cloud.mail));
  }
  if (random.chance(120)) {
    const Guid site = draw_guid(random);
    std::string text;
    append_guid(text, site);
    cloud.push_back(arena.join("SPO:SPO_", text, "@SPO_", number));
  }
  // Neither side keeps an order.
  std::rotate(m.ad.addresses.begin(), m.ad.addresses.begin() + random.below(m.ad.addresses.size()),
              m.ad.addresses.end());
}

std::string_view draw_extension(RandomStream& random, std::size_t attribute, bool foreign,
                                TextArena& arena) {
  constexpr std::string_view kContracts[] = {"FTE", "EXT", "INT", "TMP"};
  constexpr std::string_view kLicences[] = {"E3", "E5", "F3", "E1"};
  const std::uint32_t number = random.below(900000) + 100000;
  const std::string_view place = foreign ? foreign_places()[number % foreign_places().size()]
                                         : places()[number % places().size()].text;
  switch (attribute) {
    case 0: return arena.join("E", Decimal(number));
    case 1: return arena.join(Decimal(number / 100));
    case 2: return kContracts[number % std::size(kContracts)];
    case 3:
    case 6: return place;
    case 4: return arena.join("2024-", Decimal(10 + number % 3), "-", Decimal(10 + number % 20));
    case 5: return kLicences[number % std::size(kLicences)];
    case 9: return arena.join("wave=", Decimal(number % 40), ";sync=yes");
    case 11:  // a blank at the end: base64 in LDIF, and not to be trimmed
      return number % 20 == 0 ? arena.join(place, " ") : place;
    case 14:  // what JSON has to escape
      return arena.join("\\\\fs", Decimal(number % 10), "\\\"", Decimal(number), "\"");
    default: return arena.join(Decimal(number));
  }
}

void fill_extensions(const TenantShape& shape, TextArena& arena, Mailbox& m) {
  RandomStream random(shape.seed, m.index, Purpose::kExtension);
  const bool foreign = random.chance(80);
  m.null_mask = random.chance(600) ? static_cast<std::uint32_t>(random.next()) & 0x7fff : 0;
  for (std::size_t i = 0; i < kFilled.size(); ++i) {
    set_extension(
        m, i,
        random.chance(kFilled[i]) ? draw_extension(random, i, foreign, arena) : std::string_view());
  }
}

void fill_customs(const TenantShape& shape, TextArena& arena, Mailbox& m) {
  RandomStream random(shape.seed, m.index, Purpose::kCustom);
  for (std::size_t i = 0; i < m.cloud.custom.size(); ++i) {
    m.cloud.custom[i].clear();
    m.ad.custom[i].clear();
  }
  if (!random.chance(100)) {
    return;
  }
  const std::size_t attributes = 1 + random.below(2);
  for (std::size_t n = 0; n < attributes; ++n) {
    const std::size_t i = random.below(m.cloud.custom.size());
    const std::uint32_t wanted = 1 + random.below(4);
    m.cloud.custom[i].clear();
    for (std::uint32_t v = 0; v < wanted; ++v) {
      m.cloud.custom[i].push_back(arena.join("project-", Decimal(v), Decimal(random.below(1000))));
    }
    m.ad.custom[i].assign(m.cloud.custom[i].rbegin(), m.cloud.custom[i].rend());
  }
}

void clear_values(Values& values) {
  values.mail = {};
  values.addresses.clear();
  values.extension.fill({});
  for (auto& custom : values.custom) {
    custom.clear();
  }
}

}  // namespace

void set_extension(Mailbox& mailbox, std::size_t attribute, std::string_view value) noexcept {
  mailbox.cloud.extension[attribute] = value;
  mailbox.ad.extension[attribute] = value;
}

void fill_values(const TenantShape& shape, const AddressStem& stem, TextArena& arena, Mailbox& m) {
  clear_values(m.cloud);
  clear_values(m.ad);
  if (m.population == Population::kPlainUser) {
    return;
  }
  RandomStream random(shape.seed, m.index, Purpose::kAddresses);
  fill_addresses(random, stem, arena, m);
  fill_extensions(shape, arena, m);
  fill_customs(shape, arena, m);
  if (m.population == Population::kOnPremises) {
    // Still mastered on premises: the cloud never had these.
    for (auto& custom : m.cloud.custom) {
      custom.clear();
    }
  }
}

}  // namespace trueup::tenant
