// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/ad_entries.h"

#include <string>

#include "tools/tenant/names.h"
#include "tools/tenant/random.h"

namespace trueup::tenant {

namespace {

std::string timestamp(std::uint32_t year, std::uint32_t draw) {
  std::string text;
  append_padded(text, year, 4);
  append_padded(text, 1 + draw % 12, 2);
  append_padded(text, 1 + draw / 12 % 28, 2);
  append_padded(text, draw / 336 % 24, 2);
  append_padded(text, draw / 8064 % 60, 2);
  text.append("00.0Z");
  return text;
}

// S-1-5-21-<domain>-<rid>, as AD stores it.
std::string security_identifier(const TenantShape& shape, std::uint64_t rid) {
  std::string sid("\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00", 12);
  const auto append_word = [&](std::uint64_t word) {
    for (int i = 0; i < 4; ++i) {
      sid.push_back(static_cast<char>(word >> (8 * i) & 0xff));
    }
  };
  append_word(mix(shape.seed));
  append_word(mix(shape.seed) >> 32);
  append_word(mix(shape.seed + 1));
  append_word(rid);
  return sid;
}

void append_classes(LdifWriter& ldif, std::initializer_list<std::string_view> classes) {
  for (const std::string_view name : classes) {
    ldif.attribute("objectClass", name);
  }
}

// What a draw of a GUID is for; the users' own come from the model.
constexpr std::string_view kDatabaseDn =
    "CN=DB01,CN=Databases,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=lab";

enum class Neighbour : std::uint64_t { kGroup = 1, kContact, kComputer, kTombstone, kContainer };

Guid guid_of(const TenantShape& shape, std::uint64_t index, Neighbour kind) {
  RandomStream random(shape.seed + static_cast<std::uint64_t>(kind), index, Purpose::kToken);
  return draw_guid(random);
}

void append_addresses(LdifWriter& ldif, const AddressList& addresses, std::size_t begin,
                      std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    ldif.attribute("proxyAddresses", addresses[i]);
  }
}

void append_person(LdifWriter& ldif, const TenantShape& shape, const Mailbox& m) {
  RandomStream random(shape.seed, m.index, Purpose::kLdifShape);
  append_classes(ldif, {"top", "person", "organizationalPerson", "user"});
  ldif.attribute("cn", m.common_name);
  // The person class of other servers has to have a surname.
  ldif.attribute("sn", m.is_person ? m.surname : m.alias);
  ldif.attribute("givenName", m.given_name);
  ldif.attribute("title", m.title);
  ldif.attribute("telephoneNumber", m.telephone);
  const std::uint32_t draw = random.below(480000);
  ldif.attribute("whenCreated", timestamp(2010 + draw % 14, draw));
  ldif.attribute("whenChanged", timestamp(2025, draw));
  if (draw % 4 != 0) {
    ldif.attribute("displayName", m.display_name);
  }
  ldif.number("uSNChanged", 20000 + m.index * 3 + draw % 3);
  ldif.attribute("company", m.company);
  ldif.attribute("department", m.department);
  ldif.guid("objectGUID", m.object_guid);
  ldif.number("userAccountControl", m.is_person ? 512 : 514);
  ldif.binary("objectSid", security_identifier(shape, 1000 + m.index * 2));
  ldif.attribute("sAMAccountName", m.account_name);
  ldif.attribute("userPrincipalName", m.user_principal_name);
  if (m.has_consistency_guid) {
    ldif.guid("mS-DS-ConsistencyGuid", m.anchor);
  }
}

std::int32_t remote_recipient_type(MailboxType type) {
  constexpr std::int32_t kNumbers[] = {4, 100, 36, 68, 4};  // migrated, and what it was migrated as
  return kNumbers[static_cast<std::size_t>(type)];
}

void append_recipient_types(LdifWriter& ldif, const Mailbox& m) {
  if (m.population == Population::kOnPremises) {
    ldif.number("msExchRecipientTypeDetails", exo_type_number(m.ad_type));
    ldif.number("msExchRecipientDisplayType", 1073741824);
    ldif.attribute("homeMDB", kDatabaseDn);
    ldif.attribute("msExchHomeServerName",
                   "/o=Contoso/ou=Exchange/cn=Configuration/cn=Servers/cn=EX01");
    return;
  }
  ldif.number("msExchRecipientTypeDetails", ad_type_details(m.ad_type));
  ldif.number("msExchRecipientDisplayType", ad_display_type(m.ad_type, m.acl_able));
  if (m.index % 4 != 1) {
    ldif.number("msExchRemoteRecipientType", remote_recipient_type(m.ad_type));
  }
}

void append_managed(LdifWriter& ldif, const Mailbox& m, bool scattered) {
  const AddressList& addresses = m.ad.addresses;
  const std::size_t first_part = scattered ? addresses.size() / 2 : addresses.size();
  append_addresses(ldif, addresses, 0, first_part);
  ldif.attribute("mail", m.ad.mail);
  ldif.attribute("mailNickname", m.alias);
  ldif.attribute("legacyExchangeDN", m.legacy_dn);
  for (std::size_t i = 0; i < m.ad.extension.size(); ++i) {
    ldif.attribute(extension_name(i), m.ad.extension[i]);
  }
  for (std::size_t i = 0; i < m.ad.custom.size(); ++i) {
    for (const std::string_view value : m.ad.custom[i]) {
      ldif.attribute(custom_name(i), value);
    }
  }
  // Not everybody was moved from an on-premises mailbox.
  if (m.index % 4 == 0) {
    ldif.guid("msExchMailboxGuid", m.exchange_guid);
  }
  append_recipient_types(ldif, m);
  append_addresses(ldif, addresses, first_part, addresses.size());
}

// Starts the entry "CN=<word> <index>" in a unit and gives its name.
std::string_view begin_neighbour(const AdEntryContext& context, std::string_view word,
                                 std::size_t unit, std::uint64_t index) {
  const std::string_view name = context.arena.join(word, " ", Decimal(index));
  context.ldif.begin_record(
      context.arena.join("CN=", name, ",", organizational_units()[unit].relative_dn, ",",
                         kDomainDn),
      context.shape.seed + index + 1);
  return name;
}

}  // namespace

void append_user(const AdEntryContext& context, const Mailbox& m, bool scattered) {
  context.ldif.begin_record(m.distinguished_name, context.shape.seed + m.index);
  append_person(context.ldif, context.shape, m);
  if (m.population != Population::kPlainUser) {
    append_managed(context.ldif, m, scattered);
  }
  context.ldif.end_record();
}

void append_group(const AdEntryContext& context, std::uint64_t index,
                  std::span<const std::string_view> wanted_addresses, bool ranged) {
  auto& [ldif, shape, arena] = context;
  const std::string_view list = arena.join("list", Decimal(index));
  const std::string_view name = begin_neighbour(context, "List", kGroupsUnit, index);
  append_classes(ldif, {"top", "group"});
  ldif.attribute("cn", name);
  ldif.attribute("displayName", name);
  ldif.guid("objectGUID", guid_of(shape, index, Neighbour::kGroup));
  ldif.number("uSNChanged", 10000 + index);
  ldif.binary("objectSid", security_identifier(shape, 1001 + index * 2));
  ldif.attribute("sAMAccountName", list);
  ldif.number("groupType", 8);
  ldif.attribute("mail", arena.join(list, "@contoso.com"));
  ldif.attribute("mailNickname", list);
  ldif.attribute("proxyAddresses", arena.join("SMTP:", list, "@contoso.com"));
  ldif.attribute("proxyAddresses", arena.join("smtp:verteiler", Decimal(index), "@contoso.de"));
  for (const std::string_view address : wanted_addresses) {
    ldif.attribute("proxyAddresses", address);
  }
  if (ranged) {
    ldif.attribute("member;range=0-1499", arena.join("CN=", name, ",OU=Groups,", kDomainDn));
  }
  ldif.end_record();
}

void append_contact(const AdEntryContext& context, std::uint64_t index) {
  auto& [ldif, shape, arena] = context;
  const std::string_view partner = arena.join("partner", Decimal(index));
  const std::string_view address = arena.join(partner, "@woodgrove.example");
  const std::string_view name = begin_neighbour(context, "Partner", kContactsUnit, index);
  append_classes(ldif, {"top", "person", "organizationalPerson", "contact"});
  ldif.attribute("cn", name);
  ldif.attribute("sn", "Partner");
  ldif.attribute("displayName", name);
  ldif.guid("objectGUID", guid_of(shape, index, Neighbour::kContact));
  ldif.number("uSNChanged", 10000 + index);
  ldif.attribute("mail", address);
  ldif.attribute("mailNickname", partner);
  ldif.attribute("targetAddress", arena.join("SMTP:", address));
  ldif.attribute("proxyAddresses", arena.join("SMTP:", address));
  ldif.attribute("proxyAddresses", arena.join("smtp:", partner, "@contoso.com"));
  ldif.number("msExchRecipientDisplayType", 6);
  ldif.end_record();
}

void append_computer(const AdEntryContext& context, std::uint64_t index) {
  auto& [ldif, shape, arena] = context;
  const std::string_view name = begin_neighbour(context, "PC", kWorkstationsUnit, index);
  append_classes(ldif, {"top", "person", "organizationalPerson", "user", "computer"});
  ldif.attribute("cn", name);
  ldif.attribute("sn", name);
  ldif.guid("objectGUID", guid_of(shape, index, Neighbour::kComputer));
  ldif.number("uSNChanged", 10000 + index);
  ldif.attribute("sAMAccountName", arena.join("PC", Decimal(index), "$"));
  ldif.number("userAccountControl", 4096);
  ldif.end_record();
}

void append_tombstone(const AdEntryContext& context, const Mailbox& m) {
  auto& [ldif, shape, arena] = context;
  const Guid guid = guid_of(shape, m.index, Neighbour::kTombstone);
  std::string guid_text;
  append_guid(guid_text, guid);
  const std::string_view name = arena.join("gone", Decimal(m.index));
  ldif.begin_record(
      arena.join("CN=", name, "\\0ADEL:", guid_text, ",CN=Deleted Objects,", kDomainDn), m.index);
  append_classes(ldif, {"top", "person", "organizationalPerson", "user"});
  ldif.attribute("isDeleted", "TRUE");
  ldif.guid("objectGUID", guid);
  ldif.guid("mS-DS-ConsistencyGuid", m.anchor);
  ldif.attribute("sAMAccountName", name);
  ldif.end_record();
}

namespace {

/// Every domain has some that AdminSDHolder protects; and, where Exchange was, objects of its own
/// that name a database. One record for both, and no mailbox.
void append_service_account(const AdEntryContext& context, std::uint64_t number) {
  auto& [ldif, shape, arena] = context;
  ldif.begin_record(
      arena.join("CN=svc-backup,", organizational_units()[kWorkstationsUnit].relative_dn, ",",
                 kDomainDn),
      shape.seed + number);
  append_classes(ldif, {"top", "person", "organizationalPerson", "user", "computer"});
  ldif.attribute("cn", "svc-backup");
  ldif.attribute("sn", "svc-backup");
  ldif.guid("objectGUID", guid_of(shape, number, Neighbour::kContainer));
  ldif.number("uSNChanged", 1 + number);
  ldif.attribute("sAMAccountName", "svc-backup$");
  ldif.number("userAccountControl", 4096);
  ldif.number("adminCount", 1);
  ldif.attribute("homeMDB", kDatabaseDn);
  ldif.end_record();
}

}  // namespace

std::uint64_t append_containers(const AdEntryContext& context) {
  auto& [ldif, shape, arena] = context;
  ldif.begin_record(kDomainDn, shape.seed);
  append_classes(ldif, {"top", "domain", "domainDNS"});
  ldif.attribute("dc", "contoso");
  ldif.guid("objectGUID", guid_of(shape, 0, Neighbour::kContainer));
  ldif.number("uSNChanged", 1);
  ldif.end_record();
  std::uint64_t entries = 1;
  for (const OrganizationalUnit& unit : organizational_units()) {
    ldif.begin_record(arena.join(unit.relative_dn, ",", kDomainDn), shape.seed + entries);
    append_classes(ldif, {"top", "organizationalUnit"});
    ldif.attribute("ou", unit.name);
    ldif.guid("objectGUID", guid_of(shape, entries, Neighbour::kContainer));
    ldif.number("uSNChanged", 1 + entries);
    ldif.end_record();
    ++entries;
  }
  append_service_account(context, entries);
  return entries + 1;
}

}  // namespace trueup::tenant
