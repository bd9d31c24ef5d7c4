// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/mailbox_policy.h"

#include <algorithm>

#include "snapshots/model/errors.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

std::vector<DnSubtree> excluded_subtrees(const DiffOptions& options) {
  std::vector<DnSubtree> subtrees;
  for (const std::string& text : options.exclude) {
    try {
      subtrees.emplace_back(text, DnFold::kWidest);
    } catch (const UsageError& error) {
      throw UsageError(std::string("--exclude: ") + error.what());
    }
  }
  return subtrees;
}

MailboxPolicy::MailboxPolicy(const DiffOptions& options)
    : excluded_(excluded_subtrees(options)),
      allow_on_prem_(options.allow_on_prem_mailboxes),
      protect_admins_(options.protect_admin_count) {}

WholeVerdict MailboxPolicy::verdict(std::uint32_t ad_flags, std::string_view dn) const {
  if ((ad_flags & kOnPremMailbox) != 0 && !allow_on_prem_) {
    return {Refusal::kOnPremMailbox, Hold::kNone, "the AD object still hosts a mailbox"};
  }
  if (std::ranges::any_of(excluded_, [&](const DnSubtree& e) { return e.contains(dn); })) {
    return {Refusal::kNone, Hold::kExcluded, {}};
  }
  if (protect_admins_ && (ad_flags & kAdminCount) != 0) {
    return {Refusal::kNone, Hold::kAdminCount, {}};
  }
  return {};
}

}  // namespace trueup
