// SPDX-License-Identifier: Apache-2.0
// The second pass of a cloud load: of what the feeds say about one id, in stream order, the
// mailbox. Graph first: the last whole record, with the changes of later deltas over it, unless
// @removed came last; then the EXO records, property by property. One Joiner a thread; called by
// engine/load/load_cloud.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/build/snapshot_builder.h"
#include "engine/load/staging/staged_item.h"
#include "snapshots/store/rows.h"

namespace trueup {

/// Counts of one Joiner.
struct JoinCounts {
  std::uint64_t graph_users = 0;
  std::uint64_t exo_mailboxes = 0;
  std::uint64_t exo_alone = 0;
  Anchor alone_key;      // of the example: the least one
  std::string alone_id;  // its ExternalDirectoryObjectId
  std::uint64_t without_flag =
      0;  // EXO mailboxes with an anchor whose IsExchangeCloudManaged is not told
  std::string without_flag_id;     // the least of them
  std::uint64_t told_in_part = 0;  // users that came again without their anchor
  std::uint64_t without_anchor = 0;
  std::uint64_t bad_anchors = 0;
  std::uint64_t disagreements = 0;
  std::vector<RefusedRecord> refused;
};

/// What is stored of one id beside its mailbox.
struct IdRecords {
  IdRow row;
  std::string unanchored;  // the record of a user without an anchor, else ""
  /// The Graph user's own record where the mailbox does not tell it (EXO said otherwise), else "":
  /// what a later delta is put on.
  std::string graph;
};

class Joiner {
 public:
  Joiner(const CommonFacts& facts, Spool& by_anchor) : facts_(facts), writer_(by_anchor) {}

  /// The items of one id: Graph users first, each kind in stream order. `out` is overwritten.
  void join(const Staged* first, const Staged* last, IdRecords& out);
  void flush() { writer_.flush(); }
  JoinCounts& counts() { return counts_; }

 private:
  /// The Graph user as it stands after the last item.
  struct User {
    Fingerprint fingerprint;
    std::string_view record;
    std::uint64_t order = 0;
    const StagedHeader* staged = nullptr;  // where it is an item as it is
  };

  User user_of(const Staged* first, const Staged* exo);
  void put_changes_on(const Staged* first, const Staged* end);
  void apply_delta(const Mailbox& changes);
  void leave_out_unsupplied(const Staged& base);
  void record_exo_only(const Staged& exo);
  void keep_unanchored(const User& user, const Staged* exo, const Staged* last, IdRecords& out);
  void pass_on_merged(const User& user, const Staged* exo, const Staged* last, IdRecords& out);
  void overlay_exo(const Staged& exo, Fingerprint& fingerprint);
  void count_disagreements(const Mailbox& exo);
  /// Notes in the merged record of which attributes EXO's value is a damaged one of Graph's.
  void mark_damaged(Fingerprint& fingerprint);
  bool is_part_of(const Staged& whole, const Staged& again) const;
  void count_missing_flag(std::uint32_t flags, std::string_view id);
  bool equals_graph();
  template <typename Visit>
  void for_each_difference(AttributeSet attributes, const Mailbox& a, const Mailbox& b,
                           Visit visit);
  AttributeSet supplied_by(const Fingerprint& user) const;

  const CommonFacts facts_;
  Spool::Writer writer_;
  JoinCounts counts_;
  std::vector<const Staged*> changes_;
  std::string user_record_, record_, next_record_;
  AttributeSet overridden_;  // by the EXO records so far
  Mailbox graph_, below_, above_, merged_, single_;
};

}  // namespace trueup
