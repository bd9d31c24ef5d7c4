// SPDX-License-Identifier: Apache-2.0
#include "engine/run/free_addresses.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "engine/resume.h"
#include "engine/run/gained_addresses.h"
#include "io/ldap/address_search.h"
#include "snapshots/journal.h"
#include "snapshots/model/dn.h"
#include "snapshots/stored_plan.h"

namespace trueup {
namespace {

/// So many at a time, as a first load of a large tenant gains millions.
constexpr std::size_t kAtATime = 100'000;

/// Addresses that are still to be gained, each with the changes that gain it: one, but where an
/// object has two.
struct Gains {
  std::vector<std::string> keys;
  std::vector<std::vector<std::uint32_t>> takers;
};

/// Takes the gains of a plan piece by piece.
class GainReader {
 public:
  GainReader(Store& store, const RunDescription& run, const ApplyHistory& history)
      : history_(history), next_(changes_left(store, run, history, /*doubtful_only=*/false)) {}

  /// False at the end.
  bool next(Gains& gains) {
    gains = {};
    positions_.clear();
    while (gains.keys.size() < kAtATime && next_(change_)) {
      if (history_.awaited.contains(change_.number)) continue;  // never sent from here
      for (std::string& key : gained_addresses(change_)) {
        const auto [at, added] = positions_.try_emplace(std::move(key), gains.keys.size());
        if (added) {
          gains.keys.push_back(at->first);
          gains.takers.emplace_back();
        }
        gains.takers[at->second].push_back(change_.number);
      }
    }
    return !gains.keys.empty();
  }

 private:
  const ApplyHistory& history_;
  std::function<bool(Change&)> next_;
  Change change_;
  std::unordered_map<std::string, std::size_t> positions_;
};

struct Found {
  AddressHolder holder;
  bool may_be_stale = false;  // what was written elsewhere may not show there yet
};

/// Two names of one object: by objectGUID where both are known, else by DN.
bool same_object(const Change& change, const AddressHolder& holder) {
  if (change.object_guid != Anchor{} && holder.object_guid != Anchor{}) {
    return change.object_guid == holder.object_guid;
  }
  return dn_key(change.dn, DnFold::kLdap) == dn_key(holder.dn, DnFold::kLdap);
}

bool gives(const Change& change, const std::string& key) {
  const std::vector<std::string> given = given_addresses(change);
  return std::ranges::binary_search(given, key);
}

/// What is wrong with the holders that were found.
class HolderCheck {
 public:
  HolderCheck(Store& store, const RunDescription& run, const ApplyHistory& history,
              const Gains& gains, std::vector<Found> found)
      : store_(store), run_(run), history_(history), gains_(gains), found_(std::move(found)),
        cursor_(store, run.run) {}

  TakenAddresses taken() {
    // An address that its taker has already is not gained, whoever else has it.
    std::set<std::size_t> held_already;
    for (const Found& f : found_) {
      for (const std::uint32_t taker : gains_.takers[f.holder.address]) {
        if (same_object(change(taker), f.holder)) held_already.insert(f.holder.address);
      }
    }
    std::erase_if(found_, [&](const Found& f) { return held_already.contains(f.holder.address); });
    std::erase_if(found_, [&](const Found& f) { return is_excused(f); });
    std::erase_if(found_, [&](const Found& f) { return f.may_be_stale && gave_before(f); });
    TakenAddresses taken;
    for (const Found& f : found_) {
      for (const std::uint32_t taker : gains_.takers[f.holder.address]) {
        taken.try_emplace(taker, TakenAddress{Verdict::kAddressTaken,
                                              gains_.keys[f.holder.address] + " is held by " +
                                                  f.holder.dn});
      }
    }
    return taken;
  }

 private:
  /// Its views are good until the next call.
  const Change& change(std::uint32_t number) {
    cursor_.seek(number);
    cursor_.next(change_);
    return change_;
  }

  /// Every taker waits for a change that takes the address from this holder.
  bool is_excused(const Found& found) {
    return std::ranges::all_of(gains_.takers[found.holder.address], [&](std::uint32_t taker) {
      const std::vector<std::uint32_t> givers = change(taker).after;
      return std::ranges::any_of(givers, [&](std::uint32_t giver) {
        const Change& before = change(giver);
        return same_object(before, found.holder) &&
               gives(before, gains_.keys[found.holder.address]) &&
               (found.may_be_stale || !history_.succeeded.contains(giver));
      });
    });
  }

  /// It gave the address up in a part of this work that is done: of this run, or of those whose
  /// rejects this run tries again.
  bool gave_before(const Found& found) {
    for (std::optional<RunDescription> run = run_; run;) {
      if (gave_in(run->run, found)) return true;
      if (run->rejects_of == 0) break;
      run = run_description(store_, run->rejects_of);
    }
    return false;
  }

  bool gave_in(std::uint64_t run, const Found& found) {
    const Journal journal(store_, run);
    PlanCursor cursor(store_, run);
    for (Change change; cursor.next(change);) {
      if (!same_object(change, found.holder)) continue;
      if (!gives(change, gains_.keys[found.holder.address])) continue;
      const std::optional<JournalEntry> outcome = journal.find(change.number);
      if (!outcome) continue;
      if (outcome->verdict == Verdict::kAlready) return true;
      const std::optional<Change> part = acknowledged_part(change, *outcome);
      if (part && gives(*part, gains_.keys[found.holder.address])) return true;
    }
    return false;
  }

  Store& store_;
  const RunDescription& run_;
  const ApplyHistory& history_;
  const Gains& gains_;
  std::vector<Found> found_;
  PlanCursor cursor_;
  Change change_;
};

}  // namespace

TakenAddresses find_taken(Store& store, const RunDescription& run, const ApplyHistory& history,
                          const AddressServers& servers, Progress& progress) {
  progress.start(Stage::kAddresses, 0);
  TakenAddresses taken;
  GainReader reader(store, run, history);
  for (Gains gains; reader.next(gains);) {
    std::vector<Found> found;
    const auto search = [&](const LdapSession& session, std::string base, bool may_be_stale) {
      AddressSearch look{.base = std::move(base), .in_flight = servers.in_flight, .on_holder = {},
                         .on_searched = {}};
      look.on_holder = [&](const AddressHolder& h) { found.push_back({h, may_be_stale}); };
      look.on_searched = [&](std::size_t count) {
        progress.add(Stage::kAddresses, count);
        progress.check_stop();
      };
      search_addresses(session, gains.keys, look);
    };
    search(servers.directory, servers.naming_context, servers.elsewhere);
    if (servers.global_catalog != nullptr) search(*servers.global_catalog, "", true);
    if (found.empty()) continue;
    taken.merge(HolderCheck(store, run, history, gains, std::move(found)).taken());
  }
  return taken;
}

TakenAddresses all_unknown(Store& store, const RunDescription& run, const ApplyHistory& history,
                           const std::string& why) {
  TakenAddresses taken;
  GainReader reader(store, run, history);
  for (Gains gains; reader.next(gains);) {
    for (std::size_t i = 0; i < gains.keys.size(); ++i) {
      for (const std::uint32_t taker : gains.takers[i]) {
        taken.try_emplace(taker, TakenAddress{Verdict::kAddressUnknown, why + gains.keys[i]});
      }
    }
  }
  return taken;
}

bool gains_any(Store& store, const RunDescription& run, const ApplyHistory& history) {
  const auto next = changes_left(store, run, history, /*doubtful_only=*/false);
  for (Change change; next(change);) {
    if (!gained_addresses(change).empty()) return true;
  }
  return false;
}

}  // namespace trueup
