// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/drift.h"

#include <algorithm>
#include <string>

namespace trueup::tenant {

namespace {

using enum DriftKind;

constexpr std::string_view kProxyAddresses = "proxyAddresses";
constexpr std::string_view kMail = "mail";

Edit& edit_of(Mailbox& m, std::string_view attribute) {
  for (Edit& edit : m.edits) {
    if (edit.attribute == attribute) {
      return edit;
    }
  }
  m.edits.push_back({attribute, {}, {}, {}, {}, false});
  return m.edits.back();
}

// The address is only in the cloud.
void gain_address(Mailbox& m, std::string_view address) {
  m.cloud.addresses.push_back(address);
  edit_of(m, kProxyAddresses).added.push_back(address);
}

// The address is only in AD.
void lose_address(Mailbox& m, std::string_view address) {
  m.ad.addresses.push_back(address);
  edit_of(m, kProxyAddresses).removed.push_back(address);
}

void refuse_all(Mailbox& m, std::string_view reason) {
  for (Edit& edit : m.edits) {
    edit.refused = reason;
  }
}

// The secondary address that a mailbox gives away; it names the giver, not the holder.
std::string_view moving_address(std::uint64_t giver, TextArena& arena) {
  return arena.join("smtp:shared-duty", Decimal(giver), "@contoso.com");
}

// "Jane.Doe12@Contoso.Com" for "jane.doe12@contoso.com"; a prefix such as smtp: stays as it is.
std::string_view recased(std::string_view address, TextArena& arena) {
  std::string text(address);
  const std::size_t begin = address.find(':') == std::string_view::npos ? 0 : address.find(':') + 1;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const bool word_start =
        i == begin || text[i - 1] == '.' || text[i - 1] == '@' || text[i - 1] == '-';
    if (word_start && text[i] >= 'a' && text[i] <= 'z') {
      text[i] = static_cast<char>(text[i] - 'a' + 'A');
    }
  }
  return arena.join(text);
}

void recase_routing_address(Mailbox& m, TextArena& arena) {
  // Second in the cloud list by construction: the onmicrosoft.com address.
  m.cloud.addresses[1] = recased(m.cloud.addresses[1], arena);
}

void add_address(Mailbox& m, TextArena& arena) {
  gain_address(m, arena.join("smtp:new.", m.alias, "@contoso.com"));
  if (m.index % 4 == 0) {
    recase_routing_address(m, arena);  // left alone, although the attribute changes
  }
}

void swap_primary(Mailbox& m, TextArena& arena) {
  // Third in the cloud list by construction: the first secondary in the mailbox's own domain.
  const std::string_view old_primary = m.cloud.addresses[0];
  const std::string_view old_secondary = m.cloud.addresses[2];
  const std::string_view new_primary = arena.join("SMTP:", old_secondary.substr(5));
  const std::string_view new_secondary = arena.join("smtp:", old_primary.substr(5));
  m.cloud.addresses[0] = new_primary;
  m.cloud.addresses[2] = new_secondary;
  m.cloud.mail = new_primary.substr(5);
  m.edits.push_back(
      {kProxyAddresses, {old_primary, old_secondary}, {new_primary, new_secondary}, {}, {}, false});
  m.edits.push_back({kMail, {m.ad.mail}, {m.cloud.mail}, {}, {}, false});
}

// Takes the primary of another mailbox, which takes this one's.
void exchange_primary(const TenantShape& shape, const DriftPart& part, TextArena& arena,
                      Mailbox& m) {
  const std::uint64_t other = part.members[1 - part.role];
  const std::string_view old_primary = m.cloud.addresses[0];
  const std::string_view new_primary = arena.join("SMTP:", primary_address(shape, other, arena));
  m.cloud.addresses[0] = new_primary;
  m.cloud.mail = new_primary.substr(5);
  m.edits.push_back({kProxyAddresses, {old_primary}, {new_primary}, {}, {}, false});
  m.edits.push_back({kMail, {m.ad.mail}, {m.cloud.mail}, {}, {}, false});
  refuse_all(m, "primary-cycle");
}

// The roles of a unit stand in a row: each gives to the next. A closed row is a cycle.
void move_addresses(const DriftPart& part, std::uint32_t members, bool closed, TextArena& arena,
                    Mailbox& m) {
  const std::uint32_t role = part.role;
  if (closed || role + 1 < members) {
    lose_address(m, moving_address(part.members[role], arena));
  }
  if (closed || role > 0) {
    gain_address(m, moving_address(part.members[(role + members - 1) % members], arena));
  }
}

void add_second_primary(Mailbox& m, TextArena& arena) {
  gain_address(m, arena.join("SMTP:second.", m.alias, "@contoso.com"));
}

void move_from_refused(const DriftPart& part, TextArena& arena, Mailbox& m) {
  move_addresses(part, 2, false, arena, m);
  if (part.role == 0) {
    add_second_primary(m, arena);
    refuse_all(m, "two-primaries");
  } else {
    refuse_all(m, "depends-on");
  }
}

void differ_extension(Mailbox& m, std::size_t attribute, std::string_view ad,
                      std::string_view cloud) {
  m.ad.extension[attribute] = ad;
  m.cloud.extension[attribute] = cloud;
  Edit& edit = edit_of(m, extension_name(attribute));
  if (!ad.empty()) {
    edit.removed.push_back(ad);
  }
  if (!cloud.empty()) {
    edit.added.push_back(cloud);
  }
}

std::string_view extension_or(const Mailbox& m, std::size_t attribute, std::string_view fallback) {
  return m.ad.extension[attribute].empty() ? fallback : m.ad.extension[attribute];
}

void set_too_long(Mailbox& m, TextArena& arena) {
  // 1,024 UTF-16 units is the limit of extensionAttribute1-10: passed by 1,030 letters, or by 513
  // pairs of units.
  std::string text;
  if (m.index % 2 == 0) {
    text.assign(1030, 'x');
  } else {
    for (int i = 0; i < 513; ++i) {
      text.append("😀");
    }
  }
  differ_extension(m, 7, {}, arena.join(text));
  m.edits.back().refused = "too-long";
  differ_extension(m, 12, extension_or(m, 12, "before"), "goes on");
}

void add_custom(Mailbox& m, std::size_t attribute, TextArena& arena) {
  const std::string_view value =
      arena.join("added ", Decimal(m.index), m.index % 8 == 0 ? " – Überprüft" : "");
  m.cloud.custom[attribute].push_back(value);
  m.edits.push_back({custom_name(attribute), {}, {value}, {}, {}, true});
}

void clear_custom(Mailbox& m, std::size_t attribute, TextArena& arena) {
  auto& held = m.ad.custom[attribute];
  if (held.empty()) {
    held.push_back(arena.join("kept ", Decimal(m.index)));
    held.push_back("kept too");
  }
  m.cloud.custom[attribute].clear();
  m.edits.push_back({custom_name(attribute), held, {}, {}, "clear-at-first-sight", true});
}

void change_type(Mailbox& m, TextArena& arena) {
  // What the ACLable twin should become is not settled where the display type changes, so only the
  // plain one is used.
  m.ad_type = m.cloud_type == MailboxType::kScheduling ? MailboxType::kUser : m.cloud_type;
  m.acl_able = false;
  if (m.ad_type != MailboxType::kUser) {
    m.cloud_type = MailboxType::kUser;
  } else {
    m.cloud_type = m.index % 2 == 0 ? MailboxType::kShared : MailboxType::kRoom;
  }
  m.edits.push_back({"msExchRecipientTypeDetails",
                     {arena.join(Decimal(ad_type_details(m.ad_type)))},
                     {arena.join(Decimal(ad_type_details(m.cloud_type)))},
                     {},
                     {},
                     true});
  const std::int32_t old_display = ad_display_type(m.ad_type, false);
  const std::int32_t new_display = ad_display_type(m.cloud_type, false);
  if (old_display != new_display) {
    m.edits.push_back({"msExchRecipientDisplayType",
                       {arena.join(Decimal(old_display))},
                       {arena.join(Decimal(new_display))},
                       {},
                       {},
                       true});
  }
}

void differ_case(Mailbox& m, TextArena& arena) {
  m.cloud.addresses[0] = recased(m.cloud.addresses[0], arena);
  m.cloud.mail = m.cloud.addresses[0].substr(5);
  recase_routing_address(m, arena);
}

void change_mail(Mailbox& m, TextArena& arena) {
  m.ad.mail = arena.join("old.", m.alias, "@contoso.com");
  m.edits.push_back({kMail, {m.ad.mail}, {m.cloud.mail}, {}, {}, false});
}

void take_from_group(Mailbox& m, TextArena& arena) {
  gain_address(m, wanted_group_address(m.index, arena));
  refuse_all(m, "address-held");
}

void apply_to_extension(DriftKind kind, std::uint64_t draw, TextArena& arena, Mailbox& m) {
  const std::size_t attribute = draw % m.ad.extension.size();
  if (kind == kExtensionSet) {
    differ_extension(m, attribute, {}, arena.join("set ", Decimal(m.index)));
    return;
  }
  const std::string_view old_value =
      extension_or(m, attribute, arena.join("was ", Decimal(m.index)));
  if (kind == kExtensionCleared) {
    differ_extension(m, attribute, old_value, {});
    m.null_mask |= 1U << attribute;
    return;
  }
  // Values are compared exactly: every third differs in case only.
  const std::string_view new_value =
      draw % 3 == 0 ? recased(arena.join("value ", Decimal(m.index)), arena)
                    : arena.join("now ", Decimal(m.index), draw % 5 == 0 ? " ÄÖÜ" : "");
  differ_extension(m, attribute, draw % 3 == 0 ? arena.join("value ", Decimal(m.index)) : old_value,
                   new_value);
}

}  // namespace

void apply_drift(const TenantShape& shape, const DriftPart& part, TextArena& arena, Mailbox& m) {
  if (part.kind == kNone) {
    return;
  }
  m.drift = part.kind;
  m.drift_unit = part.members[0];
  const std::uint64_t draw = RandomStream(shape.seed, m.index, Purpose::kDrift).next() >> 8;
  switch (part.kind) {
    case kNone: return;
    case kAddressAdded: return add_address(m, arena);
    case kAddressRemoved:
      return lose_address(m, arena.join("smtp:former.", m.alias, "@contoso.com"));
    case kExtensionChanged:
    case kExtensionCleared:
    case kExtensionSet: return apply_to_extension(part.kind, draw, arena, m);
    case kCustomAdded: return add_custom(m, draw % 5, arena);
    case kCustomCleared: return clear_custom(m, draw % 5, arena);
    case kPrimarySwapped: return swap_primary(m, arena);
    case kCaseOnly: return differ_case(m, arena);
    case kTypeChanged: return change_type(m, arena);
    case kMailOnly: return change_mail(m, arena);
    case kAddressMoved: return move_addresses(part, 2, false, arena, m);
    case kMoveChain: return move_addresses(part, 4, false, arena, m);
    case kSecondarySwap: return move_addresses(part, 2, true, arena, m);
    case kSecondaryCycle: return move_addresses(part, 3, true, arena, m);
    case kPrimaryExchange: return exchange_primary(shape, part, arena, m);
    case kTakenFromGroup: return take_from_group(m, arena);
    case kTwoPrimaries: add_second_primary(m, arena); return refuse_all(m, "two-primaries");
    case kTooLong: return set_too_long(m, arena);
    case kMoveFromRefused: return move_from_refused(part, arena, m);
    case kOnPremisesMailbox:
      differ_extension(m, 0, extension_or(m, 0, "on premises"), "in the cloud");
      return refuse_all(m, "on-prem-mailbox");
  }
}

}  // namespace trueup::tenant
