// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/preflight.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "io/ldap/directory_schema.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"
#include "snapshots/model/mailbox.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

/// Objects asked about, of those that a plan changes an attribute of ...
constexpr std::size_t kSample = 8;
/// ... and, if the account may write it on none of them, this many of those and of the AD as
/// loaded: protected objects stay in the plan night after night, and may be all that it has.
constexpr std::size_t kLargeSample = 128;

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
      if (samples.size() == 2 * kLargeSample) {
        for (std::size_t i = 0; i < kLargeSample; ++i) samples[i] = std::move(samples[2 * i]);
        samples.resize(kLargeSample);
        step[at] *= 2;
        if ((needs.changes[at] - 1) % step[at] != 0) continue;
      }
      samples.push_back({change.object_guid, std::string(change.dn)});
    }
  }
  for (std::vector<Sampled>& samples : needs.samples) {
    samples.resize(std::min(samples.size(), kLargeSample));
  }
  return needs;
}

/// Anchors are random, so the first are as good as any.
std::vector<Sampled> objects_of(const Store& store, std::uint64_t ad_generation) {
  std::vector<Sampled> objects;
  if (ad_generation == 0) return objects;
  Mailbox mailbox;
  TableCursor cursor(store, table_prefix(snapshot_prefix(ad_generation), Table::kRecords));
  for (cursor.seek({}); cursor.valid() && objects.size() < kLargeSample; cursor.next()) {
    decode(cursor.value(), mailbox);
    if (mailbox.flags & kJoinable) {
      objects.push_back({mailbox.object_guid, std::string(mailbox.name)});
    }
  }
  return objects;
}

bool is_text(Attribute a) {
  const Rule rule = traits(a).rule;
  return rule == Rule::kMailAddress || rule == Rule::kProxyAddresses || rule == Rule::kExactText;
}

class Preflight {
 public:
  /// `others` gives objects that the plan need not have.
  Preflight(const LdapWriter& writer, const PlanNeeds& needs,
            std::function<std::vector<Sampled>()> others, ApplyOptions& options,
            std::vector<std::string>& warnings)
      : writer_(writer),
        needs_(needs),
        others_(std::move(others)),
        options_(options),
        warnings_(warnings) {}

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
    AttributeSet nowhere;
    std::array<std::vector<Sampled>, kAttributeCount> samples;
    for (int i = 0; i < kAttributeCount; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (!options_.refused_attributes[at].empty()) continue;
      const std::vector<Sampled>& all = needs_.samples[at];
      const std::size_t step = std::max<std::size_t>(1, all.size() / kSample);
      for (std::size_t j = 0; j < all.size() && samples[at].size() < kSample; j += step) {
        samples[at].push_back(all[j]);
      }
    }
    ask(samples, [&](Attribute a, const Rights& rights) {
      if (rights.writable == rights.known) return;
      if (rights.allowed == 0) {
        refuse(a, "no class of " + rights.sampled() + " may have it, " + rights.example);
      } else if (rights.writable == 0) {
        nowhere.add(a);
      } else {
        warn(a, rights);
      }
    });
    if (!nowhere.empty()) look_further(nowhere);
  }

  void look_further(AttributeSet nowhere) {
    const std::vector<Sampled> others = others_();
    std::array<std::vector<Sampled>, kAttributeCount> samples;
    for (int i = 0; i < kAttributeCount; ++i) {
      if (!nowhere.contains(attribute_at(i))) continue;
      std::vector<Sampled>& of = samples[static_cast<std::size_t>(i)];
      of = needs_.samples[static_cast<std::size_t>(i)];
      of.insert(of.end(), others.begin(), others.end());
    }
    ask(samples, [&](Attribute a, const Rights& rights) {
      if (rights.writable > 0) return warn(a, rights);
      refuse(a, "the account may not write it on any of " + rights.sampled() + ", " +
                    rights.example + "; grant it 'write property' for it");
    });
  }

  /// How many of the objects that were asked about there are, ...
  struct Rights {
    std::size_t known = 0;     // that told
    std::size_t allowed = 0;   // whose classes have the attribute
    std::size_t writable = 0;  // where the account may write it
    std::string example;       // where it may not

    std::string sampled() const { return std::to_string(known) + " sampled objects"; }
  };

  void ask(const std::array<std::vector<Sampled>, kAttributeCount>& samples,
           const std::function<void(Attribute, const Rights&)>& on_rights) const {
    std::vector<ObjectRequest> requests;
    for (int i = 0; i < kAttributeCount; ++i) {
      for (const Sampled& sampled : samples[static_cast<std::size_t>(i)]) {
        requests.push_back({sampled.object_guid, sampled.dn, {attribute_at(i)}});
      }
    }
    const auto told = read_rights(writer_.session(), requests);
    if (!told) return;
    std::size_t next = 0;
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      if (samples[static_cast<std::size_t>(i)].empty()) continue;
      Rights rights;
      for (const Sampled& sampled : samples[static_cast<std::size_t>(i)]) {
        const ObjectRights& here = (*told)[next++];
        if (!here.known) continue;
        ++rights.known;
        rights.allowed += here.allowed.contains(a) ? 1 : 0;
        const bool may = here.writable.contains(a);
        rights.writable += may ? 1 : 0;
        if (!may && rights.example.empty()) rights.example = sampled.dn;
      }
      on_rights(a, rights);
    }
  }

  void warn(Attribute a, const Rights& rights) {
    warnings_.push_back("the account may not write " + std::string(traits(a).name) + " on " +
                        std::to_string(rights.known - rights.writable) + " of " + rights.sampled() +
                        ", " + rights.example);
  }

  const LdapWriter& writer_;
  const PlanNeeds& needs_;
  std::function<std::vector<Sampled>()> others_;
  ApplyOptions& options_;
  std::vector<std::string>& warnings_;
};

}  // namespace

void check_directory(Store& store, const RunDescription& run, LdapWriter& writer,
                     ApplyOptions& options, std::vector<std::string>& warnings) {
  const PlanNeeds needs = read_needs(store, run.run);
  const auto others = [&] { return objects_of(store, run.ad_generation); };
  Preflight(writer, needs, others, options, warnings).run();
}

}  // namespace trueup
