// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/run_notes.h"

#include <fmt/format.h>

#include "io/bytes/visible_text.h"
#include "tools/commands/grouped.h"

namespace trueup {
namespace {

constexpr std::size_t kShown = 10;

std::string doubts(const VerifyResult& v, std::uint64_t run) {
  using Found = DoubtfulChange::Found;
  if (v.doubts() == 0) return {};
  const auto count = [&](Found found) {
    return grouped(v.doubtful[static_cast<std::size_t>(found)]);
  };
  std::string out = fmt::format(
      "in doubt {}: {} are there, {} in part, {} are not, {} could not be read; the journal is as "
      "it "
      "was\n",
      grouped(v.doubts()), count(Found::kThere), count(Found::kInPart), count(Found::kNotThere),
      count(Found::kUnreadable));
  for (std::size_t i = 0; i < v.in_doubt.size() && i < kShown; ++i) {
    out += fmt::format("    {}: {}\n", visible(v.in_doubt[i].dn), to_string(v.in_doubt[i].found));
  }
  if (v.in_doubt.size() > kShown) out += "    and more, see run.json\n";
  return out + fmt::format("settle them with: trueup apply --resume {}\n", run);
}

}  // namespace

std::string unfinished_notice(const std::vector<UnfinishedRun>& runs) {
  std::string out;
  for (const UnfinishedRun& u : runs) {
    out += fmt::format(
        "UNFINISHED: run {} ({}, {}) has not come to its end, {} changes are in doubt\n", u.run.run,
        u.run.command.empty() ? "command not known" : u.run.command, to_string(u.run.state),
        grouped(u.in_doubt));
    if (!u.lost.empty()) out += "    LOST: " + u.lost + "\n";
    out += u.blocked ? fmt::format("    look at it first: runs/{}/plan.ldif\n", u.run.run)
                     : fmt::format(
                           "    go on with: trueup apply --resume {}   ('trueup run' does so "
                           "by itself, or settles it)\n",
                           u.run.run);
  }
  return out;
}

std::string damage_notice(const Store& store) {
  if (store.damage().empty()) return {};
  return fmt::format(
      "DAMAGED: the log of the store {} ({}); what was recorded behind that is lost. "
      "What runs may have written is known beside it, in runs/*/intended\n",
      store.folder(), store.damage());
}

std::string resumed_line(const ResumedRun& r) {
  std::string out = fmt::format(
      "run {} was unfinished and was resumed ({}): done {}, already {}, rejected {}, in conflict "
      "{}, "
      "unknown {}, of {} changes; verified {}, {} do not hold\n",
      r.run, to_string(r.state), grouped(r.applied.done), grouped(r.applied.already),
      grouped(r.applied.rejected + r.applied.address_taken + r.applied.depends_on),
      grouped(r.applied.conflict), grouped(r.applied.unknown), grouped(r.changes),
      grouped(r.verified), grouped(r.differing));
  if (!r.undo_file.empty()) {
    out += fmt::format("    take it back with: trueup undo {}   ({})\n", r.run, r.undo_file);
  }
  return out;
}

std::string verified(const VerifyResult& v, std::uint64_t run) {
  std::string out;
  if (v.stopped) {
    out += fmt::format(
        "verify was stopped after {} of the {} changes of run {}; 'trueup verify {}' "
        "reads them all\n",
        grouped(v.checked + v.doubts()), grouped(v.of), run, run);
  }
  if (v.checked > 0 || v.of == 0) {
    out += fmt::format("verified {} changes, {} do not hold\n", grouped(v.checked),
                       grouped(v.differing));
  } else if (!v.stopped) {
    out +=
        fmt::format("of the {} changes of run {} none was acknowledged: nothing can be verified\n",
                    grouped(v.of), run);
  }
  for (std::size_t i = 0; i < v.findings.size() && i < kShown; ++i) {
    const VerifyFinding& f = v.findings[i];
    out += fmt::format("    {}: {} {} {} {}\n", visible(f.dn),
                       f.attribute ? traits(*f.attribute).name : std::string_view(),
                       to_string(f.kind), visible(f.value), visible(f.message));
  }
  return out + doubts(v, run);
}

}  // namespace trueup
