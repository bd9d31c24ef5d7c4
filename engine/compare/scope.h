// SPDX-License-Identifier: Apache-2.0
// Which cloud mailboxes a run may touch. Made once a diff; then read by all threads.
#pragma once

#include <string>
#include <vector>

#include "engine/compare/diff_options.h"
#include "engine/compare/scope_list.h"
#include "snapshots/model/fingerprint.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Where the export has IsExchangeCloudManaged, a mailbox without it is a defect for the scope that
/// goes by it: "not told" must not count as "not managed". Adds to `warnings`; throws InputError
/// for more than `max_defects` of the mailboxes.
void require_flags(const SnapshotDescription& cloud, const DiffOptions& options, double max_defects,
                   std::vector<std::string>& warnings);

class Scope {
 public:
  /// `list`: what options.scope_list holds, where the scope is a list. Throws UsageError if the
  /// scope cannot be established: no feed supplies the flag it goes by, the list names nothing or
  /// nothing that is there, or a DN in it holds nothing.
  Scope(const Store& store, const SnapshotDescription& cloud, const SnapshotDescription& ad,
        const DiffOptions& options, const ScopeList& list);

  bool contains(const Fingerprint& cloud) const { return contains(cloud.flags, cloud.anchor); }
  bool contains(std::uint32_t flags, const Anchor& anchor) const;

  /// Lines of the list that name no cloud mailbox.
  const std::vector<std::string>& unknown_lines() const { return unknown_lines_; }

 private:
  void read_list(const Store& store, const SnapshotDescription& cloud,
                 const SnapshotDescription& ad, const ScopeList& list, const std::string& path);
  struct ListedNames;
  void resolve_addresses(const Store& store, const SnapshotDescription& cloud,
                         std::vector<std::pair<std::string, std::string>>& addresses);
  void resolve_ad_names(const Store& store, const SnapshotDescription& ad, ListedNames& names);

  ScopeKind kind_;
  std::vector<Anchor> listed_;  // sorted
  std::vector<std::string> unknown_lines_;
};

}  // namespace trueup
