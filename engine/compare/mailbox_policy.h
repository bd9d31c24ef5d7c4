// SPDX-License-Identifier: Apache-2.0
// What keeps a mailbox from being written as a whole, whatever differs: it still lives on premises,
// stands in an excluded subtree, or is a protected object. Read by all threads of a diff, and by
// `show`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/compare/diff_options.h"
#include "engine/compare/refusal.h"
#include "snapshots/model/dn_subtree.h"

namespace trueup {

struct WholeVerdict {
  Refusal refusal = Refusal::kNone;
  Hold hold = Hold::kNone;  // instead of a refusal
  std::string_view detail;
  bool may_be_written() const { return refusal == Refusal::kNone && hold == Hold::kNone; }
};

class MailboxPolicy {
 public:
  /// Throws UsageError for an exclude that is neither a DN nor a canonical name.
  explicit MailboxPolicy(const DiffOptions& options);

  /// `ad_flags`: MailboxFlag bits of the AD object; `dn`: its own.
  WholeVerdict verdict(std::uint32_t ad_flags, std::string_view dn) const;

 private:
  std::vector<DnSubtree> excluded_;
  bool allow_on_prem_;
  bool protect_admins_;
};

/// `options.exclude` as subtrees, each folded so that it takes more rather than less.
std::vector<DnSubtree> excluded_subtrees(const DiffOptions& options);

}  // namespace trueup
