// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/guards.h"

#include <algorithm>
#include <functional>

#include "engine/plan/guards/creep.h"
#include "engine/plan/guards/input_guards.h"
#include "engine/plan/guards/limits.h"

namespace trueup {
namespace {

std::string about(std::string_view guard, Attribute a) {
  return std::string(guard) + " " + std::string(traits(a).name);
}

class PlanReader {
 public:
  PlanReader(const Plan& plan, std::uint64_t matched,
             const std::array<std::uint64_t, kAttributeCount>* holders, const GuardOptions& options)
      : plan_(plan), matched_(matched), holders_(holders), options_(options) {}

  std::vector<GuardReading> read() {
    using F = ChangeFacts;
    add(ceiling("changed", plan_.mailboxes, plan_limit(options_.changed, matched_, kCapOfChanged),
                "mailboxes changed"),
        [](const F&) { return true; });
    for (int i = 0; i < kAttributeCount; ++i) of_attribute(attribute_at(i));
    add(ceiling("losing", plan_.losing, severe_limit(options_.losing, matched_),
                "mailboxes losing values, net of prefix case"),
        [](const F& f) { return !f.loses.empty(); });
    add(ceiling("replaced", plan_.replaced, severe_limit(options_.replaced, matched_),
                "mailboxes whose primary address or mail is replaced"),
        [](const F& f) { return !f.replaces_primary.empty(); });
    const auto retypes = [](const F& f) { return f.retypes; };
    add(ceiling("types", count(retypes), severe_limit(options_.types, matched_),
                "mailboxes whose recipient type becomes another"),
        retypes);
    lost_characters();
    return std::move(readings_);
  }

 private:
  using Counts = std::function<bool(const ChangeFacts&)>;

  std::uint64_t limit(const Threshold& t) const { return plan_limit(t, matched_, kCap); }

  std::uint64_t count(const Counts& counts) const {
    return static_cast<std::uint64_t>(std::ranges::count_if(plan_.facts, counts));
  }

  void of_attribute(Attribute a) {
    const auto at = static_cast<std::size_t>(index(a));
    const auto clears = [a](const ChangeFacts& f) { return f.clears.contains(a); };
    const auto overwrites = [a](const ChangeFacts& f) { return f.overwrites.contains(a); };
    const auto rewrites = [a](const ChangeFacts& f) { return f.rewrites.contains(a); };
    const std::uint64_t cleared = plan_.counts[at].clear;
    const std::uint64_t overwritten = count(overwrites);
    if (cleared > 0) {
      add(ceiling(about("cleared", a), cleared, limit(options_.cleared),
                  "mailboxes whose values of it all go"),
          clears);
    }
    if (overwritten > 0) {
      add(ceiling(about("overwritten", a), overwritten, limit(options_.overwritten),
                  "mailboxes whose value of it becomes another"),
          overwrites);
    }
    same_value(a, plan_.same_value[at]);
    if (holders_ == nullptr) return;
    const std::uint64_t holders = (*holders_)[at];
    const std::string of = "of its " + std::to_string(holders) + " holders in scope, ";
    if (cleared > 0) {
      add(ceiling(about("emptied", a), cleared, holder_limit(options_.emptied, holders),
                  of + "those that lose it"),
          clears);
    }
    if (const std::uint64_t rewritten = count(rewrites); rewritten > 0) {
      add(ceiling(about("rewritten", a), rewritten, holder_limit(options_.rewritten, holders),
                  of + "those whose values become other ones"),
          rewrites);
    }
  }

  void same_value(Attribute a, const SameValue& same) {
    if (same.mailboxes < 2) return;
    GuardReading r =
        ceiling(about("same-value", a), same.mailboxes, limit(options_.same_value),
                "mailboxes that get the same new value, '" + same.value.substr(0, 80) + "'");
    readings_.push_back(std::move(r));
    if (!readings_.back().fired) return;
    name_examples(readings_.back(), [&](std::size_t i) {
      decode(plan_.changes[i], change_);
      return std::ranges::any_of(change_.edits, [&](const Edit& e) {
        return e.attribute == a && std::ranges::find(e.adds, same.value) != e.adds.end();
      });
    });
  }

  void lost_characters() {
    std::uint64_t mailboxes = 0;
    Anchor last;
    std::vector<std::string> examples;
    for (const Rejected& r : plan_.rejected) {  // by anchor
      if (r.refusal != Refusal::kLostCharacters || r.anchor == last) continue;
      last = r.anchor;
      ++mailboxes;
      if (examples.size() == kGuardExamples) continue;
      decode(r.change, change_);
      examples.push_back(std::string(change_.dn) + ": " + r.detail);
    }
    GuardReading r = ceiling("lost-characters", mailboxes, limit(options_.lost_characters),
                             "mailboxes whose values differ only where a character became ? or "
                             "U+FFFD; export again, in UTF-8");
    if (r.fired) r.examples = std::move(examples);
    readings_.push_back(std::move(r));
  }

  void add(GuardReading r, const Counts& counts) {
    if (r.fired) {
      name_examples(r, [&](std::size_t i) { return counts(plan_.facts[i]); });
    }
    readings_.push_back(std::move(r));
  }

  template <typename IsOne>
  void name_examples(GuardReading& r, IsOne is_one) {
    for (std::size_t i = 0; i < plan_.changes.size() && r.examples.size() < kGuardExamples; ++i) {
      if (!is_one(i)) continue;
      decode(plan_.changes[i], change_);
      r.examples.emplace_back(change_.dn);
    }
  }

  const Plan& plan_;
  std::uint64_t matched_;
  const std::array<std::uint64_t, kAttributeCount>* holders_;
  const GuardOptions& options_;
  std::vector<GuardReading> readings_;
  Change change_;
};

template <typename Part>
void append(std::vector<GuardReading>& all, Part part) {
  all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}

}  // namespace

std::vector<GuardReading> read_guards(const GuardInputs& in, const GuardOptions& options) {
  std::vector<GuardReading> readings = read_input_guards(in, options);
  append(readings, read_plan_guards(in.plan, in.diff.matched, &in.diff.holders, options));
  append(readings, read_creep(in.plan, in.history.written, in.diff.matched, options));
  return readings;
}

std::vector<GuardReading> read_plan_guards(
    const Plan& plan, std::uint64_t matched,
    const std::array<std::uint64_t, kAttributeCount>* holders, const GuardOptions& options) {
  return PlanReader(plan, matched, holders, options).read();
}

}  // namespace trueup
