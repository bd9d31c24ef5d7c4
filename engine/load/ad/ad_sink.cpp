// SPDX-License-Identifier: Apache-2.0
#include "engine/load/ad/ad_sink.h"

#include <algorithm>

#include "snapshots/model/canonical.h"
#include "snapshots/store/rows.h"

namespace trueup {
namespace {

constexpr std::size_t index_of(Carried carried) { return static_cast<std::size_t>(carried); }

bool holds_address(const Mailbox& m) {
  return std::any_of(m.values.begin(), m.values.end(), [](const AttributeValue& v) {
    return kAddressAttributes.contains(v.attribute);
  });
}

}  // namespace

void AdSink::on_mailbox(const Mailbox& m, std::uint64_t offset) {
  ++records_;
  on_carried(m.flags);
  if (!m.has(kJoinable) && holds_address(m)) ++carriers_[index_of(Carried::kOtherHolder)];
  const bool joinable = place(m);
  StagedHeader header;
  header.order = stream_order(file_, offset);
  // A user outside of the base is known by its anchor too: its mailbox is not without an object.
  const bool user = m.has(kJoinable) && !extra_;
  header.key = user ? m.anchor : owner_key(m);
  header.kind = joinable ? StagedKind::kMailbox : StagedKind::kOther;
  header.fingerprint = fingerprint_of(m);
  add_content(header.key, header.fingerprint, m.changed_at);
  if (extra_) {
    stage_extra(m, header);
  } else {
    stage(joinable ? mailboxes_ : others_, header, m);
  }
  if (user && m.object_guid != m.anchor) stage_claim(m, header, m.object_guid);
  if (user && !joinable) stage_claim(m, header, m.anchor);
  for (const AttributeValue& v : m.values) {
    if (kAddressAttributes.contains(v.attribute)) add_address(v, joinable, header.key);
  }
}

void AdSink::on_carried(std::uint32_t flags) {
  if ((flags & kCarriesAdminCount) != 0) ++carriers_[index_of(Carried::kAdminCount)];
  if ((flags & kCarriesHome) != 0) ++carriers_[index_of(Carried::kHome)];
  if ((flags & kCarriesConsistencyGuid) != 0) ++carriers_[index_of(Carried::kConsistencyGuid)];
}

CarrierCounts carriers_of(const AdSinks& sinks) {
  CarrierCounts all{};
  for (const AdSink& sink : sinks) {
    for (std::size_t c = 0; c < all.size(); ++c) all[c] += sink.carriers()[c];
  }
  return all;
}

/// Counts the object where it stands. True if it can be joined: a user, and in the base.
bool AdSink::place(const Mailbox& m) {
  if (extra_) return false;
  ContainerCounts::Entry& above = containers_.above(m.name);
  const bool joinable = m.has(kJoinable) && containers_.in_base(above, m.name);
  ++(joinable ? above.container.users : above.container.others);
  return joinable;
}

Anchor AdSink::owner_key(const Mailbox& m) {
  if (m.object_guid != Anchor{}) return m.object_guid;
  scratch_.clear();
  append_folded(m.name, scratch_);
  return hashed_key(scratch_);
}

/// So that a later load that puts changes on this snapshot leaves it out: it is read again then.
void AdSink::stage_extra(const Mailbox& m, const StagedHeader& header) {
  scratch_.clear();
  encode(m, scratch_);
  set_facts(scratch_.data(), m.flags | kFromExtra, m.supplied);
  stage(others_, header, scratch_);
}

/// So that an anchor which is some other object's objectGUID, or that of an object outside of the
/// base, is seen to be ambiguous.
void AdSink::stage_claim(const Mailbox& m, StagedHeader header, const Anchor& key) {
  header.key = key;
  header.kind = StagedKind::kGuidTaken;
  guid_only_.clear();
  guid_only_.name = m.name;
  guid_only_.object_guid = m.object_guid;
  guid_only_.flags = m.flags;
  stage(mailboxes_, header, guid_only_);
}

void AdSink::add_address(const AttributeValue& v, bool joinable, const Anchor& owner) {
  scratch_.clear();
  if (v.attribute == Attribute::kMail) {
    append_mail_key(v.bytes, scratch_);
  } else {
    append_address_key(v.bytes, scratch_);
  }
  const AddressRow row = AddressRow::of(hash64(scratch_), joinable, owner);
  std::memcpy(addresses_.append(row.hash[0] >> 2, sizeof row), &row, sizeof row);
}

}  // namespace trueup
