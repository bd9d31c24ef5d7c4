// SPDX-License-Identifier: Apache-2.0
// A plan that is to be written, the slapd to write it to, with a log of its writes, and a bad
// network between them. For tests that disturb the writing and then ask what became of it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "snapshots/store/journal.h"
#include "tests/cli/slapd_tenant.h"
#include "tests/support/servers/relay.h"
#include "tests/support/world.h"

namespace trueup::cli {

/// Folded DN -> attribute -> values.
using Content = std::map<std::string, std::map<std::string, std::set<std::string>>>;
/// Folded DN -> how many.
using Counts = std::map<std::string, int>;

/// What trueup's tests do in a row, so that every one of them may fail at its own place.
class WriteTrial {
 public:
  /// Plans `inputs`; what `ldif` says is in the directory. Guards are wide open.
  WriteTrial(const Arguments& inputs, const std::string& ldif);
  explicit WriteTrial(const Tenant& tenant);
  explicit WriteTrial(const world::World& world);

  /// A store of its own with the plan in it, as run 1, not yet applied.
  std::string planned_store();
  Arguments planning(const std::string& store) const;

  Slapd& slapd() { return *slapd_; }
  Relay& relay() { return *relay_; }
  const TempFolder& folder() const { return folder_; }
  const std::vector<LdifRecord>& plan() const { return plan_; }

  /// apply to the server, by way of the relay.
  Arguments apply(const std::string& store, const Arguments& more = {}) const;
  /// The same, beside the relay.
  Arguments apply_directly(const std::string& store, const Arguments& more = {}) const;
  /// undo, beside the relay, its guards wide open.
  Arguments undo(const std::string& store, int run) const;

  /// The directory before and, as ldapmodify -f plan.ldif makes it, after.
  const Content& before() const { return before_; }
  const Content& target() const { return target_; }
  Content now() const { return content(*slapd_); }

  /// How many modifies the plan has for each object.
  const Counts& planned_modifies() const { return planned_modifies_; }
  /// Those that have succeeded since the last reset(), by the server's own log.
  Counts modifies() const;
  /// The objects with more of them than the plan has; "" if there are none. But for changes of case
  /// alone: to a server "value" is "Value", so they can be made again, to no effect.
  std::string written_twice() const;
  /// Directory and log as at the start.
  void reset() { slapd_->reset(); }
  /// Waits until `count` modifies have succeeded. False after a minute, or if `process` ended.
  bool wait_for_modifies(int count, Process& process) const;
  /// LDIF change records, by ldapmodify.
  void modify(const std::string& ldif) const;

 private:
  void begin(const Arguments& inputs, const std::string& ldif);
  Arguments server_at(const std::string& url) const;

  TempFolder folder_;
  Arguments inputs_;
  std::unique_ptr<Slapd> slapd_;
  std::unique_ptr<Relay> relay_;
  std::vector<LdifRecord> plan_;
  Content before_;
  Content target_;
  Counts planned_modifies_;
  int stores_ = 0;
};

/// A DN as slapd spells it, in lower case: with \2c for \,.
std::string slapd_dn(const std::string& dn);

/// Where the two differ, for messages; "" if they are equal.
std::string difference(const Counts& is, const Counts& expected);
std::string difference(const Content& is, const Content& expected);

/// "planned", "applying" ...
std::string state_of(const std::string& store, int run);

/// The outcomes on record by the number of the change, and how many changes are intended.
struct JournalRead {
  std::map<std::uint32_t, JournalEntry> outcomes;
  int intended = 0;

  int count(Verdict verdict) const;
  int in_doubt() const { return intended - static_cast<int>(outcomes.size()); }
};
JournalRead journal_of(const std::string& store, int run);

/// Starts it and kills it with signal 9 after `delay`; whether it had not ended by then.
bool kill_after(const Arguments& arguments, std::chrono::steady_clock::duration delay);

/// User `n` of a World, as slapd_dn() would have it.
std::string world_dn(unsigned n);

/// Users 1 to `count`; with each, extensionAttribute1 is to turn from "old N" to "new N" and
/// extensionAttribute2 is to become "more N". User `count` + 1 agrees.
world::World drifted_world(unsigned count);

}  // namespace trueup::cli
