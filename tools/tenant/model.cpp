// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/model.h"

#include "tools/tenant/names.h"
#include "tools/tenant/random.h"
#include "tools/tenant/values.h"

namespace trueup::tenant {

namespace {

template <typename Range>
decltype(auto) pick(RandomStream& random, const Range& range) {
  return range[random.below(range.size())];
}

// What an address needs to know of a mailbox. Kept apart so that another mailbox's primary costs
// two draws, not a mailbox.
struct Naming {
  MailboxType type;
  Name given;    // of a person
  Name surname;  // of a person
  Name place;    // of a shared mailbox, room or piece of equipment
  std::string_view mail_domain;
};

MailboxType draw_type(RandomStream& random) noexcept {
  const std::uint32_t roll = random.below(1000);
  if (roll < 849) {
    return MailboxType::kUser;
  }
  if (roll < 939) {
    return MailboxType::kShared;
  }
  if (roll < 979) {
    return MailboxType::kRoom;
  }
  return roll < 999 ? MailboxType::kEquipment : MailboxType::kScheduling;
}

std::string_view draw_mail_domain(RandomStream& random) noexcept {
  const std::uint32_t roll = random.below(100);
  return roll < 70   ? "contoso.com"
         : roll < 85 ? "fabrikam.com"
         : roll < 95 ? "contoso.de"
                     : "adatum.com";
}

Naming naming_of(const TenantShape& shape, std::uint64_t index) noexcept {
  RandomStream random(shape.seed, index, Purpose::kName);
  Naming naming{};
  naming.type = draw_type(random);
  naming.mail_domain = draw_mail_domain(random);
  const bool foreign = random.chance(80);
  // Of the people with foreign names, a third has both names so, the others one.
  const std::uint32_t which = foreign ? random.below(3) : 3;
  naming.given =
      which == 0 || which == 1 ? pick(random, foreign_given_names()) : pick(random, given_names());
  naming.surname =
      which == 1 || which == 2 ? pick(random, foreign_surnames()) : pick(random, surnames());
  naming.place = pick(random, places());
  return naming;
}

std::string_view type_word(MailboxType type) noexcept {
  switch (type) {
    case MailboxType::kRoom: return "room";
    case MailboxType::kEquipment: return "beamer";
    case MailboxType::kScheduling: return "booking";
    default: return "team";
  }
}

// Unique: it ends in the index, and nothing before it ends in a digit.
std::string_view alias_of(const Naming& naming, std::uint64_t index, TextArena& arena) {
  if (naming.type == MailboxType::kUser) {
    return arena.join(naming.given.folded, ".", naming.surname.folded, Decimal(index));
  }
  return arena.join(type_word(naming.type), "-", naming.place.folded, Decimal(index));
}

std::size_t draw_unit(RandomStream& random, bool is_person) noexcept {
  if (!is_person) {
    return kResourcesUnit;
  }
  std::uint32_t roll = random.below(1000);
  const auto units = organizational_units();
  std::size_t unit = 0;
  while (unit + 1 < units.size() && roll >= units[unit].staff_share) {
    roll -= units[unit].staff_share;
    ++unit;
  }
  return unit;
}

void describe_person(RandomStream& random, const Naming& naming, TextArena& arena, Mailbox& m) {
  const Decimal number(m.index);
  m.given_name = {};
  m.surname = {};
  std::string_view name_in_dn;
  if (m.is_person) {
    m.given_name = naming.given.text;
    m.surname = naming.surname.text;
    m.display_name = arena.join(m.given_name, " ", m.surname);
    const bool surname_first = random.chance(150);
    m.common_name = surname_first ? arena.join(m.surname, ", ", m.given_name, " ", number)
                                  : arena.join(m.display_name, " ", number);
    name_in_dn =
        surname_first ? arena.join(m.surname, "\\, ", m.given_name, " ", number) : m.common_name;
  } else {
    m.display_name = arena.join(type_word(naming.type), " ", naming.place.text);
    m.common_name = arena.join(m.display_name, " ", number);
    name_in_dn = m.common_name;
  }
  const auto& unit = organizational_units()[draw_unit(random, m.is_person)];
  m.distinguished_name = arena.join("CN=", name_in_dn, ",", unit.relative_dn, ",", kDomainDn);
  m.user_principal_name = arena.join(m.alias, "@contoso.com");
  m.account_name = arena.join(m.is_person ? "u" : "r", number);
  m.title = m.is_person && random.chance(150) ? pick(random, titles()) : std::string_view();
  m.department =
      m.is_person && random.chance(300) ? pick(random, departments()) : std::string_view();
  m.company = m.is_person && random.chance(150) ? pick(random, companies()) : std::string_view();
  m.telephone = m.is_person && random.chance(150)
                    ? arena.join("+49 30 ", Decimal(1000000 + random.below(9000000)))
                    : std::string_view();
  m.legacy_dn =
      random.chance(50)
          ? arena.join("/o=Contoso/ou=External (FYDIBOHF25SPDLT)/cn=Recipients/cn=", m.alias)
          : std::string_view();
}

void draw_guids(const TenantShape& shape, Mailbox& m) noexcept {
  RandomStream random(shape.seed, m.index, Purpose::kGuids);
  m.object_guid = draw_guid(random);
  m.cloud_id = draw_guid(random);
  m.exchange_guid = draw_guid(random);
  const Guid other = draw_guid(random);
  // ms-DS-ConsistencyGuid: 3 % migrated from another forest, half written back by Connect, the
  // others empty.
  const std::uint32_t roll = random.below(1000);
  m.has_consistency_guid = roll < 530;
  m.anchor = roll < 30 ? other : m.object_guid;
}

}  // namespace

Membership standing_of(const TenantShape& shape, std::uint64_t index) noexcept {
  RandomStream random(shape.seed, index, Purpose::kPopulation);
  const std::uint32_t roll = random.below(1000);
  const bool flag = random.below(1000) >= 100;
  // The first mailbox is an ordinary one, so that no feed of no tenant is empty.
  if (index == 0 || roll >= 27) {
    return {Population::kMatched, flag};
  }
  if (roll < 10) {
    return {Population::kCloudOnly, false};
  }
  if (roll < 12) {
    return {Population::kOrphan, flag};
  }
  if (roll < 22) {
    return {roll < 17 ? Population::kAdUser : Population::kPlainUser, false};
  }
  return {Population::kOnPremises, false};
}

std::string_view primary_address(const TenantShape& shape, std::uint64_t index, TextArena& arena) {
  const Naming naming = naming_of(shape, index);
  return arena.join(alias_of(naming, index, arena), "@", naming.mail_domain);
}

void describe_mailbox(const TenantShape& shape, std::uint64_t index, TextArena& arena, Mailbox& m) {
  const Membership standing = standing_of(shape, index);
  const Naming naming = naming_of(shape, index);
  m.index = index;
  m.population = standing.population;
  m.cloud_managed = standing.cloud_managed;
  m.cloud_type = naming.type;
  // A type without a Remote* twin was made as a user mailbox on premises.
  m.ad_type = naming.type == MailboxType::kScheduling ? MailboxType::kUser : naming.type;
  m.is_person = naming.type == MailboxType::kUser;
  m.drift = DriftKind::kNone;
  m.drift_unit = index;
  m.edits.clear();
  draw_guids(shape, m);
  m.alias = alias_of(naming, index, arena);
  RandomStream random(shape.seed, index, Purpose::kPerson);
  m.acl_able = random.chance(500);
  describe_person(random, naming, arena, m);
  const AddressStem stem{naming.mail_domain,
                         m.is_person ? naming.given.folded : type_word(naming.type),
                         m.is_person ? naming.surname.folded : naming.place.folded};
  fill_values(shape, stem, arena, m);
}

std::string_view wanted_group_address(std::uint64_t taker, TextArena& arena) {
  return arena.join("smtp:list-for", Decimal(taker), "@contoso.com");
}

}  // namespace trueup::tenant
