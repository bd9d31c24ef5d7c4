// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "io/bytes/visible_text.h"
#include "tools/commands/grouped.h"
#include "tools/commands/run_notes.h"

namespace trueup {
namespace {

std::string sides(const Report& r) {
  std::string out;
  const auto side = [&](const char* name, const SnapshotDescription& d) {
    if (d.generation == 0) return;
    out += fmt::format("{:<6} {:>12} mailboxes   generation {}   {}\n", name, grouped(d.mailboxes),
                       d.generation, visible(d.source));
    if (d.defects > 0) {
      out += fmt::format("       {:>12} of {} records could not be read\n", grouped(d.defects),
                         grouped(d.records));
    }
    if (d.exo_soft_deleted > 0) {
      out += fmt::format(
          "       {:>12} inactive or soft-deleted mailboxes of the Exchange export "
          "were passed over\n",
          grouped(d.exo_soft_deleted));
    }
    if (d.disagreements > 0) {
      out += fmt::format(
          "       {:>12} values differ between Graph and Exchange; Exchange's are "
          "taken\n",
          grouped(d.disagreements));
    }
  };
  side("cloud", r.cloud);
  side("ad", r.ad);
  if (r.ad.generation != 0) {
    const DirectoryIdentity directory = directory_of(r.ad);
    out += fmt::format("       {:>12} {}{}\n", "of", visible(directory.naming_context),
                       directory.head_guid ? " (" + to_guid(*directory.head_guid) + ")" : "");
  }
  return out;
}

std::string counts(const DiffResult& d) {
  std::string out = fmt::format(
      "\nin scope {}, matched {}, equal {}\ncloud-only {} (in scope without an AD object), AD-only "
      "{} (no cloud mailbox)\n",
      grouped(d.in_scope), grouped(d.matched), grouped(d.equal), grouped(d.cloud_only),
      grouped(d.ad_only));
  if (d.outside_base > 0) {
    out += fmt::format("{} in scope whose AD object is outside of the base\n",
                       grouped(d.outside_base));
  }
  if (d.untranslated > 0) {
    out +=
        fmt::format("{} of a type without a Remote* twin: their recipient types are not managed\n",
                    grouped(d.untranslated));
  }
  return out;
}

std::string attribute_table(const Plan& plan) {
  std::string out =
      fmt::format("\n{:<32}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}\n", "attribute", "add", "remove",
                  "replace", "clear", "case only", "held", "refused");
  bool any = false;
  for (int i = 0; i < kAttributeCount; ++i) {
    const AttributeCounts& c = plan.counts[static_cast<std::size_t>(i)];
    if (c.add + c.remove + c.replace + c.clear + c.case_only + c.held + c.refused == 0) continue;
    any = true;
    out += fmt::format("{:<32}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}\n", traits(attribute_at(i)).name,
                       grouped(c.add), grouped(c.remove), grouped(c.replace), grouped(c.clear),
                       grouped(c.case_only), grouped(c.held), grouped(c.refused));
  }
  if (!any) out = "\nnothing differs\n";
  return out;
}

std::string reasons(const Plan& plan) {
  std::map<std::string, std::uint64_t> refused, held;
  for (const Rejected& r : plan.rejected) {
    if (r.hold == Hold::kNone) {
      ++refused[std::string(to_string(r.refusal))];
    } else {
      ++held[std::string(to_string(r.hold))];
    }
  }
  std::string out;
  const auto line = [&](const char* what, const auto& list, std::uint64_t mailboxes) {
    if (list.empty()) return;
    out += fmt::format("{} {} mailboxes:", what, grouped(mailboxes));
    for (const auto& [reason, count] : list) out += fmt::format(" {} {}", reason, grouped(count));
    out += '\n';
  };
  line("refused for", refused, plan.refused_mailboxes);
  line("held for", held, plan.held_mailboxes);
  return out;
}

std::string kind_of(const GuardReading& g) { return g.guard.substr(0, g.guard.find(' ')); }

/// Of 26 attributes that are far from their limits, the one that is nearest is enough.
bool is_nearest_of_its_kind(const GuardReading& g, const std::vector<GuardReading>& guards) {
  const auto nearness = [](const GuardReading& r) {
    return static_cast<double>(r.value + 1) / static_cast<double>(r.limit + 1);
  };
  const GuardReading* nearest = nullptr;
  for (const GuardReading& other : guards) {
    if (other.fired || kind_of(other) != kind_of(g)) continue;
    if (nearest == nullptr || nearness(other) > nearness(*nearest)) nearest = &other;
  }
  return nearest == &g;
}

bool is_of_attribute(const GuardReading& g) {
  const std::size_t blank = g.guard.find(' ');
  return blank != std::string::npos && attribute_by_name(g.guard.substr(blank + 1)).has_value();
}

std::string guard_table(const std::vector<GuardReading>& guards) {
  std::string out = fmt::format("\n{:<44}{:>12}{:>14}\n", "guard", "reading", "limit");
  bool first_load = false;
  for (const GuardReading& g : guards) {
    if (g.no_history) {
      first_load = true;
      continue;
    }
    if (!g.cannot_tell.empty()) {
      out += fmt::format("{:<44}   cannot tell: {}\n", g.guard, g.cannot_tell);
      continue;
    }
    if (!g.fired && is_of_attribute(g) && !is_nearest_of_its_kind(g, guards)) continue;
    const std::string limit = (g.at_least ? ">= " : "<= ") + grouped(g.limit);
    out += fmt::format("{:<44}{:>12}{:>14}{}\n", g.guard, grouped(g.value), limit,
                       g.accepted ? "   accepted: " + visible(g.meaning)
                       : g.fired  ? "   STOPPED: " + visible(g.meaning)
                                  : "");
    if (g.fired && !g.remedy.empty()) out += "    " + g.remedy + "\n";
    for (const std::string& example : g.examples) out += "    " + visible(example) + "\n";
  }
  if (first_load) out += "no history: counts are not compared with an earlier run\n";
  return out;
}

std::string taken_addresses(const Report& r) {
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < r.taken.size() && i < kShown; ++i) {
    out += "    " + visible(r.taken[i]) + "\n";
  }
  return out;
}

std::string applied_dry(const Report& r) {
  const ApplyResult& a = *r.applied;
  std::string out = "\ndry run: nothing was sent";
  if (!r.directory.empty()) {
    out += "; every check up to the first write was made at " + r.directory;
  }
  out += fmt::format(
      "\nwould be written {}, would be rejected {} ({} as somebody else holds an "
      "address), would not be sent as they depend on those {}\n",
      grouped(a.done), grouped(a.rejected + a.address_taken), grouped(a.address_taken),
      grouped(a.depends_on));
  if (a.conflict > 0) {
    out += fmt::format(
        "would be in conflict {}: somebody gave the object another primary address, "
        "or changed it otherwise\n",
        grouped(a.conflict));
  }
  for (const std::string& why : a.refused_attributes) {
    if (!why.empty()) out += "refused for the whole run: " + visible(why) + "\n";
  }
  out += taken_addresses(r);
  if (!a.stop_message.empty()) out += "would stop early: " + a.stop_message + "\n";
  return out;
}

std::string applied(const Report& r) {
  const ApplyResult& a = *r.applied;
  if (r.dry_run) return applied_dry(r);
  std::string out = fmt::format(
      "\ndone {}, already {}, rejected {}, in conflict {}, not sent (depends on those) {}, "
      "unknown {}\n",
      grouped(a.done), grouped(a.already), grouped(a.rejected + a.address_taken),
      grouped(a.conflict), grouped(a.depends_on), grouped(a.unknown));
  if (a.address_taken > 0) {
    out += fmt::format("rejected as somebody else holds an address of them: {}; {}/rejects.ldif\n",
                       grouped(a.address_taken), r.folder);
    out += taken_addresses(r);
  }
  if (a.not_sent + a.left > 0) {
    out += fmt::format("intended and not written {}, left for later {}\n", grouped(a.not_sent),
                       grouped(a.left));
  }
  for (const std::string& why : a.refused_attributes) {
    if (!why.empty()) out += "refused for the whole run: " + visible(why) + "\n";
  }
  if (a.stop != ApplyResult::Stop::kNone) {
    out += "stopped early: " + visible(a.stop_message) + "\n";
    out += fmt::format("go on with: trueup apply --resume {}\n", r.run);
  }
  if (!r.undo_file.empty()) {
    out += r.undo_of != 0
               ? fmt::format(
                     "make the changes again with: trueup undo {}   ({}); the next run does "
                     "so too\nunless its scope or the source changes\n",
                     r.run, r.undo_file)
               : fmt::format(
                     "take it back with: trueup undo {}   ({}); the next run makes the "
                     "changes again\nunless its scope or the source changes\n",
                     r.run, r.undo_file);
  }
  return out;
}

/// "mail, extensionAttribute2 to 15": names that differ by a running number are told together.
std::string in_ranges(const std::vector<std::string>& names) {
  const auto split = [](const std::string& name) {
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    const int number = digits < name.size() ? std::stoi(name.substr(digits)) : 0;
    return std::pair(name.substr(0, digits), number);
  };
  std::string out;
  for (std::size_t i = 0; i < names.size();) {
    const auto [stem, first] = split(names[i]);
    std::size_t last = i;
    while (first != 0 && last + 1 < names.size() &&
           split(names[last + 1]) == std::pair(stem, first + static_cast<int>(last + 1 - i))) {
      ++last;
    }
    out += (out.empty() ? "" : ", ") + names[i];
    if (last > i) out += " to " + std::to_string(split(names[last]).second);
    i = last + 1;
  }
  return out;
}

/// What is to be said beside --accept, for what the inputs cannot protect.
std::string accepted_unprotected(const Report& r) {
  constexpr std::string_view kGuard = "unseen-protection ";
  std::string out;
  for (const GuardReading& g : r.guards) {
    if (!g.fired || !g.guard.starts_with(kGuard)) continue;
    out += " --accept-unprotected " + g.guard.substr(kGuard.size());
  }
  return out;
}

std::string verdict(const Report& r) {
  std::string out;
  for (const std::string& line : r.unprotected) out += "\n" + line;
  if (!out.empty()) out += '\n';
  if (!r.plan) return out;
  out += fmt::format("\nplan of {} changes to {} mailboxes: {}\ndigest {}\n",
                     grouped(r.plan->changes.size()), grouped(r.plan->mailboxes), r.plan_file,
                     r.plan_digest);
  if (r.plan->refused_mailboxes + r.plan->held_mailboxes > 0) {
    out += "refused and held: " + r.folder + "/rejects.ldif\n";
  }
  if (r.diff && r.diff->cloud_only + r.diff->ad_only > 0) {
    out += "unmatched: " + r.folder + "/unmatched.csv\n";
  }
  if (r.comparison) {
    out += r.plan->changes.empty() ? "AD agrees with the cloud\n"
                                   : "AD does not agree with the cloud; nothing was written\n";
  }
  return out;
}

std::string stopped_by_guard(const Report& r) {
  return std::string("\nSTOPPED by a guard, nothing was written") +
         (r.begun_before ? " beyond what was before" : "") +
         ". If this plan is what you want:\n    trueup apply " +
         (r.begun_before ? "--resume " + std::to_string(r.run) + " " : "") + "--accept " +
         r.plan_digest + accepted_unprotected(r) + "\n";
}

}  // namespace

std::string summary(const Report& r) {
  std::string out;
  for (const ResumedRun& resumed : r.resumed) out += resumed_line(resumed);
  if (r.run != 0) out += fmt::format("run {}: {}\n", r.run, r.command);
  out += sides(r);
  if (!r.retired.empty()) {
    out += fmt::format("pruned {} runs and {} snapshots beyond what is kept\n",
                       grouped(r.retired.runs.size()), grouped(r.retired.generations.size()));
  }
  if (r.diff) out += counts(*r.diff);
  if (!r.unmanaged.empty()) {
    out += "not managed, as the cloud side does not supply them: " + in_ranges(r.unmanaged) + "\n";
  }
  if (r.plan) {
    out += attribute_table(*r.plan);
    out += reasons(*r.plan);
  }
  if (!r.guards.empty()) out += guard_table(r.guards);
  out += verdict(r);
  if (r.stopped_by_guard()) out += stopped_by_guard(r);
  if (r.applied) out += applied(r);
  if (r.verified) out += verified(*r.verified, r.run);
  if (!r.folder.empty()) out += "report: " + r.folder + "/run.json\n";
  if (!r.times.empty()) {
    std::string times;
    double total = 0;
    for (const StageTime& t : r.times) {
      times += fmt::format("{}{} {:.2f} s", times.empty() ? "" : ", ", t.stage, t.seconds);
      total += t.seconds;
    }
    out += fmt::format("{:.2f} s: {}\n", total, times);
  }
  return out;
}

}  // namespace trueup
