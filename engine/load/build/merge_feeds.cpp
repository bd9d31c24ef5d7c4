// SPDX-License-Identifier: Apache-2.0
#include "engine/load/build/merge_feeds.h"

#include <algorithm>
#include <bit>
#include <span>

#include "snapshots/model/canonical.h"
#include "snapshots/model/lost_characters.h"

namespace trueup {
namespace {

/// What a Graph record itself says; the other flags follow from it, or from EXO.
constexpr std::uint32_t kGraphFlags =
    kSyncEnabledSupplied | kSyncEnabled | kBadAnchor | kFromGraph | kIncomplete;
constexpr std::uint32_t kSyncFlags = kSyncEnabledSupplied | kSyncEnabled;

std::uint32_t flags_of(const Staged& item) { return item.header().fingerprint.flags; }

/// The last of these records that tells the user: one that has nothing but an id, as Graph repeats
/// a user in a full read, takes nothing back. The very last if none does.
const Staged& last_telling(const Staged* first, const Staged* end) {
  for (const Staged* item = end; item != first; --item) {
    if ((flags_of(item[-1]) & kIdOnly) == 0) return item[-1];
  }
  return end[-1];
}

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

/// Whether a value of `damaged` is one of `whole` with letters lost.
bool any_lost_characters(std::span<const AttributeValue> damaged,
                         std::span<const AttributeValue> whole) {
  for (const AttributeValue& d : damaged) {
    if (!may_have_lost_characters(d.bytes)) continue;
    for (const AttributeValue& w : whole) {
      if (has_lost_characters(d.bytes, w.bytes)) return true;
    }
  }
  return false;
}

}  // namespace

AttributeSet Joiner::supplied_by(const Fingerprint& user) const {
  const AttributeSet own(user.supplied);
  return (user.flags & kIncomplete) != 0 ? own : own | facts_.supplied;
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
    record_exo_only(*first);
    return;
  }
  if ((flags_of(last_telling(first, exo)) & kRemoved) != 0) {
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
    keep_unanchored(user, exo, last, out);
    return;
  }
  out.row.anchor = user.fingerprint.anchor;
  if (exo == last && user.staged != nullptr) {
    stage_reference(writer_, out.row.anchor, *user.staged, user.record);
  } else {
    pass_on_merged(user, exo, last, out);
  }
}

/// An Exchange mailbox whose id no Graph user has. The one with the least key is the example.
void Joiner::record_exo_only(const Staged& exo) {
  if (counts_.exo_alone++ > 0 && counts_.alone_key < exo.item->key) return;
  counts_.alone_key = exo.item->key;
  decode(exo.record(), above_);
  counts_.alone_id = above_.id;
}

/// The last occurrence that tells something wins, unless it tells changes only, or was asked for
/// meanwhile.
Joiner::User Joiner::user_of(const Staged* first, const Staged* exo) {
  const Staged& last = last_telling(first, exo);
  constexpr std::uint32_t kInParts = kDelta | kReread;
  const bool again_without_anchor = &last != first && (flags_of(last) & kAnchorNotTold) != 0;
  if ((flags_of(last) & kInParts) == 0 && !again_without_anchor &&
      facts_.partial_page(last.order) == nullptr) {
    return {last.header().fingerprint, last.record(), last.order, &last.header()};
  }
  put_changes_on(first, exo);
  user_record_.clear();
  encode(merged_, user_record_);
  return {fingerprint_of(merged_), user_record_, last.order, nullptr};
}

/// The user that the items tell, into merged_: the last whole record, and over it all changes that
/// came after it. One that was asked for by id may be older than the changes told before.
void Joiner::put_changes_on(const Staged* first, const Staged* end) {
  const Staged* whole = nullptr;
  bool removed = false;
  changes_.clear();
  for (const Staged* item = first; item != end; ++item) {
    const std::uint32_t flags = flags_of(*item);
    if ((flags & kDelta) != 0 || (whole != nullptr && is_part_of(*whole, *item))) {
      if ((flags & kAnchorNotTold) != 0) ++counts_.told_in_part;
      changes_.push_back(item);
      continue;
    }
    if ((flags & kIdOnly) != 0 && (whole != nullptr || removed)) continue;
    if ((flags & kReread) == 0) changes_.clear();
    removed = (flags & kRemoved) != 0;
    whole = removed ? nullptr : item;
  }
  merged_.clear();
  merged_.flags = kFromGraph;
  if (whole != nullptr) {
    decode(whole->record(), merged_);
    merged_.flags &= kGraphFlags;
  } else if (removed || !facts_.new_ids_are_whole) {
    merged_.flags |= kIncomplete;
  }
  for (const Staged* item : changes_) {
    decode(item->record(), above_);
    apply_delta(above_);
  }
  if (whole == nullptr && !changes_.empty()) whole = changes_.back();
  if (whole != nullptr) leave_out_unsupplied(*whole);
}

/// Whether `again`, of the same user, tells no more than what has changed since `whole`.
bool Joiner::is_part_of(const Staged& whole, const Staged& again) const {
  const std::uint32_t flags = flags_of(again);
  if ((flags & (kRemoved | kReread | kIdOnly)) != 0) return false;
  const bool lost_anchor = (flags & kAnchorNotTold) != 0 && has_anchor(whole.record());
  return lost_anchor || facts_.partial_page(again.order) != nullptr;
}

/// What the page of `base` does not supply is not known of this user, now and in later deltas.
void Joiner::leave_out_unsupplied(const Staged& base) {
  const PartialPage* const page = facts_.partial_page(base.order);
  if (page == nullptr || (merged_.flags & kIncomplete) != 0) return;
  merged_.flags |= kIncomplete;
  merged_.supplied = merged_.supplied | (facts_.supplied - page->lacks);
}

void Joiner::apply_delta(const Mailbox& changes) {
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
  std::erase_if(merged_.values,
                [&](const AttributeValue& v) { return changes.supplied.contains(v.attribute); });
  merged_.values.insert(merged_.values.end(), changes.values.begin(), changes.values.end());
  merged_.supplied = merged_.supplied | changes.supplied;
}

void Joiner::keep_unanchored(const User& user, const Staged* exo, const Staged* last,
                             IdRecords& out) {
  ++counts_.without_anchor;
  out.unanchored = user.record;
  std::uint32_t flags =
      (user.fingerprint.flags & ~static_cast<std::uint32_t>(kIdOnly | kAnchorNotTold)) |
      facts_.flags;
  constexpr std::uint32_t kManaged = kCloudManagedSupplied | kCloudManaged;
  for (; exo != last; ++exo) {  // whether it is in scope, so that a bad anchor is reported
    const std::uint32_t above = exo->header().fingerprint.flags & kManaged;
    if ((above & kCloudManagedSupplied) != 0) flags = (flags & ~kManaged) | above;
  }
  set_facts(out.unanchored.data(), flags, supplied_by(user.fingerprint));
  if ((user.fingerprint.flags & kBadAnchor) == 0) return;
  ++counts_.bad_anchors;
  decode(out.unanchored, below_);
  counts_.refused.push_back({RecordRefusal::kBadAnchor, Anchor{}, below_.flags,
                             std::string(below_.id), std::string(below_.name),
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
  const bool is_mailbox = exo != last, several = is_mailbox && exo + 1 != last;
  const std::uint64_t disagreements = counts_.disagreements;
  for (; exo != last; ++exo) {
    overlay_exo(*exo, header.fingerprint);
    count_disagreements(above_);
  }
  // Where one record agrees with Graph, nothing of it is damaged; of several, the last one counts.
  if (several || counts_.disagreements != disagreements) mark_damaged(header.fingerprint);
  if (is_mailbox) count_missing_flag(header.fingerprint.flags, graph_.id);
  if (!equals_graph()) out.graph = user.record;
  stage(writer_, header, record_);
}

void Joiner::overlay_exo(const Staged& exo, Fingerprint& fingerprint) {
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

/// Where the feeds disagree, counted once an attribute: by the first EXO record that has it.
void Joiner::count_disagreements(const Mailbox& exo) {
  const AttributeSet both = (graph_.supplied & exo.supplied) - overridden_;
  overridden_ = overridden_ | exo.supplied;
  for_each_difference(both, graph_, exo, [&](Attribute attribute) {
    const Fingerprint a = fingerprint_of(graph_, attribute, single_);
    const Fingerprint b = fingerprint_of(exo, attribute, single_);
    if (a.folded == b.folded) return;
    ++counts_.disagreements;
  });
}

void Joiner::mark_damaged(Fingerprint& fingerprint) {
  decode(record_, below_);
  for_each_difference(graph_.supplied & overridden_, graph_, below_, [&](Attribute attribute) {
    if (any_lost_characters(values_of(below_, attribute), values_of(graph_, attribute))) {
      below_.damaged.add(attribute);
    }
  });
  if (below_.damaged.empty()) return;
  below_.flags |= kLostCharacters;
  fingerprint.flags |= kLostCharacters;
  next_record_.clear();
  encode(below_, next_record_);
  record_.swap(next_record_);
}

/// Where others have the flag, one that has none is not known to be managed or not.
void Joiner::count_missing_flag(std::uint32_t flags, std::string_view id) {
  if ((flags & kCloudManagedSupplied) != 0) return;
  if (counts_.without_flag++ == 0 || id < counts_.without_flag_id) counts_.without_flag_id = id;
}

/// Whether the merged record has Graph's own values where EXO's stand; their order and SPO
/// addresses apart, which are never compared.
bool Joiner::equals_graph() {
  decode(record_, below_);
  bool same = !graph_.name.empty();
  for_each_difference(graph_.supplied & overridden_, graph_, below_, [&](Attribute attribute) {
    const Fingerprint a = fingerprint_of(graph_, attribute, single_);
    const Fingerprint b = fingerprint_of(below_, attribute, single_);
    same = same && a.folded == b.folded && a.exact_smtp == b.exact_smtp &&
           a.exact_others == b.exact_others && a.flags == b.flags;
  });
  return same;
}

/// Calls visit with each attribute whose values are not the same bytes.
template <typename Visit>
void Joiner::for_each_difference(AttributeSet attributes, const Mailbox& a, const Mailbox& b,
                                 Visit visit) {
  for (std::uint32_t bits = attributes.bits(); bits != 0; bits &= bits - 1) {
    const Attribute attribute = attribute_at(std::countr_zero(bits));
    const auto of_a = values_of(a, attribute);
    const auto of_b = values_of(b, attribute);
    if (std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end())) continue;
    visit(attribute);
  }
}

}  // namespace trueup
