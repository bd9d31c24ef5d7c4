// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include <algorithm>
#include <deque>
#include <set>

#include "engine/compare/address_moves.h"
#include "engine/plan/address_graph.h"
#include "engine/plan/same_values.h"
#include "snapshots/model/address_hash.h"

namespace trueup {
namespace {

// One record of the plan to be: a candidate, or one of the two parts of a cut one.
struct Node {
  std::uint32_t candidate = 0;
  bool early = false;  // gives cut addresses up, ahead of the rest
  std::uint32_t level = 0;
  std::vector<std::uint32_t> after;  // nodes
};

// The candidates as they are planned: those of the comparison, or what is left of one.
using Candidates = std::vector<const Candidate*>;

// A refused candidate without its address edits, which become a reject of their own.
Candidate without_addresses(const Candidate& whole, const AddressRefusal& refusal,
                            std::vector<Rejected>& rejected) {
  Change change;
  decode(whole.change, change);
  Change taken = change;
  std::erase_if(taken.edits,
                [](const Edit& e) { return !kAddressAttributes.contains(e.attribute); });
  std::erase_if(change.edits,
                [](const Edit& e) { return kAddressAttributes.contains(e.attribute); });
  std::string encoded_taken, encoded_rest;
  encode(taken, encoded_taken);
  if (!change.edits.empty()) encode(change, encoded_rest);
  rejected.push_back(
      {whole.anchor, refusal.refusal, Hold::kNone, refusal.detail, std::move(encoded_taken)});
  return {.anchor = whole.anchor,
          .change = std::move(encoded_rest),
          .moves = {},  // the graph is made by now
          .facts = whole.facts.without(kAddressAttributes),
          .first_sight = whole.first_sight - kAddressAttributes};
}

void count_edits(const Candidate& candidate, const Change& change, Plan& plan) {
  ++plan.mailboxes;
  if (!candidate.facts.loses.empty()) ++plan.losing;
  if (!candidate.facts.replaces_primary.empty()) ++plan.replaced;
  for (const Edit& e : change.edits) {
    AttributeCounts& c = plan.counts[static_cast<std::size_t>(index(e.attribute))];
    if (candidate.facts.clears.contains(e.attribute)) {
      ++c.clear;
      if (candidate.first_sight.contains(e.attribute)) ++c.first_sight_clear;
    } else if (e.deletes.empty()) {
      ++c.add;
    } else if (e.adds.empty()) {
      ++c.remove;
    } else {
      ++c.replace;
    }
  }
}

// Splits what a cut candidate gives up early from the rest of its edits.
class Splitter {
 public:
  // `cut`: the addresses that go early.
  std::pair<Change, Change> split(const Change& whole, const std::vector<std::uint64_t>& cut) {
    Change early = whole;
    Change rest = whole;
    early.edits.clear();
    for (Edit& e : rest.edits) {
      if (e.attribute != Attribute::kProxyAddresses) continue;
      Edit gone;
      gone.attribute = e.attribute;
      std::erase_if(e.deletes, [&](std::string_view value) {
        const std::uint64_t address = address_hash(e.attribute, value, scratch_);
        if (std::find(cut.begin(), cut.end(), address) == cut.end()) return false;
        gone.deletes.push_back(value);
        return true;
      });
      early.edits.push_back(std::move(gone));
    }
    std::erase_if(rest.edits, [](const Edit& e) { return e.deletes.empty() && e.adds.empty(); });
    return {std::move(early), std::move(rest)};
  }

 private:
  std::string scratch_;
};

// The nodes and what each comes after, from the edges between candidates.
class Order {
 public:
  Order(const Candidates& candidates, std::vector<AddressEdge> edges)
      : candidates_(candidates), edges_(std::move(edges)) {
    for (std::uint32_t i = 0; i < candidates.size(); ++i) {
      if (!candidates[i]->change.empty()) add_candidate(i);
    }
    for (const AddressEdge& e : edges_) {
      const std::uint32_t giver = e.cut ? early_[e.giver] : main_[e.giver];
      nodes_[main_[e.taker]].after.push_back(giver);
    }
    set_levels();
  }

  // Nodes in plan order: by level, then anchor; a level only comes after lower ones.
  std::vector<std::uint32_t> sorted() const {
    std::vector<std::uint32_t> order(nodes_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const Node& x = nodes_[a];
      const Node& y = nodes_[b];
      if (x.level != y.level) return x.level < y.level;
      return x.candidate != y.candidate ? x.candidate < y.candidate : x.early > y.early;
    });
    return order;
  }
  const Node& node(std::uint32_t i) const { return nodes_[i]; }
  bool is_split(std::uint32_t candidate) const { return early_[candidate] != kNone; }
  std::vector<std::uint64_t> cut_addresses(std::uint32_t candidate) const {
    std::vector<std::uint64_t> cut;
    for (const AddressEdge& e : edges_) {
      if (e.cut && e.giver == candidate) cut.push_back(e.address);
    }
    return cut;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  void add_candidate(std::uint32_t i) {
    if (main_.empty()) {
      main_.assign(candidates_.size(), kNone);
      early_.assign(candidates_.size(), kNone);
      for (const AddressEdge& e : edges_) {
        if (e.cut) is_cut_.insert(e.giver);
      }
    }
    if (is_cut_.contains(i)) {
      early_[i] = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({i, true, 0, {}});
    }
    main_[i] = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({i, false, 0, {}});
    if (early_[i] != kNone) nodes_.back().after.push_back(early_[i]);
  }

  // Longest path from the nodes that come after nothing; there are no cycles left.
  void set_levels() {
    std::vector<std::vector<std::uint32_t>> takers(nodes_.size());
    std::vector<std::uint32_t> open(nodes_.size());
    std::vector<std::uint32_t> ready;
    for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
      std::vector<std::uint32_t>& after = nodes_[n].after;
      std::sort(after.begin(), after.end());
      after.erase(std::unique(after.begin(), after.end()), after.end());
      open[n] = static_cast<std::uint32_t>(after.size());
      for (std::uint32_t g : after) takers[g].push_back(n);
      if (after.empty()) ready.push_back(n);
    }
    while (!ready.empty()) {
      const std::uint32_t n = ready.back();
      ready.pop_back();
      for (std::uint32_t t : takers[n]) {
        nodes_[t].level = std::max(nodes_[t].level, nodes_[n].level + 1);
        if (--open[t] == 0) ready.push_back(t);
      }
    }
  }

  const Candidates& candidates_;
  const std::vector<AddressEdge> edges_;
  std::set<std::uint32_t> is_cut_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> main_, early_;  // node of each candidate
};

void number_changes(const Candidates& candidates, const Order& order, Plan& plan) {
  const std::vector<std::uint32_t> sorted = order.sorted();
  std::vector<std::uint32_t> numbers(sorted.size());
  for (std::uint32_t i = 0; i < sorted.size(); ++i) numbers[sorted[i]] = i + 1;
  plan.changes.reserve(sorted.size());
  Change whole;
  Splitter splitter;
  SameValueCounter same_values;
  for (std::uint32_t n : sorted) {
    const Node& node = order.node(n);
    const Candidate& candidate = *candidates[node.candidate];
    decode(candidate.change, whole);
    Change change = whole;
    if (!node.early) {
      count_edits(candidate, whole, plan);
      same_values.add(whole);
    }
    if (order.is_split(node.candidate)) {
      auto [early, rest] = splitter.split(whole, order.cut_addresses(node.candidate));
      change = node.early ? std::move(early) : std::move(rest);
    }
    change.number = numbers[n];
    for (std::uint32_t g : node.after) change.after.push_back(numbers[g]);
    std::sort(change.after.begin(), change.after.end());
    std::string out;
    encode(change, out);
    plan.changes.push_back(std::move(out));
    plan.facts.push_back(node.early ? ChangeFacts{} : candidate.facts);
    if (!node.early) plan.by_mailbox.push_back(plan_fact(candidate.anchor, candidate.facts));
  }
  plan.same_value = same_values.most();
  merge_facts(plan.by_mailbox);
}

void count_rejects(Plan& plan) {
  std::set<std::string> refused, held;
  Change change;
  for (const Rejected& r : plan.rejected) {
    std::string who(r.anchor.bytes());
    if (r.anchor == Anchor{}) who = r.detail;  // a bad anchor: told apart by name
    (r.hold == Hold::kNone ? refused : held).insert(std::move(who));
    if (r.change.empty()) continue;
    decode(r.change, change);
    for (const Edit& e : change.edits) {
      AttributeCounts& c = plan.counts[static_cast<std::size_t>(index(e.attribute))];
      ++(r.hold == Hold::kNone ? c.refused : c.held);
    }
  }
  plan.refused_mailboxes = refused.size();
  plan.held_mailboxes = held.size();
}

}  // namespace

PlanFact plan_fact(const Anchor& anchor, const ChangeFacts& facts) {
  PlanFact fact;
  fact.anchor = anchor;
  fact.clears = facts.clears.bits();
  fact.overwrites = facts.overwrites.bits();
  if (!facts.loses.empty()) fact.kinds |= kFactLosing;
  if (!facts.replaces_primary.empty()) fact.kinds |= kFactReplaced;
  if (facts.retypes) fact.kinds |= kFactTypes;
  return fact;
}

Plan make_plan(const Store& store, std::uint64_t ad_generation, const DiffResult& diff,
               Progress& progress) {
  progress.start(Stage::kPlan, diff.candidates.size());
  Plan plan;
  plan.rejected = diff.rejected;
  AddressGraph graph = address_graph(store, ad_generation, diff.candidates, diff.withheld);
  Candidates planned;
  planned.reserve(diff.candidates.size());
  for (const Candidate& candidate : diff.candidates) planned.push_back(&candidate);
  std::deque<Candidate> parts;  // their places stay
  for (const AddressRefusal& refusal : graph.refusals) {
    const Candidate*& candidate = planned[refusal.candidate];
    candidate = &parts.emplace_back(without_addresses(*candidate, refusal, plan.rejected));
  }
  std::stable_sort(plan.rejected.begin(), plan.rejected.end(),
                   [](const Rejected& a, const Rejected& b) { return a.anchor < b.anchor; });
  const Order order(planned, std::move(graph.edges));
  number_changes(planned, order, plan);
  count_rejects(plan);
  for (std::size_t a = 0; a < plan.counts.size(); ++a) {
    plan.counts[a].case_only = diff.case_only[a];
  }
  progress.add(Stage::kPlan, diff.candidates.size());
  return plan;
}

}  // namespace trueup
