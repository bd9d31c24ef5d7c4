// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/outcome_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/plan/derived_plan.h"
#include "engine/plan/plan_file.h"
#include "io/files/output_file.h"
#include "io/ldif/ldif_writer.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

constexpr std::string_view kApplySection = "# what the directory refused\n";

// What stands before the section, from the plan.
std::string text_before_section(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream before;
  before << in.rdbuf();
  std::string text = before.str();
  if (text.empty()) {
    append_ldif_version(text);
    text += '\n';
  }
  text.resize(std::min(text.find(kApplySection), text.size()));
  return text;
}

void append_reject(const Change& change, const JournalEntry& entry, std::string& text) {
  append_ldif_comment(text, "reason", to_string(entry.verdict));
  if (entry.result_code != 0) {
    append_ldif_comment(text, "result", std::to_string(entry.result_code));
  }
  if (!entry.message.empty()) append_ldif_comment(text, "detail", entry.message);
  append_ldif_comment(text, "change", std::to_string(change.number));
  append_ldif_comment(text, "anchor", to_base64(change.anchor));
  for (const HeldValue& held : entry.held) {
    append_ldif_comment(text, "there " + std::string(traits(held.attribute).name), held.bytes);
  }
  Change rest = change;
  if (const std::optional<Change> done = acknowledged_part(change, entry)) {
    std::erase_if(rest.edits, [&](const Edit& e) {
      return std::ranges::find(done->edits, e.attribute, &Edit::attribute) != done->edits.end();
    });
  }
  append_ldif_change(text, rest);
}

}  // namespace

void write_outcomes(Store& store, const RunDescription& run, const std::string& folder) {
  const std::string path = folder + "/rejects.ldif";
  const std::string before = text_before_section(path);
  OutputFile file(path);
  file.write(before);
  file.write(kApplySection);
  file.write("\n");
  PlanCursor cursor(store, run.run);
  Change change;
  std::string text;
  Journal(store, run.run).read([&](const JournalEntry& entry) {
    if (entry.verdict == Verdict::kDone || entry.verdict == Verdict::kAlready) return;
    cursor.seek(entry.number);
    if (!cursor.next(change)) return;
    text.clear();
    append_reject(change, entry, text);
    file.write(text);
  });
  file.commit();
}

bool write_undo(Store& store, const RunDescription& run, const std::string& folder) {
  const Plan plan = undo_plan(store, run);
  write_plan_file(folder + "/undo.ldif", undo_header(run, directory_of(run), plan), plan.changes);
  return !plan.changes.empty();
}

}  // namespace trueup
