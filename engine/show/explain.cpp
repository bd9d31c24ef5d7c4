// SPDX-License-Identifier: Apache-2.0
#include "engine/show/explain.h"

#include <algorithm>

#include "engine/compare/diff.h"
#include "engine/compare/scope.h"
#include "engine/plan/plan.h"
#include "engine/progress.h"
#include "engine/run/scope_list_file.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/description.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

struct Snapshots {
  std::optional<SnapshotDescription> cloud, ad;
};

Snapshots newest(const Store& store) {
  return {newest_snapshot(store, Side::kCloud, false), newest_snapshot(store, Side::kAd, false)};
}

const SnapshotDescription* pointer(const std::optional<SnapshotDescription>& snapshot) {
  return snapshot ? &*snapshot : nullptr;
}

std::optional<Mailbox> read(const Store& store, std::uint64_t generation, const Anchor& anchor,
                            std::string& record) {
  RecordCursor records(store, generation);
  const auto found = records.find(anchor);
  if (!found) return std::nullopt;
  record = *found;
  Mailbox m;
  decode(record, m);
  return m;
}

std::string attributes_of(const Rejected& rejected) {
  if (rejected.change.empty()) return {};
  Change change;
  decode(rejected.change, change);
  std::string names;
  for (const Edit& edit : change.edits) {
    names += (names.empty() ? "" : ", ") + std::string(traits(edit.attribute).name);
  }
  return names.empty() ? names : " (" + names + ")";
}

std::string text_of(const Rejected& rejected) {
  const bool held = rejected.hold != Hold::kNone;
  std::string text = held ? "held: " : "refused: ";
  text += held ? to_string(rejected.hold) : to_string(rejected.refusal);
  text += attributes_of(rejected);
  return rejected.detail.empty() ? text : text + ", " + rejected.detail;
}

/// What the plan does about the mailbox with this anchor.
std::vector<std::string> verdicts_of(const Plan& plan, const Anchor& anchor) {
  std::vector<std::string> lines;
  std::vector<std::string> names;  // of all changes, by number
  Change change;
  for (const std::string& encoded : plan.changes) {
    decode(encoded, change);
    names.emplace_back(change.dn);
    if (change.anchor != anchor) continue;
    std::string line = "to be changed";
    for (const std::uint32_t giver : change.after) {
      line += (line.ends_with("changed") ? ", after " : " and ") + names.at(giver - 1);
    }
    lines.push_back(line);
  }
  for (const Rejected& rejected : plan.rejected) {
    if (rejected.anchor == anchor) lines.push_back(text_of(rejected));
  }
  if (lines.empty()) lines.emplace_back("in agreement");
  return lines;
}

/// Change for change, byte for byte.
bool is_stored_plan(const Store& store, std::uint64_t run, const Plan& plan) {
  PlanCursor cursor(store, run);
  std::string stored;
  std::size_t count = 0;
  for (Change change; cursor.next(change); ++count) {
    stored.clear();
    encode(change, stored);
    if (count == plan.changes.size() || plan.changes[count] != stored) return false;
  }
  return count == plan.changes.size();
}

std::string why_no_mailbox(const FoundObject& object, const Mailbox& m) {
  if (object.table == Table::kOthers) {
    return m.has(kJoinable) ? "not in the base: what it holds counts for address collisions only"
                            : "no mailbox: what it holds counts for address collisions only";
  }
  if (object.table == Table::kUnanchored) {
    return m.has(kBadAnchor)
               ? "refused: bad-anchor, its onPremisesImmutableId is not the base64 of "
                 "16 octets"
               : "not in scope: it has no onPremisesImmutableId, as a cloud-only one";
  }
  return {};
}

class Explainer {
 public:
  Explainer(const Store& store, const DiffOptions& options, std::uint64_t plan)
      : store_(store), options_(options), run_(plan), snapshots_(newest(store)) {}

  Explanation of_anchor(const Anchor& anchor) {
    const auto& [cloud, ad] = snapshots_;
    if (cloud) e_.cloud = read(store_, cloud->generation, anchor, e_.cloud_record);
    if (ad) e_.ad = read(store_, ad->generation, anchor, e_.ad_record);
    if (cloud && ad && e_.cloud) look_at_scope(anchor);
    if (e_.cloud && e_.ad) {
      Comparer comparer(options_);
      const auto verdicts = comparer.compare(*e_.cloud, *e_.ad, kAllAttributes);
      e_.verdicts.assign(verdicts.begin(), verdicts.end());
    }
    e_.outcome = outcome_of(anchor);
    return std::move(e_);
  }

 private:
  void look_at_scope(const Anchor& anchor) {
    try {
      scope_.emplace(store_, *snapshots_.cloud, *snapshots_.ad, options_, scope_list_of(options_));
      e_.in_scope = scope_->contains(e_.cloud->flags, anchor);
      if (!e_.in_scope) e_.scope_note = why_not_in_scope();
    } catch (const UsageError& error) {
      e_.scope_note = error.what();
      e_.scope_unknown = true;
    }
  }

  std::string why_not_in_scope() const {
    const bool by_flag = options_.scope == ScopeKind::kExchangeCloudManaged;
    if (by_flag && e_.cloud->has(kFromExo) && !e_.cloud->has(kCloudManagedSupplied)) {
      return "its IsExchangeCloudManaged was not exported";
    }
    return "the scope does not take it in";
  }

  std::vector<std::string> outcome_of(const Anchor& anchor) {
    if (!e_.cloud) return {"AD only: no cloud mailbox has this anchor"};
    if (!e_.ad) {
      return {e_.in_scope || e_.scope_note.empty()
                  ? "cloud only: no AD object has this anchor"
                  : "cloud only: no AD object has this anchor; not in scope: " + e_.scope_note};
    }
    if (e_.scope_unknown) return {"cannot be told: " + e_.scope_note};
    if (!e_.in_scope) return {"not in scope: " + e_.scope_note};
    Progress progress;
    DiffResult diffs = diff(store_, *snapshots_.cloud, *snapshots_.ad, *scope_, options_, progress);
    const Plan plan = make_plan(store_, snapshots_.ad->generation, diffs, progress);
    if (run_ != 0 && !is_stored_plan(store_, run_, plan)) {
      e_.note = "what is made of the snapshots now is not the plan of run " + std::to_string(run_) +
                "; look for this one in its plan.ldif and rejects.ldif, or plan again";
    }
    return verdicts_of(plan, anchor);
  }

  const Store& store_;
  const DiffOptions& options_;
  const std::uint64_t run_;
  const Snapshots snapshots_;
  std::optional<Scope> scope_;
  Explanation e_;
};

}  // namespace

std::vector<FoundObject> find_by_name(const Store& store, const std::string& text) {
  const Snapshots snapshots = newest(store);
  if (!snapshots.cloud && !snapshots.ad) {
    throw UsageError("the store " + store.folder() + " has no snapshot yet");
  }
  return find_objects(store, pointer(snapshots.cloud), pointer(snapshots.ad), text);
}

Explanation explain(const Store& store, const FoundObject& object, const DiffOptions& options,
                    std::uint64_t plan) {
  Mailbox m;
  decode(object.record, m);
  const std::string why_not = why_no_mailbox(object, m);
  if (why_not.empty()) return Explainer(store, options, plan).of_anchor(object.key);
  Explanation e;
  std::string& record = object.side == Side::kCloud ? e.cloud_record : e.ad_record;
  record = object.record;
  decode(record, (object.side == Side::kCloud ? e.cloud : e.ad).emplace());
  e.outcome.push_back(why_not);
  return e;
}

}  // namespace trueup
