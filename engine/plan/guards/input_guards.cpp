// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/input_guards.h"

#include <algorithm>

#include "engine/plan/guards/limits.h"

namespace trueup {
namespace {

using D = SnapshotDescription;

struct FeedName {
  const char* name;
  const FeedFacts D::*facts;
};
constexpr FeedName kCloudFeeds[] = {{"graph", &D::graph}, {"exo", &D::exo}};
constexpr FeedName kAdFeeds[] = {{"ad", &D::ad}};

std::string hours(std::uint64_t seconds) {
  const std::uint64_t tenths = seconds / 360;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " hours";
}

std::string text(Carried c) { return std::string(to_string(c)); }

std::uint64_t of(const CarrierCounts& counts, Carried c) {
  return counts[static_cast<std::size_t>(c)];
}

class Reader {
 public:
  Reader(const GuardInputs& in, const GuardOptions& options)
      : in_(in), history_(in.history), options_(options) {}

  std::vector<GuardReading> read() {
    no_history();
    counts();
    scope();
    carriers();
    held();
    settings_loosened();
    for (const FeedName& feed : kCloudFeeds) older_than_last(feed, in_.cloud, history_.cloud);
    for (const FeedName& feed : kAdFeeds) older_than_last(feed, in_.ad, history_.ad);
    same_dc_set_back();
    again();
    time_apart();
    for (const FeedName& feed : kCloudFeeds) input_age(feed, in_.cloud);
    for (const FeedName& feed : kAdFeeds) input_age(feed, in_.ad);
    unmatched();
    unseen_in_ad();
    unseen_protection();
    return std::move(readings_);
  }

 private:
  void no_history() {
    if (!history_.required || history_.run) return;
    GuardReading r = ceiling("no-history", 1, 0,
                             "the store " + history_.store +
                                 " has no accepted run: is it the right "
                                 "one? A first plan is looked at and let through by its digest, or "
                                 "made by 'trueup plan'");
    r.remedy = "once, by --accept DIGEST, or by a plan that passes";
    readings_.push_back(std::move(r));
  }

  void fewer(std::string guard, std::uint64_t value, std::optional<std::uint64_t> last,
             const Threshold& t, std::string meaning) {
    GuardReading r = floor(std::move(guard), value, last ? least_left(t, *last) : 0,
                           std::move(meaning) + ", against the last accepted load" +
                               (last ? " (" + std::to_string(*last) + ")" : ""));
    r.no_history = !last.has_value();
    readings_.push_back(std::move(r));
  }

  static std::optional<std::uint64_t> last(const std::optional<D>& d, std::uint64_t D::*count) {
    return d ? std::optional<std::uint64_t>((*d).*count) : std::nullopt;
  }

  void counts() {
    fewer("cloud-count", in_.cloud.mailboxes, last(history_.cloud, &D::mailboxes),
          options_.cloud_count, "mailboxes on the cloud side");
    fewer("graph-count", in_.cloud.graph_users, last(history_.cloud, &D::graph_users),
          options_.graph_count, "users in the Graph feed");
    fewer("exo-count", in_.cloud.exo_mailboxes, last(history_.cloud, &D::exo_mailboxes),
          options_.exo_count, "mailboxes in the Exchange feed");
    fewer("ad-count", in_.ad.mailboxes, last(history_.ad, &D::mailboxes), options_.ad_count,
          "users on the AD side");
  }

  void scope() {
    std::optional<std::uint64_t> before;
    if (history_.run) before = history_.run->in_scope;
    fewer("scope-count", in_.diff.in_scope, before, options_.scope_count, "mailboxes in scope");
    if (!before || in_.diff_options.scope == ScopeKind::kList) return;  // a list names each
    const std::uint64_t more = in_.diff.in_scope > *before ? in_.diff.in_scope - *before : 0;
    readings_.push_back(ceiling("scope-growth", more, growth_limit(options_.scope_growth, *before),
                                "mailboxes more in scope than in the last accepted load (" +
                                    std::to_string(*before) + ")"));
  }

  void carriers() {
    for (int i = 0; i < kCarriedCount; ++i) {
      const auto c = static_cast<Carried>(i);
      std::optional<std::uint64_t> before;
      if (history_.ad) before = of(history_.ad->carriers, c);
      const bool settled = (in_.ad.settled & std::uint64_t{1} << i) != 0;
      if (!is_relied_on(in_.diff_options, c)) continue;
      if (c == Carried::kOtherHolder) {
        fewer("others-count", of(in_.ad.carriers, c), before, options_.others_count,
              "holders of addresses that are no users");
        continue;
      }
      // An export has objects without an address too, which a live read leaves out.
      const bool alike = history_.ad && history_.ad->live == in_.ad.live;
      if (alike || !settled) {
        fewer("protection-count " + text(c), of(in_.ad.carriers, c), before,
              alike ? options_.protection_count : Threshold{before.value_or(0), 0},
              "objects that carry it");
      }
    }
  }

  void held() {
    for (const ExcludedCount& e : history_.excluded) {
      fewer("held-count " + e.exclude, e.now, e.before, options_.held_count,
            "users that this exclude holds");
    }
    if (in_.diff_options.protect_admin_count) {
      fewer("held-count adminCount", in_.ad.protected_admins,
            last(history_.ad, &D::protected_admins), options_.held_count,
            "users that adminCount protects");
    }
    if (!in_.diff_options.allow_on_prem_mailboxes) {
      fewer("held-count on-premises", in_.ad.on_premises, last(history_.ad, &D::on_premises),
            options_.held_count, "users that still host a mailbox");
    }
  }

  void settings_loosened() {
    if (!history_.run || history_.run->settings.empty()) return;
    const std::vector<std::string> loosened =
        loosened_since(KeptSettings::parsed(history_.run->settings), history_.settings);
    GuardReading r =
        ceiling("settings-loosened", loosened.size(), 0,
                "settings that protect, taken back since run " + std::to_string(history_.run->run));
    r.remedy = "put them back, or let this plan through by its digest";
    r.examples = loosened;  // all: what is let through is what was shown
    readings_.push_back(std::move(r));
  }

  void older_than_last(const FeedName& feed, const D& now, const std::optional<D>& last) {
    if (!last) return;
    const FeedFacts& before = (*last).*feed.facts;
    const FeedFacts& facts = now.*feed.facts;
    if (before.digest.empty() && before.newest.empty()) return;  // there was no such feed
    std::uint64_t oldest = 0;
    std::vector<std::string> examples;
    for (const ObjectTime& was : before.newest) {
      const auto is = std::ranges::find(facts.watched, was.key, &ObjectTime::key);
      if (is == facts.watched.end() || is->changed_at >= was.changed_at) continue;
      const std::uint64_t older = was.changed_at - is->changed_at;
      oldest = std::max(oldest, older);
      if (older > options_.older_than_last && examples.size() < kGuardExamples) {
        examples.push_back(to_guid(was.key) + " is older by " + hours(older));
      }
    }
    // None of them is there: they came after the dump was made, or all went at once.
    const bool none_there =
        facts.watched.empty() && !facts.newest.empty() && !before.newest.empty();
    if (none_there && facts.newest.front().changed_at < before.newest.front().changed_at) {
      oldest = before.newest.front().changed_at - facts.newest.front().changed_at;
    }
    GuardReading r =
        ceiling(std::string("older-than-last ") + feed.name, oldest, options_.older_than_last,
                "seconds by which an object is older than in the last accepted load; "
                "an old dump, or a server that was put back?");
    if (!before.newest.empty() && facts.newest.empty() && has_records(feed, now)) {
      r.fired = true;  // one load without times would make every older one pass after it
      r.meaning = std::string("the ") + feed.name +
                  " feed told times of change in the last "
                  "accepted load, and tells none now: how old is it?";
      r.remedy = "export it with its times, or let this plan through by its digest";
    } else if (before.newest.empty() || facts.newest.empty()) {
      r.fired = false;
      r.cannot_tell = std::string("the ") + feed.name + " feed tells no times of change";
    }
    r.examples = std::move(examples);
    readings_.push_back(std::move(r));
  }

  static bool has_records(const FeedName& feed, const D& snapshot) {
    return feed.facts != &D::exo || snapshot.exo_mailboxes > 0;
  }

  void same_dc_set_back() {
    if (!history_.ad) return;
    const D& before = *history_.ad;
    const bool same = !in_.ad.invocation_id.empty() && in_.ad.invocation_id == before.invocation_id;
    if (!same || in_.ad.committed_usn == 0 || in_.ad.committed_usn >= before.committed_usn) return;
    GuardReading r =
        floor("older-than-last ad", in_.ad.committed_usn, before.committed_usn,
              "highestCommittedUSN of the same domain controller went back: it was put "
              "back from a snapshot");
    r.remedy = "bring the domain controller in order first (USN rollback)";
    readings_.push_back(std::move(r));
  }

  void again() {
    for (const FeedAgain& a : history_.again) {
      GuardReading r = ceiling(
          "older-than-last " + a.feed, a.differing, floor_of(a.last_mailboxes),
          "mailboxes that differ from the last accepted load, and the feed is, record for record, "
          "that of generation " +
              std::to_string(a.generation) + ": an old dump taken for a new one");
      r.remedy = "name tonight's dump";
      readings_.push_back(std::move(r));
    }
  }

  void time_apart() {
    if (in_.cloud.taken_at == 0 || in_.ad.taken_at == 0) return;
    const auto [earlier, later] = std::minmax(in_.cloud.taken_at, in_.ad.taken_at);
    readings_.push_back(ceiling("time-apart", later - earlier, options_.time_apart,
                                "seconds between the two sides' own clocks"));
  }

  void input_age(const FeedName& feed, const D& snapshot) {
    const std::uint64_t dated = (snapshot.*feed.facts).dated;
    if (dated == 0) return;  // read live, or not there
    const bool ahead = dated > history_.now;
    const std::uint64_t age = ahead ? dated - history_.now : history_.now - dated;
    readings_.push_back(ceiling(std::string("input-age ") + feed.name, age, options_.max_input_age,
                                ahead ? "seconds that the feed's oldest file is ahead of this "
                                        "machine's clock"
                                      : "seconds since the feed's oldest file was made"));
  }

  void unmatched() {
    GuardReading r = ceiling("unmatched", in_.diff.cloud_only,
                             plan_limit(options_.unmatched, in_.diff.in_scope, kCap),
                             "mailboxes in scope without an AD object");
    if (r.fired) {
      for (const Unmatched& u : in_.diff.unmatched) {
        if (u.side != Side::kCloud || r.examples.size() == kGuardExamples) break;
        r.examples.push_back(u.name + " (" + to_base64(u.anchor) + ")");
      }
    }
    readings_.push_back(std::move(r));
  }

  // A live read sees what the schema holds; an export sees what its -l or its port let through.
  void unseen_in_ad() {
    if (in_.ad.live) return;
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      const auto at = static_cast<std::size_t>(i);
      // What is held or refused is not written, whatever the export lacks.
      if (in_.plan.counts[at].add == 0 || in_.ad.filled[at] > 0) continue;
      GuardReading r = ceiling("unseen-in-ad " + std::string(traits(a).name), 1, 0,
                               "the cloud fills it and no AD record carries it: was it exported "
                               "(ldifde -l, a global catalog)?");
      r.remedy = "export it, or leave it out of 'attributes'";
      readings_.push_back(std::move(r));
    }
  }

  void unseen_protection() {
    for (int i = 0; i < kCarriedCount; ++i) {
      const auto c = static_cast<Carried>(i);
      if (!is_relied_on(in_.diff_options, c) || !is_unseen(in_.ad, c)) continue;
      if (history_.unprotected.contains(text(c))) continue;
      GuardReading r = ceiling("unseen-protection " + text(c), 1, 0, what_is_unseen(c));
      r.remedy = "accepted by --accept-unprotected " + text(c) + " beside the digest";
      readings_.push_back(std::move(r));
    }
  }

  static std::string what_is_unseen(Carried c) {
    if (c == Carried::kOtherHolder) {
      return "every holder of an address is a user: were groups and contacts exported? Addresses "
             "that they hold would be given away";
    }
    return "no object of the whole input carries " +
           std::string(c == Carried::kHome ? "homeMDB or msExchHomeServerName" : to_string(c)) +
           ": was it exported? What rests on it protects nothing";
  }

  const GuardInputs& in_;
  const GuardHistory& history_;
  const GuardOptions& options_;
  std::vector<GuardReading> readings_;
};

}  // namespace

std::vector<GuardReading> read_input_guards(const GuardInputs& inputs,
                                            const GuardOptions& options) {
  return Reader(inputs, options).read();
}

bool is_unseen(const SnapshotDescription& ad, Carried carried) {
  const auto bit = std::uint64_t{1} << static_cast<int>(carried);
  return of(ad.carriers, carried) == 0 && (ad.settled & bit) == 0;
}

bool is_relied_on(const DiffOptions& options, Carried carried) {
  switch (carried) {
    case Carried::kAdminCount: return options.protect_admin_count;
    case Carried::kHome: return !options.allow_on_prem_mailboxes;
    case Carried::kConsistencyGuid: return true;  // the join
    case Carried::kOtherHolder: return !(options.attributes & kAddressAttributes).empty();
  }
  return true;
}

}  // namespace trueup
