// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/free_addresses.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/apply/resume.h"
#include "engine/run/checks/gained_addresses.h"
#include "engine/run/checks/planned_holders.h"
#include "io/ldap/address_search.h"
#include "snapshots/model/dn.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

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
  bool is_taker = false;
};

/// Two names of one object: by objectGUID where both are known, else by DN.
bool same_object(const Change& change, const AddressHolder& holder) {
  if (change.object_guid != Anchor{} && holder.object_guid != Anchor{}) {
    return change.object_guid == holder.object_guid;
  }
  return dn_key(change.dn, DnFold::kLdap) == dn_key(holder.dn, DnFold::kLdap);
}

/// In which of its attributes the holder has the address no longer once `change` is done.
AttributeSet given_up(const Change& change, const std::string& key, AttributeSet in) {
  AttributeSet given;
  for (const Attribute a : {Attribute::kProxyAddresses, Attribute::kMail}) {
    if (in.contains(a) && gives(change, key, a)) given.add(a);
  }
  return given;
}

/// What is wrong with the holders that were found.
class HolderCheck {
 public:
  HolderCheck(Store& store, const RunDescription& run, const ApplyHistory& history,
              const Gains& gains, std::vector<Found> found)
      : store_(store),
        run_(run),
        history_(history),
        gains_(gains),
        found_(std::move(found)),
        planned_(store, run.ad_generation),
        cursor_(store, run.run) {}

  TakenAddresses taken() {
    find_takers();
    std::erase_if(found_, [&](const Found& f) { return is_no_gain(f); });
    take_away_what_was_given();
    std::erase_if(found_, [&](const Found& f) { return is_excused(f); });
    TakenAddresses taken;
    for (const Found& f : found_) {
      for (const std::uint32_t taker : takers_of(f)) {
        taken.try_emplace(
            taker, TakenAddress{Verdict::kAddressTaken, key_of(f) + " is held by " + f.holder.dn});
      }
    }
    return taken;
  }

 private:
  const std::string& key_of(const Found& f) const { return gains_.keys[f.holder.address]; }
  const std::vector<std::uint32_t>& takers_of(const Found& f) const {
    return gains_.takers[f.holder.address];
  }

  /// Its views are good until the next call.
  const Change& change(std::uint32_t number) {
    cursor_.seek(number);
    cursor_.next(change_);
    return change_;
  }

  void find_takers() {
    for (Found& f : found_) {
      f.is_taker = std::ranges::any_of(
          takers_of(f), [&](std::uint32_t taker) { return same_object(change(taker), f.holder); });
      if (f.is_taker) has_already_[f.holder.address] = has_already_[f.holder.address] | f.holder.in;
    }
  }

  /// The taker itself; and another holder, where the taker has the address among its addresses by
  /// now, or has it as mail and both had it when the plan was made: then only an attribute changes.
  bool is_no_gain(const Found& f) const {
    if (f.is_taker) return true;
    const auto own = has_already_.find(f.holder.address);
    if (own == has_already_.end()) return false;
    return own->second.contains(Attribute::kProxyAddresses) || planned_.had(key_of(f), f.holder);
  }

  /// Every taker waits for changes that take the address from this holder.
  bool is_excused(const Found& found) {
    if (found.holder.in.empty()) return true;  // it was given up before
    return std::ranges::all_of(takers_of(found), [&](std::uint32_t taker) {
      AttributeSet left = found.holder.in;
      const std::vector<std::uint32_t> givers = change(taker).after;
      for (const std::uint32_t giver : givers) {
        if (!found.may_be_stale && history_.succeeded.contains(giver)) continue;
        const Change& before = change(giver);
        if (same_object(before, found.holder)) left = left - given_up(before, key_of(found), left);
      }
      return left.empty();
    });
  }

  /// Where a server may not show yet what is done: a holder has no longer what it gave up in this
  /// run, or in those whose rejects this run tries again.
  void take_away_what_was_given() {
    const bool any = std::ranges::any_of(found_, &Found::may_be_stale);
    for (std::optional<RunDescription> run = run_; any && run;) {
      take_away_what_was_given_in(run->run);
      if (run->rejects_of == 0) break;
      run = run_description(store_, run->rejects_of);
    }
  }

  /// One pass over the plan, however many holders there are.
  void take_away_what_was_given_in(std::uint64_t run) {
    std::unordered_multimap<std::string, Found*> by_guid, by_dn;
    bool guids = true;
    for (Found& f : found_) {
      if (!f.may_be_stale) continue;
      guids = guids && f.holder.object_guid != Anchor{};
      by_guid.emplace(std::string(f.holder.object_guid.bytes()), &f);
      by_dn.emplace(dn_key(f.holder.dn, DnFold::kLdap), &f);
    }
    const Journal journal(store_, run);
    PlanCursor cursor(store_, run);
    const auto look = [&](const Change& change, const auto& range) {
      for (auto at = range.first; at != range.second; ++at) {
        if (same_object(change, at->second->holder)) take_away(change, journal, *at->second);
      }
    };
    for (Change change; cursor.next(change);) {
      look(change, by_guid.equal_range(std::string(change.object_guid.bytes())));
      if (guids && change.object_guid != Anchor{}) continue;
      look(change, by_dn.equal_range(dn_key(change.dn, DnFold::kLdap)));
    }
  }

  void take_away(const Change& change, const Journal& journal, Found& found) const {
    const AttributeSet given = given_up(change, key_of(found), found.holder.in);
    if (given.empty()) return;
    const std::optional<JournalEntry> outcome = journal.find(change.number);
    if (!outcome) return;
    AttributeSet& in = found.holder.in;
    if (outcome->verdict == Verdict::kAlready) {
      in = in - given;
    } else if (const auto part = acknowledged_part(change, *outcome)) {
      in = in - given_up(*part, key_of(found), in);
    }
  }

  Store& store_;
  const RunDescription& run_;
  const ApplyHistory& history_;
  const Gains& gains_;
  std::vector<Found> found_;
  PlannedHolders planned_;
  std::unordered_map<std::size_t, AttributeSet> has_already_;  // the takers, by address
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
      AddressSearch look{.base = std::move(base),
                         .in_flight = servers.in_flight,
                         .on_holder = {},
                         .on_searched = {}};
      look.on_holder = [&](const AddressHolder& h) { found.push_back({h, may_be_stale, false}); };
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
