// SPDX-License-Identifier: Apache-2.0
#include "engine/join_feeds.h"

#include <algorithm>
#include <bit>
#include <span>

#include "snapshots/canonical.h"

namespace trueup {
namespace {

/// What a Graph record itself says; the other flags follow from it, or from EXO.
constexpr std::uint32_t kGraphFlags =
    kSyncEnabledSupplied | kSyncEnabled | kBadAnchor | kFromGraph | kNotWhole;
constexpr std::uint32_t kSyncFlags = kSyncEnabledSupplied | kSyncEnabled;

std::uint32_t flags_of(const Staged& item) { return item.header().fingerprint.flags; }

/// The fingerprint of one attribute alone.
Fingerprint fingerprint_of(const Mailbox& m, Attribute a, Mailbox& single) {
  single.values.clear();
  for (const AttributeValue& v : m.values) {
    if (v.attribute == a) single.values.push_back(v);
  }
  return fingerprint_of(single);
}

/// The values of one attribute, which stand together in a stored record.
std::span<const AttributeValue> values_of(const Mailbox& m, Attribute a) {
  const auto is = [a](const AttributeValue& v) { return v.attribute == a; };
  const auto first = std::find_if(m.values.begin(), m.values.end(), is);
  const auto last = std::find_if_not(first, m.values.end(), is);
  return {first, last};
}

}  // namespace

Anchor id_key(std::string_view id, std::string& scratch) {
  scratch.clear();
  append_folded(id, scratch);  // Exchange and Graph may write the same GUID in different case
  return hashed_key(scratch);
}

AttributeSet Joiner::supplied_by(const Fingerprint& user) const {
  const AttributeSet own(user.supplied);
  return (user.flags & kNotWhole) != 0 ? own : own | facts_.supplied;
}

void Joiner::join(const Staged* first, const Staged* last, IdRecords& out) {
  out.row = {};
  out.row.id_key = first->item->key;
  out.unanchored.clear();
  out.graph.clear();
  const Staged* exo = first;
  while (exo != last && exo->kind() == StagedKind::kGraph) ++exo;
  if (exo != last) ++counts_.exo_mailboxes;
  if (exo == first) {
    ++counts_.exo_alone;
    return;
  }
  if ((flags_of(exo[-1]) & kRemoved) != 0) {
    out.row.flags = kRemoved;
    for (const Staged* item = first; item != exo; ++item) {
      const Anchor& anchor = item->header().fingerprint.anchor;
      if (anchor != Anchor{}) out.row.anchor = anchor;
    }
    return;
  }
  const User user = user_of(first, exo);
  ++counts_.graph_users;
  out.row.flags = user.fingerprint.flags & kBadAnchor;
  if (!has_anchor(user.record)) {
    leave_out(user, exo, last, out);
    return;
  }
  out.row.anchor = user.fingerprint.anchor;
  if (exo == last && user.staged != nullptr) {
    stage_reference(writer_, out.row.anchor, *user.staged, user.record);
  } else {
    pass_on_merged(user, exo, last, out);
  }
}

/// The last occurrence wins, unless it tells changes only.
Joiner::User Joiner::user_of(const Staged* first, const Staged* exo) {
  const Staged& last = exo[-1];
  if ((flags_of(last) & kPartial) == 0) {
    return {last.header().fingerprint, last.record(), last.order, &last.header()};
  }
  put_changes_on(first, exo);
  user_record_.clear();
  encode(merged_, user_record_);
  return {fingerprint_of(merged_), user_record_, last.order, nullptr};
}

/// The user that the items tell, into merged_. REQUIRES: the last one has kPartial.
void Joiner::put_changes_on(const Staged* first, const Staged* end) {
  const Staged* changes = end;
  while (changes != first && (flags_of(changes[-1]) & kPartial) != 0) --changes;
  merged_.clear();
  merged_.flags = kFromGraph;
  if (changes != first) {
    const Staged& before = changes[-1];
    if ((flags_of(before) & kRemoved) != 0) {
      merged_.flags |= kNotWhole;
    } else {
      decode(before.record(), merged_);
      merged_.flags &= kGraphFlags;
    }
  }
  for (; changes != end; ++changes) {
    decode(changes->record(), above_);
    lay_changes(above_);
  }
}

void Joiner::lay_changes(const Mailbox& changes) {
  merged_.id = changes.id;
  if (!changes.name.empty()) merged_.name = changes.name;
  if (changes.has(kAnchorSupplied)) {
    merged_.anchor = changes.anchor;
    merged_.has_anchor = changes.has_anchor;
    merged_.flags = (merged_.flags & ~std::uint32_t{kBadAnchor}) | (changes.flags & kBadAnchor);
  }
  if (changes.has(kSyncEnabledSupplied)) {
    merged_.flags = (merged_.flags & ~kSyncFlags) | (changes.flags & kSyncFlags);
  }
  std::erase_if(merged_.values, [&](const AttributeValue& v) {
    return changes.supplied.contains(v.attribute);
  });
  merged_.values.insert(merged_.values.end(), changes.values.begin(), changes.values.end());
  merged_.supplied = merged_.supplied | changes.supplied;
}

void Joiner::leave_out(const User& user, const Staged* exo, const Staged* last, IdRecords& out) {
  ++counts_.without_anchor;
  out.unanchored = user.record;
  std::uint32_t flags = user.fingerprint.flags | facts_.flags;
  constexpr std::uint32_t kManaged = kCloudManagedSupplied | kCloudManaged;
  for (; exo != last; ++exo) {  // whether it is in scope, so that a bad anchor is reported
    const std::uint32_t above = exo->header().fingerprint.flags & kManaged;
    if ((above & kCloudManagedSupplied) != 0) flags = (flags & ~kManaged) | above;
  }
  set_facts(out.unanchored.data(), flags, supplied_by(user.fingerprint));
  if ((user.fingerprint.flags & kBadAnchor) == 0) return;
  ++counts_.bad_anchors;
  decode(out.unanchored, below_);
  counts_.notes.push_back({"bad-anchor", Anchor{}, below_.flags, std::string(below_.id),
                           std::string(below_.name),
                           "onPremisesImmutableId is not the base64 of 16 octets"});
}

void Joiner::pass_on_merged(const User& user, const Staged* exo, const Staged* last,
                            IdRecords& out) {
  StagedHeader header;
  header.key = user.fingerprint.anchor;
  header.order = user.order;
  header.kind = StagedKind::kMailbox;
  header.fingerprint = user.fingerprint;
  header.fingerprint.supplied = supplied_by(user.fingerprint).bits();
  record_.assign(user.record);
  set_facts(record_.data(), header.fingerprint.flags, AttributeSet(header.fingerprint.supplied));
  decode(user.record, graph_);
  graph_.supplied = AttributeSet(header.fingerprint.supplied);
  overridden_ = {};
  bool told = !graph_.name.empty();  // ... by the mailbox, what Graph said
  for (; exo != last; ++exo) {
    lay_over(*exo, header.fingerprint);
    told = compare_with_graph(above_) && told;
  }
  if (!told) out.graph = user.record;
  stage(writer_, header, record_);
}

void Joiner::lay_over(const Staged& exo, Fingerprint& fingerprint) {
  decode(record_, below_);
  decode(exo.record(), above_);
  merged_.clear();
  merged_.id = below_.id;
  merged_.name = below_.name.empty() ? above_.name : below_.name;
  merged_.anchor = below_.anchor;
  merged_.has_anchor = below_.has_anchor;
  merged_.supplied = below_.supplied | above_.supplied;
  merged_.flags = below_.flags | above_.flags;
  if (above_.has(kCloudManagedSupplied) && !above_.has(kCloudManaged)) {
    merged_.flags &= ~static_cast<std::uint32_t>(kCloudManaged);
  }
  if (above_.supplied.contains(Attribute::kRecipientTypeDetails)) {
    merged_.flags &= ~static_cast<std::uint32_t>(kUntranslatedType);
  } else if (above_.has(kUntranslatedType)) {
    merged_.supplied = merged_.supplied - kTypeAttributes;
  }
  for (const AttributeValue& v : below_.values) {
    if (!above_.supplied.contains(v.attribute) && merged_.supplied.contains(v.attribute)) {
      merged_.values.push_back(v);
    }
  }
  merged_.values.insert(merged_.values.end(), above_.values.begin(), above_.values.end());
  const AttributeSet supplied = merged_.supplied;
  next_record_.clear();
  encode(merged_, next_record_);
  fingerprint = fingerprint_of(merged_);
  fingerprint.supplied = supplied.bits();
  record_.swap(next_record_);
}

/// Counts where the feeds disagree. False if EXO's values are others than Graph's; their order and
/// SPO addresses apart, which are never compared.
bool Joiner::compare_with_graph(const Mailbox& exo) {
  const AttributeSet both = (graph_.supplied & exo.supplied) - overridden_;
  overridden_ = overridden_ | exo.supplied;
  bool same = true;
  for (std::uint32_t bits = both.bits(); bits != 0; bits &= bits - 1) {
    const Attribute a = attribute_at(std::countr_zero(bits));
    const auto graph_values = values_of(graph_, a);
    const auto exo_values = values_of(exo, a);
    if (std::equal(graph_values.begin(), graph_values.end(), exo_values.begin(),
                   exo_values.end())) {
      continue;
    }
    const Fingerprint of_graph = fingerprint_of(graph_, a, single_);
    const Fingerprint of_exo = fingerprint_of(exo, a, single_);
    const bool agree = of_graph.folded == of_exo.folded;
    if (!agree) ++counts_.disagreements;
    same = same && agree && of_graph.exact_smtp == of_exo.exact_smtp &&
           of_graph.exact_others == of_exo.exact_others && of_graph.flags == of_exo.flags;
  }
  return same;
}

}  // namespace trueup
