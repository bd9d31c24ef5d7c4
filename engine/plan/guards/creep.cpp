// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/creep.h"

#include <array>
#include <string>

#include "engine/plan/guards/limits.h"
#include "snapshots/model/attribute.h"

namespace trueup {
namespace {

// Kinds of change, each counted for itself: one for all, one a PlanFactKind, two an attribute.
constexpr std::size_t kChanged = 0;
constexpr std::size_t kLosing = 1;
constexpr std::size_t kReplaced = 2;
constexpr std::size_t kTypes = 3;
constexpr std::size_t kCleared = 4;
constexpr std::size_t kOverwritten = kCleared + kAttributeCount;
constexpr std::size_t kKinds = kOverwritten + kAttributeCount;

using Counts = std::array<std::uint64_t, kKinds>;

template <typename Visit>
void for_each_kind(const PlanFact& f, Visit visit) {
  visit(kChanged);
  if ((f.kinds & kFactLosing) != 0) visit(kLosing);
  if ((f.kinds & kFactReplaced) != 0) visit(kReplaced);
  if ((f.kinds & kFactTypes) != 0) visit(kTypes);
  for (int a = 0; a < kAttributeCount; ++a) {
    const auto at = static_cast<std::size_t>(a);
    if (AttributeSet(f.clears).contains(attribute_at(a))) visit(kCleared + at);
    if (AttributeSet(f.overwrites).contains(attribute_at(a))) visit(kOverwritten + at);
  }
}

Counts count(const std::vector<PlanFact>& facts) {
  Counts counts{};
  for (const PlanFact& f : facts) for_each_kind(f, [&](std::size_t kind) { ++counts[kind]; });
  return counts;
}

std::string name_of(std::size_t kind) {
  switch (kind) {
    case kChanged: return "changed";
    case kLosing: return "losing";
    case kReplaced: return "replaced";
    case kTypes: return "types";
    default: break;
  }
  const bool clears = kind < kOverwritten;
  const auto a = static_cast<int>(kind - (clears ? kCleared : kOverwritten));
  return (clears ? "cleared " : "overwritten ") + std::string(traits(attribute_at(a)).name);
}

std::uint64_t limit_of(std::size_t kind, std::uint64_t matched, const GuardOptions& options) {
  if (kind == kChanged) {
    return creep_limit_of_changed(options.creep,
                                  plan_limit(options.changed, matched, kCapOfChanged), matched);
  }
  const bool severe = kind < kCleared;
  const Threshold& one = kind == kLosing       ? options.losing
                         : kind == kReplaced   ? options.replaced
                         : kind == kTypes      ? options.types
                         : kind < kOverwritten ? options.cleared
                                               : options.overwritten;
  const std::uint64_t limit = severe ? severe_limit(one, matched) : plan_limit(one, matched, kCap);
  return creep_limit(options.creep, one, limit, matched);
}

/// The first of this plan's own.
std::vector<std::string> examples(const Plan& plan, std::size_t kind) {
  std::vector<std::string> dns;
  Change change;
  for (std::size_t i = 0; i < plan.changes.size() && dns.size() < kGuardExamples; ++i) {
    bool is_one = false;
    for_each_kind(plan_fact({}, plan.facts[i]), [&](std::size_t k) { is_one |= k == kind; });
    if (!is_one) continue;
    decode(plan.changes[i], change);
    dns.emplace_back(change.dn);
  }
  return dns;
}

}  // namespace

std::vector<GuardReading> read_creep(const Plan& plan, const std::vector<PlanFact>& written,
                                     std::uint64_t matched, const GuardOptions& options) {
  const std::vector<PlanFact>& now = plan.by_mailbox;
  std::vector<GuardReading> readings;
  if (now.empty() || written.empty()) return readings;
  std::vector<PlanFact> both = written;
  both.insert(both.end(), now.begin(), now.end());
  merge_facts(both);
  const Counts of_now = count(now);
  const Counts before = count(written);
  const Counts distinct = count(both);
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (of_now[kind] == 0 || before[kind] == 0) continue;
    GuardReading r =
        ceiling("creep " + name_of(kind), distinct[kind], limit_of(kind, matched, options),
                "distinct mailboxes, in this plan and in what was written in the "
                "last " +
                    std::to_string(options.creep_days) + " days");
    if (r.fired) r.examples = examples(plan, kind);
    readings.push_back(std::move(r));
  }
  return readings;
}

}  // namespace trueup
