// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/object_sample.h"

#include <algorithm>

#include "io/ldap/object_anchors.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

constexpr std::uint64_t kSample = 128;
constexpr int kNoSuchObject = 32;

struct Sampled {
  std::uint32_t number = 0;
  Anchor anchor;
  Anchor object_guid;
  std::string dn;
};

std::vector<Sampled> sample_of(const Store& store, const RunDescription& run) {
  std::vector<Sampled> sample;
  PlanCursor cursor(store, run.run);
  const std::uint64_t size = std::min(kSample, run.changes);
  for (std::uint64_t i = 0; i < size; ++i) {
    cursor.seek(static_cast<std::uint32_t>(1 + i * run.changes / size));
    Change change;
    if (!cursor.next(change)) break;
    sample.push_back({change.number, change.anchor, change.object_guid, std::string(change.dn)});
  }
  return sample;
}

[[noreturn]] void refuse(const RunDescription& run, const LdapSession& session,
                         const Sampled& planned, const ObjectAnchor& there) {
  const std::string what = there.anchor
                               ? "has the anchor " + to_base64(*there.anchor)
                               : std::string("shows neither objectGUID nor mS-DS-ConsistencyGuid");
  throw UsageError(
      planned.dn + " " + what + " at " + session.url() + ", and the plan of run " +
      std::to_string(run.run) + " is for " + to_base64(planned.anchor) +
      (there.anchor ? "; load AD and plan again" : "; let the bind account read them"));
}

}  // namespace

bool WriteArea::contains(std::string_view dn) const {
  const auto holds = [&](const DnSubtree& subtree) { return subtree.contains(dn); };
  return std::ranges::all_of(bases, holds) && std::ranges::none_of(excludes, holds);
}

ObjectSample sample_objects(const Store& store, const RunDescription& run,
                            const LdapSession& session, const WriteArea& area,
                            const Threshold& limit) {
  const std::vector<Sampled> sample = sample_of(store, run);
  std::vector<ObjectRequest> requests;
  for (const Sampled& object : sample) requests.push_back({object.object_guid, object.dn, {}});
  const std::vector<ObjectAnchor> there = read_anchors(session, requests);
  ObjectSample result;
  std::uint64_t astray = 0;
  std::vector<std::string> examples;
  const auto add = [&](std::string what) {
    ++astray;
    if (examples.size() < kGuardExamples) examples.push_back(std::move(what));
  };
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (there[i].result_code == kNoSuchObject) {
      result.missing.push_back(sample[i].number);
      add(sample[i].dn + ": is not there");
    } else if (there[i].result_code != 0) {
      // Moved to another domain, or hidden: its change will be answered the same way.
      add(sample[i].dn + ": cannot be read (" + there[i].message + ")");
    } else if (there[i].anchor != sample[i].anchor) {
      refuse(run, session, sample[i], there[i]);
    } else if (!area.contains(there[i].dn)) {
      add(sample[i].dn + ": is " + there[i].dn + " now, where the plan may not write");
    }
  }
  const auto share = static_cast<std::uint64_t>(limit.share * static_cast<double>(sample.size()));
  result.reading = ceiling("objects-missing", astray, std::max(limit.count, share),
                           "of " + std::to_string(sample.size()) +
                               " of the plan's objects that were read back, "
                               "not there or moved where it may not write; load AD and plan again");
  if (result.reading.fired) result.reading.examples = std::move(examples);
  return result;
}

}  // namespace trueup
