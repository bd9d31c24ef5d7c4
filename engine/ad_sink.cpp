// SPDX-License-Identifier: Apache-2.0
#include "engine/ad_sink.h"

#include "snapshots/canonical.h"
#include "snapshots/rows.h"

namespace trueup {

void AdSink::on_mailbox(const Mailbox& m, std::uint64_t offset) {
  ++records_;
  const bool joinable = m.has(kJoinable) && !extra_;
  StagedHeader header;
  header.order = stream_order(file_, offset);
  header.key = joinable ? m.anchor : owner_key(m);
  header.kind = joinable ? StagedKind::kMailbox : StagedKind::kOther;
  header.fingerprint = fingerprint_of(m);
  if (extra_) {
    stage_extra(m, header);
  } else {
    stage(joinable ? mailboxes_ : others_, header, m);
  }
  if (joinable && m.object_guid != m.anchor) stage_guid(m, header);
  for (const AttributeValue& v : m.values) {
    if (kAddressAttributes.contains(v.attribute)) add_address(v, joinable, header.key);
  }
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

/// So that an anchor which is some other object's objectGUID is seen to be ambiguous.
void AdSink::stage_guid(const Mailbox& m, StagedHeader header) {
  header.key = m.object_guid;
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
