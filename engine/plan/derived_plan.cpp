// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/derived_plan.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "engine/plan/plan_file.h"
#include "engine/plan/same_values.h"
#include "io/ldif/ldif_writer.h"
#include "snapshots/model/canonical.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

// Another value than ASCII case and prefix case make of it.
bool comes_back(std::string_view value, const std::vector<std::string_view>& adds) {
  return std::ranges::any_of(
      adds, [&](std::string_view added) { return equal_ignoring_ascii_case(added, value); });
}

std::string_view smtp_primary(const std::vector<std::string_view>& values) {
  for (std::string_view value : values) {
    const ProxyAddress address = parse_proxy_address(value);
    if (address.type == ProxyAddress::Type::kSmtp && address.primary) return address.address;
  }
  return {};
}

ChangeFacts facts_of(const Change& change) {
  ChangeFacts facts;
  for (const Edit& e : change.edits) {
    if (!e.deletes.empty() && e.adds.empty() && !traits(e.attribute).multi_valued) {
      facts.clears.add(e.attribute);
    }
    const bool loses =
        std::ranges::any_of(e.deletes, [&](std::string_view v) { return !comes_back(v, e.adds); });
    if (loses && (traits(e.attribute).multi_valued || e.adds.empty())) facts.loses.add(e.attribute);
    const bool single = !traits(e.attribute).multi_valued;
    const bool replaces = !e.deletes.empty() && !e.adds.empty();
    if (e.attribute == Attribute::kMail && replaces) facts.replaces_primary.add(e.attribute);
    if (single && replaces && loses) {
      const bool type = kTypeAttributes.contains(e.attribute);
      facts.retypes = facts.retypes || type;
      if (!type) facts.overwrites.add(e.attribute);
    }
    if (e.attribute == Attribute::kProxyAddresses) {
      const std::string_view was = smtp_primary(e.deletes);
      const std::string_view is = smtp_primary(e.adds);
      if (!was.empty() && !is.empty() && !equal_ignoring_ascii_case(was, is)) {
        facts.replaces_primary.add(e.attribute);
      }
    }
  }
  return facts;
}

void count(const Change& change, const ChangeFacts& facts, Plan& plan) {
  for (const Edit& e : change.edits) {
    AttributeCounts& c = plan.counts[static_cast<std::size_t>(index(e.attribute))];
    ++(facts.clears.contains(e.attribute) ? c.clear
       : e.deletes.empty()                ? c.add
       : e.adds.empty()                   ? c.remove
                                          : c.replace);
  }
  plan.losing += facts.loses.empty() ? 0 : 1;
  plan.replaced += facts.replaces_primary.empty() ? 0 : 1;
}

/// A change on its way into the plan.
struct Taken {
  std::string record;  // encoded, with its old number and edges
  std::uint32_t old_number = 0;
};

/// What `part_of` gives of each change of the run with an outcome, in plan order.
std::vector<Taken> take_parts(
    Store& store, std::uint64_t run,
    const std::function<std::optional<Change>(const Change&, const JournalEntry&)>& part_of) {
  const Journal journal(store, run);
  std::vector<Taken> taken;
  PlanCursor cursor(store, run);
  Change change;
  journal.read([&](const JournalEntry& entry) {
    cursor.seek(entry.number);
    if (!cursor.next(change) || change.number != entry.number) return;
    const std::optional<Change> part = part_of(change, entry);
    if (!part || part->edits.empty()) return;
    Taken& t = taken.emplace_back();
    t.old_number = entry.number;
    encode(*part, t.record);
  });
  return taken;
}

/// With new numbers from 1 in the order given, and the edges among those taken.
Plan as_plan(const std::vector<Taken>& taken, bool reverse_edges) {
  std::unordered_map<std::uint32_t, std::uint32_t> new_numbers;
  for (const Taken& t : taken) {
    new_numbers.emplace(t.old_number, static_cast<std::uint32_t>(new_numbers.size() + 1));
  }
  std::vector<std::vector<std::uint32_t>> after(taken.size());
  Change change;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    decode(taken[i].record, change);
    for (const std::uint32_t giver : change.after) {
      const auto found = new_numbers.find(giver);
      if (found == new_numbers.end()) continue;  // done, or never to be: nothing to wait for
      if (reverse_edges) {
        after[found->second - 1].push_back(static_cast<std::uint32_t>(i + 1));
      } else {
        after[i].push_back(found->second);
      }
    }
  }
  Plan plan;
  SameValueCounter same_values;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    decode(taken[i].record, change);
    change.number = static_cast<std::uint32_t>(i + 1);
    std::ranges::sort(after[i]);
    change.after = after[i];
    const ChangeFacts facts = facts_of(change);
    count(change, facts, plan);
    plan.facts.push_back(facts);
    plan.by_mailbox.push_back(plan_fact(change.anchor, facts));
    same_values.add(change);
    encode(change, plan.changes.emplace_back());
  }
  plan.same_value = same_values.most();
  merge_facts(plan.by_mailbox);
  plan.mailboxes = plan.by_mailbox.size();  // a cut cycle gives one mailbox two changes
  return plan;
}

std::string header(std::string_view what, std::string_view note, const RunDescription& run,
                   const DirectoryIdentity& directory, const Plan& plan) {
  std::string out;
  append_ldif_version(out);
  append_ldif_comment(out, "trueup-plan", std::to_string(kPlanFormat));
  append_ldif_comment(out, what, run.plan_digest);
  append_ldif_comment(out, "", note);
  append_directory(directory, out);
  append_ldif_comment(out, "changes", std::to_string(plan.changes.size()));
  return out;
}

}  // namespace

Plan undo_plan(Store& store, const RunDescription& run) {
  std::vector<Taken> taken =
      take_parts(store, run.run, [](const Change& change, const JournalEntry& entry) {
        std::optional<Change> part = acknowledged_part(change, entry);
        if (part) {
          for (Edit& e : part->edits) std::swap(e.deletes, e.adds);
          part->after = change.after;
        }
        return part;
      });
  std::ranges::reverse(taken);
  return as_plan(taken, true);
}

Plan rejects_plan(Store& store, const RunDescription& run) {
  return as_plan(
      take_parts(store, run.run,
                 [](const Change& change, const JournalEntry& entry) -> std::optional<Change> {
                   if (entry.verdict == Verdict::kDone || entry.verdict == Verdict::kAlready) {
                     return std::nullopt;
                   }
                   Change rest = change;
                   const std::optional<Change> part = acknowledged_part(change, entry);
                   if (!part) return rest;
                   std::erase_if(rest.edits, [&](const Edit& e) {
                     return std::ranges::find(part->edits, e.attribute, &Edit::attribute) !=
                            part->edits.end();
                   });
                   return rest;
                 }),
      false);
}

std::string why_not_all(Store& store, const RunDescription& run, const Plan& undo,
                        std::size_t in_doubt) {
  if (in_doubt > 0) return std::to_string(in_doubt) + " of its changes are in doubt";
  std::uint64_t acknowledged = 0;
  std::uint64_t already = 0;
  Journal(store, run.run).read([&](const JournalEntry& entry) {
    if (entry.verdict == Verdict::kAlready) ++already;
    if (entry.verdict == Verdict::kDone || !entry.acknowledged.empty()) ++acknowledged;
  });
  // What the run's own record has and the journal has not, was lost there.
  const std::uint64_t done = run.done - std::min(run.done, already);
  const std::uint64_t written = std::max(acknowledged, done);
  if (written <= undo.changes.size()) return {};
  return "of " + std::to_string(written) + " changes that wrote, " +
         std::to_string(undo.changes.size()) + " are taken back";
}

void allow_undo_losses(const std::string& not_all, std::vector<GuardReading>& readings) {
  const auto losing = std::ranges::find(readings, "losing", &GuardReading::guard);
  const auto fired = std::ranges::count_if(readings, &GuardReading::fired);
  if (losing == readings.end() || !losing->fired) return;
  if (!not_all.empty()) {
    losing->meaning += "; the undo does not cover all that the run wrote: " + not_all;
  } else if (fired == 1) {
    losing->fired = false;
  }
}

std::string undo_header(const RunDescription& run, const DirectoryIdentity& directory,
                        const Plan& plan) {
  return header("undo-of",
                "The next run makes these changes again, unless its scope or the source "
                "changes.",
                run, directory, plan);
}

std::string rejects_header(const RunDescription& run, const DirectoryIdentity& directory,
                           const Plan& plan) {
  return header("rejects-of", "What the directory did not take.", run, directory, plan);
}

}  // namespace trueup
