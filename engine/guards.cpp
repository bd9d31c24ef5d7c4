// SPDX-License-Identifier: Apache-2.0
#include "engine/guards.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace trueup {
namespace {

constexpr std::size_t kExamples = 10;

std::uint64_t limit_of(const Threshold& t, std::uint64_t of) {
  const auto share = static_cast<std::uint64_t>(std::floor(t.share * static_cast<double>(of)));
  return std::max(t.count, share);
}

GuardReading& add_ceiling(std::vector<GuardReading>& readings, std::string guard,
                          std::uint64_t value, std::uint64_t limit, std::string meaning) {
  GuardReading& r = readings.emplace_back();
  r.guard = std::move(guard);
  r.value = value;
  r.limit = limit;
  r.fired = value > limit;
  r.meaning = std::move(meaning);
  return r;
}

class PlanReader {
 public:
  PlanReader(const Plan& plan, std::uint64_t matched, const GuardOptions& options)
      : plan_(plan), matched_(matched), options_(options) {}

  std::vector<GuardReading> read() {
    plan_limits();
    return std::move(readings_);
  }

 private:
  void plan_limits() {
    add_examples(add_ceiling(readings_, "changed", plan_.mailboxes,
                             limit_of(options_.changed, matched_), "mailboxes changed"),
                 [](const ChangeFacts&) { return true; });
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      const std::uint64_t cleared = plan_.counts[static_cast<std::size_t>(i)].clear;
      if (cleared == 0) continue;
      add_examples(
          add_ceiling(readings_, "cleared " + std::string(traits(a).name), cleared,
                      limit_of(options_.cleared, matched_), "mailboxes whose values of it all go"),
          [a](const ChangeFacts& f) { return f.clears.contains(a); });
    }
    add_examples(add_ceiling(readings_, "losing", plan_.losing, limit_of(options_.losing, matched_),
                             "mailboxes losing values, net of prefix case"),
                 [](const ChangeFacts& f) { return !f.loses.empty(); });
    add_examples(
        add_ceiling(readings_, "replaced", plan_.replaced, limit_of(options_.replaced, matched_),
                    "mailboxes whose primary address or mail is replaced"),
        [](const ChangeFacts& f) { return !f.replaces_primary.empty(); });
  }

  void add_examples(GuardReading& r, const std::function<bool(const ChangeFacts&)>& counts) {
    if (!r.fired) return;
    Change change;
    for (std::size_t i = 0; i < plan_.changes.size() && r.examples.size() < kExamples; ++i) {
      if (!counts(plan_.facts[i])) continue;
      decode(plan_.changes[i], change);
      r.examples.emplace_back(change.dn);
    }
  }

  const Plan& plan_;
  std::uint64_t matched_;
  const GuardOptions& options_;
  std::vector<GuardReading> readings_;
};

class Reader {
 public:
  Reader(const GuardInputs& in, const GuardOptions& options) : in_(in), options_(options) {}

  std::vector<GuardReading> read() {
    counts_against_history();
    times_apart();
    unmatched();
    unseen_in_ad();
    for (GuardReading& r : read_plan_guards(in_.plan, in_.diff.matched, options_)) {
      readings_.push_back(std::move(r));
    }
    return std::move(readings_);
  }

 private:
  void counts_against_history() {
    const auto last = [](const std::optional<SnapshotDescription>& d,
                         std::uint64_t SnapshotDescription::*count) {
      return d ? std::optional<std::uint64_t>((*d).*count) : std::nullopt;
    };
    using D = SnapshotDescription;
    floor("cloud-count", in_.cloud.mailboxes, last(in_.last_cloud, &D::mailboxes),
          "mailboxes on the cloud side, against the last accepted load");
    floor("graph-count", in_.cloud.graph_users, last(in_.last_cloud, &D::graph_users),
          "users in the Graph feed, against the last accepted load");
    floor("exo-count", in_.cloud.exo_mailboxes, last(in_.last_cloud, &D::exo_mailboxes),
          "mailboxes in the Exchange feed, against the last accepted load");
    floor("ad-count", in_.ad.mailboxes, last(in_.last_ad, &D::mailboxes),
          "users on the AD side, against the last accepted load");
    floor("scope-count", in_.diff.in_scope, in_.last_in_scope,
          "mailboxes in scope, against the last accepted run of this scope");
  }

  void floor(std::string guard, std::uint64_t value, std::optional<std::uint64_t> last,
             std::string meaning) {
    GuardReading r;
    r.guard = std::move(guard);
    r.value = value;
    r.at_least = true;
    r.no_history = !last.has_value();
    r.meaning = std::move(meaning);
    if (last) {
      r.limit = static_cast<std::uint64_t>(
          std::ceil(options_.min_of_last_generation * static_cast<double>(*last)));
      r.fired = value < r.limit;
    }
    readings_.push_back(std::move(r));
  }

  void times_apart() {
    if (in_.cloud.taken_at == 0 || in_.ad.taken_at == 0) return;
    const std::uint64_t apart = std::max(in_.cloud.taken_at, in_.ad.taken_at) -
                                std::min(in_.cloud.taken_at, in_.ad.taken_at);
    add_ceiling(readings_, "time-apart", apart, options_.max_time_apart,
                "seconds between the two sides' own clocks");
  }

  void unmatched() {
    GuardReading& r = add_ceiling(readings_, "unmatched", in_.diff.cloud_only,
                                  limit_of(options_.unmatched, in_.diff.in_scope),
                                  "mailboxes in scope without an AD object");
    if (!r.fired) return;
    for (const Unmatched& u : in_.diff.unmatched) {
      if (u.side != Side::kCloud || r.examples.size() == kExamples) break;
      r.examples.push_back(u.name + " (" + to_base64(u.anchor) + ")");
    }
  }

  // A live read sees what the schema holds; an export sees what its -l or its port let through.
  void unseen_in_ad() {
    if (in_.ad.live) return;
    const AttributeSet filled = in_.diff.filled_in_cloud & in_.diff_options.attributes;
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      if (!filled.contains(a) || in_.ad.filled[static_cast<std::size_t>(i)] > 0) continue;
      add_ceiling(readings_, "unseen-in-ad " + std::string(traits(a).name), 1, 0,
                  "the cloud fills it and no AD record carries it: was it exported (ldifde -l, a "
                  "global catalog)?");
    }
  }

  const GuardInputs& in_;
  const GuardOptions& options_;
  std::vector<GuardReading> readings_;
};

}  // namespace

std::vector<GuardReading> read_guards(const GuardInputs& inputs, const GuardOptions& options) {
  return Reader(inputs, options).read();
}

std::vector<GuardReading> read_plan_guards(const Plan& plan, std::uint64_t matched,
                                           const GuardOptions& options) {
  return PlanReader(plan, matched, options).read();
}

}  // namespace trueup
