// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/named_dns.h"

#include <algorithm>

#include "engine/compare/mailbox_policy.h"
#include "snapshots/model/errors.h"
#include "snapshots/model/mailbox.h"
#include "snapshots/store/table.h"

namespace trueup {

NamedDns::NamedDns(const Store& store, std::uint64_t ad_generation)
    : store_(store), generation_(ad_generation), containers_(containers_of(store, ad_generation)) {}

/// The subtree of a single object, which is a leaf.
NamedDns::Kind NamedDns::object_named(const DnSubtree& subtree) const {
  if (!may_be_object(subtree, containers_)) return Kind::kNone;
  Mailbox m;
  for (const Table table : {Table::kRecords, Table::kOthers}) {
    TableCursor cursor(store_, table_prefix(snapshot_prefix(generation_), table));
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
      decode(cursor.value(), m);
      if (subtree.names(m.name)) return table == Table::kRecords ? Kind::kUser : Kind::kOther;
    }
  }
  return Kind::kNone;
}

bool NamedDns::holds(const DnSubtree& subtree) const {
  return any_in(subtree, containers_) || object_named(subtree) != Kind::kNone;
}

std::uint64_t NamedDns::users(const DnSubtree& subtree) const {
  if (any_in(subtree, containers_)) return users_in(subtree, containers_);
  return object_named(subtree) == Kind::kUser ? 1 : 0;
}

std::vector<ExcludedCount> count_excluded(const Store& store, const SnapshotDescription& ad,
                                          const std::optional<SnapshotDescription>& last,
                                          const DiffOptions& options) {
  std::vector<ExcludedCount> counts;
  const std::vector<DnSubtree> excluded = excluded_subtrees(options);
  if (excluded.empty()) return counts;
  const NamedDns now(store, ad.generation);
  std::optional<NamedDns> before;
  if (last) before.emplace(store, last->generation);
  for (const DnSubtree& subtree : excluded) {
    ExcludedCount& count = counts.emplace_back();
    count.exclude = subtree.text();
    count.now = now.users(subtree);
    if (before) count.before = before->users(subtree);
    if (count.now > 0 || count.before.value_or(0) > 0 || now.holds(subtree)) continue;
    throw UsageError("--exclude " + subtree.text() +
                     " holds nothing of what was loaded of AD, so "
                     "it protects nothing; the nearest DN that is there is " +
                     now.nearest(subtree.text()));
  }
  return counts;
}

void check_base(const SnapshotDescription& ad, const DiffOptions& options) {
  if (options.base.empty() || options.base == ad.base_dn) return;
  const DnSubtree wanted(options.base, DnFold::kLdap);
  if (!ad.base_dn.empty()) {
    const DnSubtree loaded(ad.base_dn, DnFold::kLdap);
    if (wanted.covers(loaded) && loaded.covers(wanted)) return;
  }
  throw UsageError("--base is " + options.base + ", and the AD snapshot was loaded " +
                   (ad.base_dn.empty() ? "without one" : "from " + ad.base_dn) +
                   "; load AD again, with that base");
}

}  // namespace trueup
