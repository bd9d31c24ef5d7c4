// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/address_graph.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <tuple>

#include "engine/compare/address_moves.h"
#include "engine/plan/address_cycles.h"
#include "snapshots/model/address_hash.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

struct Move {
  std::uint64_t address;
  std::uint32_t candidate;
  bool gained;
  bool secondary;
  friend bool operator<(const Move& a, const Move& b) {
    return a.address != b.address ? a.address < b.address : a.candidate < b.candidate;
  }
};

struct Holder {
  std::uint64_t address;
  Anchor owner;
  bool joinable;
};

std::vector<Move> all_moves(const std::vector<Candidate>& candidates) {
  std::vector<Move> moves;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    for (const AddressMove& m : candidates[i].moves) {
      moves.push_back({m.address, i, m.gained, m.secondary});
    }
  }
  std::sort(moves.begin(), moves.end());
  return moves;
}

// Those rows of the address index whose address somebody gains: one pass over the index, in step
// with the moves, both sorted by address.
std::vector<Holder> holders_of_gained(const Store& store, std::uint64_t generation,
                                      const std::vector<Move>& moves) {
  std::vector<std::uint64_t> gained;
  for (const Move& m : moves) {
    if (m.gained) gained.push_back(m.address);
  }
  if (gained.empty()) return {};
  std::vector<std::vector<Holder>> parts(kShardCount);
  tbb::parallel_for(0, kShardCount, [&](int shard) {
    RowCursor<AddressRow> rows(store, generation, Table::kAddresses, shard);
    const std::uint64_t start = static_cast<std::uint64_t>(shard) << 58;
    auto want = std::lower_bound(gained.begin(), gained.end(), start);
    AddressRow row;
    while (want != gained.end() && rows.next(row)) {
      while (want != gained.end() && *want < row.address()) ++want;
      if (want == gained.end() || *want != row.address()) continue;
      parts[static_cast<std::size_t>(shard)].push_back({row.address(), row.owner, row.joinable()});
    }
  });
  std::vector<Holder> holders;
  for (const auto& part : parts) holders.insert(holders.end(), part.begin(), part.end());
  return holders;
}

class Builder {
 public:
  Builder(const Store& store, std::uint64_t generation, const std::vector<Candidate>& candidates,
          const std::vector<WithheldAddress>& withheld)
      : candidates_(candidates),
        withheld_(withheld),
        refusals_(candidates.size()),
        mailboxes_(store, generation),
        others_(store, generation, Table::kOthers) {}

  void connect(const std::vector<Move>& moves, const std::vector<Holder>& holders) {
    std::size_t holder = 0;
    for (std::size_t first = 0; first < moves.size();) {
      std::size_t last = first;
      while (last < moves.size() && moves[last].address == moves[first].address) ++last;
      while (holder < holders.size() && holders[holder].address < moves[first].address) ++holder;
      std::size_t holder_end = holder;
      while (holder_end < holders.size() && holders[holder_end].address == moves[first].address) {
        ++holder_end;
      }
      connect_address({moves.data() + first, last - first},
                      {holders.data() + holder, holder_end - holder});
      holder = holder_end;
      first = last;
    }
    std::sort(edges_.begin(), edges_.end(), by_giver);
  }

  // A refused change gives nothing up, so whoever counts on it is refused as well.
  void settle() {
    while (!to_settle_.empty()) {
      const std::uint32_t giver = to_settle_.front();
      to_settle_.pop_front();
      for (const AddressEdge& e : edges_of(giver)) {
        refuse(e.taker, Refusal::kDependsOn,
               "takes an address of " + name_of(giver) + ", whose change is refused");
      }
    }
    std::erase_if(edges_, [&](const AddressEdge& e) {
      return refusals_[e.giver].has_value() || refusals_[e.taker].has_value();
    });
  }

  // Cuts every cycle where a secondary address moves; refuses those of primaries alone.
  void break_cycles() {
    while (true) {
      const std::vector<std::vector<std::uint32_t>> cycles = cycles_of(edges_);
      if (cycles.empty()) return;
      for (const std::vector<std::uint32_t>& cycle : cycles) {
        if (cut(cycle)) continue;
        for (std::uint32_t c : cycle) {
          refuse(c, Refusal::kPrimaryCycle,
                 "the mailboxes swap primary addresses among themselves; move one of them away by "
                 "hand first");
        }
      }
      settle();
    }
  }

  AddressGraph take() {
    AddressGraph graph;
    graph.edges = std::move(edges_);
    for (std::uint32_t i = 0; i < refusals_.size(); ++i) {
      if (refusals_[i]) graph.refusals.push_back(std::move(*refusals_[i]));
    }
    return graph;
  }

 private:
  void connect_address(std::span<const Move> moves, std::span<const Holder> holders) {
    const auto gainers =
        std::count_if(moves.begin(), moves.end(), [](const Move& m) { return m.gained; });
    for (const Move& taker : moves) {
      if (!taker.gained) continue;
      if (gainers > 1) {
        const auto other = std::find_if(moves.begin(), moves.end(), [&](const Move& m) {
          return m.gained && m.candidate != taker.candidate;
        });
        refuse(taker.candidate, Refusal::kAddressTaken,
               gained_value(taker) + " would also go to " + name_of(other->candidate));
      }
      for (const Holder& h : holders) connect_holder(moves, taker, h);
    }
  }

  void connect_holder(std::span<const Move> moves, const Move& taker, const Holder& holder) {
    if (holder.joinable) {
      if (holder.owner == candidates_[taker.candidate].anchor) return;
      for (const Move& giver : moves) {
        if (giver.gained || candidates_[giver.candidate].anchor != holder.owner) continue;
        edges_.push_back({giver.candidate, taker.candidate, taker.address, giver.secondary, false});
        return;
      }
    }
    const auto record = (holder.joinable ? mailboxes_ : others_).find(holder.owner);
    if (!record) return;
    decode(*record, holder_);
    // The record of an ambiguous anchor is that of one claimant; any of them may hold it.
    const bool holds =
        holder_.has(kAmbiguousAnchor) ||
        std::any_of(holder_.values.begin(), holder_.values.end(), [&](const AttributeValue& v) {
          return kAddressAttributes.contains(v.attribute) &&
                 address_hash(v.attribute, v.bytes, scratch_) == taker.address;
        });
    if (!holds) return;  // an earlier state of the same object, from overlapping exports
    if (holder.joinable && std::binary_search(withheld_.begin(), withheld_.end(),
                                              WithheldAddress{taker.address, holder.owner})) {
      refuse(taker.candidate, Refusal::kDependsOn,
             "takes " + gained_value(taker) + " of " + std::string(holder_.name) +
                 ", whose change is refused or held");
      return;
    }
    refuse(taker.candidate, Refusal::kAddressTaken,
           gained_value(taker) + " is held by " + std::string(holder_.name));
  }

  // All edges of one object in the cycle that move secondary addresses, from the first object (by
  // anchor) that has one. False if there is none.
  bool cut(const std::vector<std::uint32_t>& cycle) {
    const auto inside = [&](std::uint32_t c) {
      return std::binary_search(cycle.begin(), cycle.end(), c);
    };
    for (std::uint32_t giver : cycle) {
      bool any = false;
      for (AddressEdge& e : edges_of(giver)) {
        if (e.cut || !e.secondary || !inside(e.taker)) continue;
        e.cut = any = true;
      }
      if (any) return true;
    }
    return false;
  }

  static bool by_giver(const AddressEdge& a, const AddressEdge& b) {
    return std::tie(a.giver, a.taker, a.address) < std::tie(b.giver, b.taker, b.address);
  }

  std::span<AddressEdge> edges_of(std::uint32_t giver) {
    const auto [first, last] = std::equal_range(
        edges_.begin(), edges_.end(), AddressEdge{giver, 0, 0, false, false},
        [](const AddressEdge& a, const AddressEdge& b) { return a.giver < b.giver; });
    return {first, last};
  }

  void refuse(std::uint32_t candidate, Refusal refusal, std::string detail) {
    if (refusals_[candidate]) return;
    refusals_[candidate] = AddressRefusal{candidate, refusal, std::move(detail)};
    to_settle_.push_back(candidate);
  }

  std::string name_of(std::uint32_t candidate) {
    decode(candidates_[candidate].change, change_);
    return std::string(change_.dn);
  }

  std::string gained_value(const Move& move) {
    decode(candidates_[move.candidate].change, change_);
    for (const Edit& e : change_.edits) {
      if (!kAddressAttributes.contains(e.attribute)) continue;
      for (std::string_view value : e.adds) {
        if (address_hash(e.attribute, value, scratch_) == move.address) return std::string(value);
      }
    }
    return "an address";
  }

  const std::vector<Candidate>& candidates_;
  const std::vector<WithheldAddress>& withheld_;
  std::vector<std::optional<AddressRefusal>> refusals_;
  RecordCursor mailboxes_;
  RecordCursor others_;
  std::vector<AddressEdge> edges_;
  std::deque<std::uint32_t> to_settle_;
  Mailbox holder_;
  Change change_;
  std::string scratch_;
};

}  // namespace

AddressGraph address_graph(const Store& store, std::uint64_t ad_generation,
                           const std::vector<Candidate>& candidates,
                           const std::vector<WithheldAddress>& withheld) {
  const std::vector<Move> moves = all_moves(candidates);
  if (moves.empty()) return {};
  Builder builder(store, ad_generation, candidates, withheld);
  builder.connect(moves, holders_of_gained(store, ad_generation, moves));
  builder.settle();
  builder.break_cycles();
  return builder.take();
}

}  // namespace trueup
