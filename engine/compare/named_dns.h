// SPDX-License-Identifier: Apache-2.0
// Whether the DNs that an operator named hold anything of what was loaded. One that is mistyped
// protects nothing, and nobody would see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/compare/diff_options.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/store/containers.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// What one AD snapshot has below DNs. Reads the objects themselves only for a DN that is no
/// container's.
class NamedDns {
 public:
  NamedDns(const Store& store, std::uint64_t ad_generation);

  /// Whether an object or a container of the snapshot is in the subtree.
  bool holds(const DnSubtree& subtree) const;
  /// Users of the snapshot in the subtree.
  std::uint64_t users(const DnSubtree& subtree) const;
  std::string nearest(std::string_view text) const { return nearest_dn(text, containers_); }

 private:
  enum class Kind : std::uint8_t { kNone, kUser, kOther };
  Kind object_named(const DnSubtree& subtree) const;

  const Store& store_;
  const std::uint64_t generation_;
  const std::vector<Container> containers_;
};

/// Users that each of options.exclude holds in `ad`, and held in `last`, the last accepted load.
struct ExcludedCount {
  std::string exclude;
  std::uint64_t now = 0;
  std::optional<std::uint64_t> before;
};

/// Throws UsageError for an exclude that holds nothing, unless it held something before: then it is
/// a guard's to stop.
std::vector<ExcludedCount> count_excluded(const Store& store, const SnapshotDescription& ad,
                                          const std::optional<SnapshotDescription>& last,
                                          const DiffOptions& options);

/// Throws UsageError if options.base is not what `ad` was loaded from.
void check_base(const SnapshotDescription& ad, const DiffOptions& options);

}  // namespace trueup
