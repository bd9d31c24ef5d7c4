// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/diff.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>

#include "engine/compare/address_moves.h"
#include "engine/compare/compare.h"
#include "engine/compare/mailbox_policy.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/refused_records.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// Whether two mailboxes may differ under the options, from their fingerprints alone.
class FingerprintRule {
 public:
  explicit FingerprintRule(const DiffOptions& options) : attributes_(options.attributes) {
    const auto named = [](const std::vector<std::string>& list, std::string_view type) {
      return std::any_of(list.begin(), list.end(),
                         [&](const std::string& t) { return equal_ignoring_ascii_case(t, type); });
    };
    drops_spo_ = named(options.drop_types, "SPO");
    keeps_usual_types_ =
        std::all_of(kUsuallyKeptTypes.begin(), kUsuallyKeptTypes.end(),
                    [&](std::string_view t) { return named(options.keep_types, t); });
  }

  bool differ(const Fingerprint& cloud, const Fingerprint& ad) const {
    const AttributeSet attributes = attributes_ & AttributeSet(cloud.supplied);
    for (const Group group : {Group::kExtension, Group::kCustom, Group::kTypes}) {
      if (!(attributes_of(group) & attributes).empty() && cloud.of(group) != ad.of(group)) {
        return true;
      }
    }
    // Equal but for ignored case is to be counted, or written, by attribute.
    if (!(attributes & kAddressAttributes).empty() &&
        (cloud.of(Group::kSmtp) != ad.of(Group::kSmtp) || cloud.exact_smtp != ad.exact_smtp)) {
      return true;
    }
    return attributes.contains(Attribute::kProxyAddresses) && other_addresses_differ(cloud, ad);
  }

 private:
  bool other_addresses_differ(const Fingerprint& cloud, const Fingerprint& ad) const {
    if (!drops_spo_ && ((cloud.flags | ad.flags) & kSpoAddress) != 0) return true;
    const Hash128& want = cloud.of(Group::kOtherAddresses);
    if (want == ad.of(Group::kOtherAddresses)) return cloud.exact_others != ad.exact_others;
    // AD-only addresses of kept types, where the cloud has none of any: all of them stay.
    return !(want == Hash128{} && keeps_usual_types_ && (ad.flags & kOtherThanKept) == 0);
  }

  const AttributeSet attributes_;
  bool drops_spo_ = false;
  bool keeps_usual_types_ = false;
};

class ShardDiff {
 public:
  ShardDiff(const Store& store, const SnapshotDescription& cloud, const SnapshotDescription& ad,
            const Scope& scope, const DiffOptions& options, const MailboxPolicy& policy, int shard)
      : scope_(scope),
        policy_(policy),
        rule_(options),
        comparer_(options),
        cloud_rows_(store, cloud.generation, Table::kFingerprints, shard),
        ad_rows_(store, ad.generation, Table::kFingerprints, shard),
        cloud_records_(store, cloud.generation),
        ad_records_(store, ad.generation),
        others_(store, ad.generation, Table::kOthers),
        has_base_(!ad.base_dn.empty()) {}

  DiffResult run() {
    Fingerprint cloud, ad;
    bool has_cloud = cloud_rows_.next(cloud);
    bool has_ad = ad_rows_.next(ad);
    while (has_cloud || has_ad) {
      if (!has_ad || (has_cloud && cloud.anchor < ad.anchor)) {
        ++result_.cloud_mailboxes;
        on_cloud_only(cloud);
        has_cloud = cloud_rows_.next(cloud);
      } else if (!has_cloud || ad.anchor < cloud.anchor) {
        ++result_.ad_mailboxes;
        on_ad_only(ad);
        has_ad = ad_rows_.next(ad);
      } else {
        ++result_.cloud_mailboxes;
        ++result_.ad_mailboxes;
        ++result_.pairs;
        if (scope_.contains(cloud)) on_pair(cloud, ad);
        has_cloud = cloud_rows_.next(cloud);
        has_ad = ad_rows_.next(ad);
      }
    }
    return std::move(result_);
  }

 private:
  void on_cloud_only(const Fingerprint& cloud) {
    if (!scope_.contains(cloud)) return;
    ++result_.in_scope;
    if (is_outside_base(cloud.anchor)) {
      ++result_.outside_base;
      return;
    }
    ++result_.cloud_only;
    read(cloud_records_, cloud.anchor, cloud_);
    result_.unmatched.push_back(
        {Side::kCloud, cloud.anchor, std::string(cloud_.id), std::string(cloud_.name)});
  }

  bool is_outside_base(const Anchor& anchor) {
    if (!has_base_) return false;
    const auto record = others_.find(anchor);
    if (!record) return false;
    decode(*record, ad_);
    return ad_.has(kJoinable);
  }

  void on_ad_only(const Fingerprint& ad) {
    ++result_.ad_only;
    read(ad_records_, ad.anchor, ad_);
    result_.unmatched.push_back({Side::kAd, ad.anchor, {}, std::string(ad_.name)});
  }

  void on_pair(const Fingerprint& cloud, const Fingerprint& ad) {
    ++result_.in_scope;
    ++result_.matched;
    if ((cloud.flags & kUntranslatedType) != 0) ++result_.untranslated;
    for (std::uint32_t bits = ad.filled; bits != 0; bits &= bits - 1) {
      ++result_.holders[static_cast<std::size_t>(std::countr_zero(bits))];
    }
    const bool ambiguous = ((cloud.flags | ad.flags) & kAmbiguousAnchor) != 0;
    if (!ambiguous && !rule_.differ(cloud, ad)) {
      ++result_.equal;
      return;
    }
    ++result_.compared;
    read(cloud_records_, cloud.anchor, cloud_);
    read(ad_records_, ad.anchor, ad_);
    if (ambiguous) {
      Rejected r{cloud.anchor, Refusal::kAmbiguousAnchor, Hold::kNone, {}, encoded({})};
      r.detail = (cloud.flags & kAmbiguousAnchor) != 0 ? "several cloud mailboxes claim it: "
                                                       : "several AD objects claim it: ";
      result_.rejected.push_back(std::move(r));
      return;
    }
    const auto verdicts = comparer_.compare(cloud_, ad_, AttributeSet(cloud.ever_filled));
    for (const AttributeVerdict& v : verdicts) {
      if (v.case_only) ++result_.case_only[static_cast<std::size_t>(index(v.edit.attribute))];
    }
    if (std::none_of(verdicts.begin(), verdicts.end(),
                     [](const AttributeVerdict& v) { return v.has_edit(); })) {
      ++result_.equal;
      return;
    }
    classify_edits(verdicts, ad.flags);
  }

  // What of the edits becomes a change, and what is refused or held.
  void classify_edits(std::span<const AttributeVerdict> verdicts, std::uint32_t ad_flags) {
    const WholeVerdict whole = policy_.verdict(ad_flags, ad_.name);
    std::vector<Edit> edits, all;
    Candidate candidate;
    const std::size_t rejects = result_.rejected.size();
    for (const AttributeVerdict& v : verdicts) {
      if (!v.has_edit()) continue;
      all.push_back(v.edit);
      if (!whole.may_be_written()) {
        edits.push_back(v.edit);
      } else if (v.refusal == Refusal::kNone && v.hold == Hold::kNone) {
        edits.push_back(v.edit);
        add_facts(v, candidate);
      } else {
        reject({&v.edit, 1}, v.refusal, v.hold, v.detail);
      }
    }
    if (!whole.may_be_written()) {
      reject(edits, whole.refusal, whole.hold, std::string(whole.detail));
    } else if (!edits.empty()) {
      candidate.anchor = ad_.anchor;
      candidate.change = encoded(edits);
      candidate.moves = address_moves(ad_, edits);
      result_.candidates.push_back(std::move(candidate));
    }
    if (result_.rejected.size() > rejects) hold_edit(all);
  }

  static void add_facts(const AttributeVerdict& v, Candidate& candidate) {
    const Attribute a = v.edit.attribute;
    ChangeFacts& facts = candidate.facts;
    if (v.clears) facts.clears.add(a);
    if (v.clears && v.first_sight) candidate.first_sight.add(a);
    if (v.loses) facts.loses.add(a);
    if (v.replaces_primary) facts.replaces_primary.add(a);
    const bool type = kTypeAttributes.contains(a);
    if (v.overwrites && type) facts.retypes = true;
    if (v.overwrites && !type) facts.overwrites.add(a);
    if (v.overwrites || v.replaces_primary || (v.loses && !v.edit.adds.empty())) {
      facts.rewrites.add(a);
    }
  }

  // What the mailbox would have given up, had all its edits been made.
  void hold_edit(std::span<const Edit> edits) {
    for (const AddressMove& move : address_moves(ad_, edits)) {
      if (!move.gained) result_.withheld.push_back({move.address, ad_.anchor});
    }
  }

  void reject(std::span<const Edit> edits, Refusal refusal, Hold hold, const std::string& detail) {
    result_.rejected.push_back({ad_.anchor, refusal, hold, detail, encoded(edits)});
  }

  std::string encoded(std::span<const Edit> edits) const {
    Change change;
    change.anchor = ad_.anchor;
    change.object_guid = ad_.object_guid;
    change.dn = ad_.name;
    change.edits.assign(edits.begin(), edits.end());
    std::string out;
    encode(change, out);
    return out;
  }

  static void read(RecordCursor& records, const Anchor& anchor, Mailbox& m) {
    const auto record = records.find(anchor);
    if (!record) {
      throw StoreError("the store has a fingerprint but no record of " + to_guid(anchor) +
                       "; load the inputs again");
    }
    decode(*record, m);
  }

  const Scope& scope_;
  const MailboxPolicy& policy_;
  const FingerprintRule rule_;
  Comparer comparer_;
  RowCursor<Fingerprint> cloud_rows_, ad_rows_;
  RecordCursor cloud_records_, ad_records_, others_;
  const bool has_base_;
  Mailbox cloud_, ad_;
  DiffResult result_;
};

template <typename T>
void move_all(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void add(DiffResult& part, DiffResult& all) {
  all.cloud_mailboxes += part.cloud_mailboxes;
  all.ad_mailboxes += part.ad_mailboxes;
  all.in_scope += part.in_scope;
  all.matched += part.matched;
  all.equal += part.equal;
  all.compared += part.compared;
  all.cloud_only += part.cloud_only;
  all.ad_only += part.ad_only;
  all.untranslated += part.untranslated;
  all.pairs += part.pairs;
  for (std::size_t a = 0; a < all.case_only.size(); ++a) all.case_only[a] += part.case_only[a];
  for (std::size_t a = 0; a < all.holders.size(); ++a) all.holders[a] += part.holders[a];
  all.outside_base += part.outside_base;
  move_all(part.candidates, all.candidates);
  move_all(part.rejected, all.rejected);
  move_all(part.withheld, all.withheld);
  move_all(part.unmatched, all.unmatched);
}

// What the loads refused: names the claimants of ambiguous anchors, adds the bad anchors in scope.
void add_refused_records(const Store& store, const SnapshotDescription& cloud,
                         const SnapshotDescription& ad, const Scope& scope, DiffResult& result) {
  std::vector<RefusedRecord> refused = refused_records(store, cloud.generation);
  move_all(*std::make_unique<std::vector<RefusedRecord>>(refused_records(store, ad.generation)),
           refused);
  for (Rejected& r : result.rejected) {
    if (r.refusal != Refusal::kAmbiguousAnchor) continue;
    std::string names;
    for (const RefusedRecord& n : refused) {
      if (n.why != RecordRefusal::kAmbiguousAnchor || n.anchor != r.anchor) continue;
      names += (names.empty() ? "" : "; ") + (n.name.empty() ? n.id : n.name);
    }
    r.detail += names;
  }
  for (const RefusedRecord& n : refused) {
    if (n.why != RecordRefusal::kBadAnchor || !scope.contains(n.flags, Anchor{})) continue;
    result.rejected.push_back({Anchor{},
                               Refusal::kBadAnchor,
                               Hold::kNone,
                               n.detail + ": " + n.name + " (" + n.id + ")",
                               {}});
  }
}

}  // namespace

DiffResult diff(const Store& store, const SnapshotDescription& cloud, const SnapshotDescription& ad,
                const Scope& scope, const DiffOptions& options, Progress& progress) {
  const MailboxPolicy policy(options);
  progress.start(Stage::kDiff, cloud.mailboxes);
  std::vector<DiffResult> parts(kShardCount);
  tbb::parallel_for(0, kShardCount, [&](int shard) {
    DiffResult& part = parts[static_cast<std::size_t>(shard)];
    part = ShardDiff(store, cloud, ad, scope, options, policy, shard).run();
    progress.add(Stage::kDiff, part.cloud_mailboxes);
  });
  DiffResult result;
  for (DiffResult& part : parts) add(part, result);
  std::sort(result.withheld.begin(), result.withheld.end());
  std::stable_sort(result.unmatched.begin(), result.unmatched.end(),
                   [](const Unmatched& a, const Unmatched& b) { return a.side < b.side; });
  if (cloud.ambiguous + ad.ambiguous + cloud.bad_anchors > 0) {
    add_refused_records(store, cloud, ad, scope, result);
  }
  return result;
}

}  // namespace trueup
