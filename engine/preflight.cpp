// SPDX-License-Identifier: Apache-2.0
#include "engine/preflight.h"

#include <algorithm>

#include "io/directory_schema.h"
#include "snapshots/canonical.h"
#include "snapshots/errors.h"
#include "snapshots/stored_plan.h"

namespace trueup {
namespace {

/// Objects asked about, of those that a plan changes an attribute of.
constexpr std::size_t kSample = 8;

/// An object whose `attribute` the plan changes.
struct Sampled {
  Anchor object_guid;
  std::string dn;
};

struct PlanNeeds {
  AttributeSet attributes;
  std::array<std::uint64_t, kAttributeCount> changes{};
  std::array<std::vector<Sampled>, kAttributeCount> samples;
};

std::size_t position(Attribute a) { return static_cast<std::size_t>(index(a)); }

/// Samples are spread over the plan: each time twice as many changes are passed over, and every
/// other one of the earlier ones is dropped.
PlanNeeds read_needs(Store& store, std::uint64_t run) {
  PlanNeeds needs;
  std::array<std::uint64_t, kAttributeCount> step;
  step.fill(1);
  PlanCursor cursor(store, run);
  for (Change change; cursor.next(change);) {
    for (const Edit& edit : change.edits) {
      const std::size_t at = position(edit.attribute);
      needs.attributes.add(edit.attribute);
      if (needs.changes[at]++ % step[at] != 0) continue;
      std::vector<Sampled>& samples = needs.samples[at];
      if (samples.size() == 2 * kSample) {
        for (std::size_t i = 0; i < kSample; ++i) samples[i] = std::move(samples[2 * i]);
        samples.resize(kSample);
        step[at] *= 2;
        if ((needs.changes[at] - 1) % step[at] != 0) continue;
      }
      samples.push_back({change.object_guid, std::string(change.dn)});
    }
  }
  for (std::vector<Sampled>& samples : needs.samples) {
    samples.resize(std::min(samples.size(), kSample));
  }
  return needs;
}

bool is_text(Attribute a) {
  const Rule rule = traits(a).rule;
  return rule == Rule::kMailAddress || rule == Rule::kProxyAddresses || rule == Rule::kExactText;
}

class Preflight {
 public:
  Preflight(const LdapWriter& writer, const PlanNeeds& needs, ApplyOptions& options,
            std::vector<std::string>& warnings)
      : writer_(writer), needs_(needs), options_(options), warnings_(warnings) {}

  void run() {
    check_schema();
    check_rights();
    AttributeSet refused;
    std::string why;
    for (int i = 0; i < kAttributeCount; ++i) {
      const std::string& reason = options_.refused_attributes[static_cast<std::size_t>(i)];
      if (reason.empty()) continue;
      refused.add(attribute_at(i));
      why += (why.empty() ? "" : "; ") + reason;
      warnings_.push_back("refused for the whole run: " + reason);
    }
    if (refused.contains_all(needs_.attributes) && !refused.empty()) {
      throw DirectoryError("nothing of the plan can be written to " + writer_.url() + ": " + why);
    }
  }

 private:
  void refuse(Attribute a, const std::string& why) {
    options_.refused_attributes[position(a)] = std::string(traits(a).name) + ": " + why;
  }

  void check_schema() {
    const DirectorySchema schema = read_schema(writer_.session());
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      if (!needs_.attributes.contains(a)) continue;
      const AttributeSchema& here = schema.of(a);
      if (!here.present) {
        refuse(a,
               "the schema does not have it; extend it (Exchange's setup /PrepareSchema), or "
               "name the others with --attributes");
      } else if (here.single_valued && traits(a).multi_valued) {
        refuse(a, "the schema has it single-valued");
      }
      // Elsewhere a length in the schema is what is taken at least, not at most.
      if (writer_.root_dse().active_directory && is_text(a)) {
        options_.max_utf16_units[position(a)] = here.range_upper.value_or(0);
      }
    }
  }

  void check_rights() {
    std::vector<ObjectRequest> requests;
    std::vector<Attribute> asked_for;
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      if (!options_.refused_attributes[position(a)].empty()) continue;
      for (const Sampled& sampled : needs_.samples[position(a)]) {
        requests.push_back({sampled.object_guid, sampled.dn, {a}});
        asked_for.push_back(a);
      }
    }
    const auto rights = read_rights(writer_.session(), requests);
    if (!rights) return;
    for (std::size_t first = 0; first < asked_for.size();) {
      std::size_t end = first;
      while (end < asked_for.size() && asked_for[end] == asked_for[first]) ++end;
      judge(asked_for[first], std::span(*rights).subspan(first, end - first),
            std::span(requests).subspan(first, end - first));
      first = end;
    }
  }

  void judge(Attribute a, std::span<const ObjectRights> rights,
             std::span<const ObjectRequest> objects) {
    std::size_t known = 0, allowed = 0, writable = 0;
    std::string_view example;
    for (std::size_t i = 0; i < rights.size(); ++i) {
      if (!rights[i].known) continue;
      ++known;
      allowed += rights[i].allowed.contains(a) ? 1 : 0;
      const bool may = rights[i].writable.contains(a);
      writable += may ? 1 : 0;
      if (!may && example.empty()) example = objects[i].dn;
    }
    if (writable == known) return;
    const std::string sampled = std::to_string(known) + " sampled objects";
    if (allowed == 0) {
      return refuse(a, "no class of " + sampled + " may have it, " + std::string(example));
    }
    if (writable == 0) {
      return refuse(a, "the account may not write it on any of " + sampled + ", " +
                           std::string(example) + "; grant it 'write property' for it");
    }
    warnings_.push_back("the account may not write " + std::string(traits(a).name) + " on " +
                        std::to_string(known - writable) + " of " + sampled + ", " +
                        std::string(example));
  }

  const LdapWriter& writer_;
  const PlanNeeds& needs_;
  ApplyOptions& options_;
  std::vector<std::string>& warnings_;
};

}  // namespace

void check_directory(Store& store, const RunDescription& run, LdapWriter& writer,
                     ApplyOptions& options, std::vector<std::string>& warnings) {
  const PlanNeeds needs = read_needs(store, run.run);
  Preflight(writer, needs, options, warnings).run();
}

}  // namespace trueup
