// SPDX-License-Identifier: Apache-2.0
// What the store says about a snapshot generation and about a run, apart from their contents:
// small records of named fields, written whole and synced. A snapshot exists once its description
// does; tables without one are left-overs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/model/attribute.h"
#include "snapshots/model/carried.h"
#include "snapshots/model/directory_identity.h"
#include "snapshots/store/run_state.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Named text fields, with typed access. Unknown fields are kept.
class Fields {
 public:
  void set(std::string_view name, std::string_view value) { map_[std::string(name)] = value; }
  void set(std::string_view name, std::uint64_t value) { set(name, std::to_string(value)); }
  std::string text(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;  // 0 if absent
  std::string encoded() const;
  static Fields decoded(std::string_view record);  // throws StoreError

 private:
  std::map<std::string, std::string, std::less<>> map_;
};

/// One object of a feed, and when it was changed by the feed's own word.
struct ObjectTime {
  Anchor key;                    // objectGUID, or the hashed id of an Exchange mailbox
  std::uint64_t changed_at = 0;  // Unix seconds
  friend bool operator==(const ObjectTime&, const ObjectTime&) = default;
};

/// Where a snapshot's data came from: one feed of it. What later loads are compared with.
struct FeedFacts {
  std::string digest;       // over the feed's records in any order, hex; "": not from files
  std::uint64_t dated = 0;  // Unix seconds: the oldest file of it, or its manifest; 0: read live
  std::vector<ObjectTime> newest;   // the objects changed last; empty: the feed tells no times
  std::vector<ObjectTime> watched;  // the newest of the last accepted load, as they are in this one
};

enum class Side : std::uint8_t { kCloud, kAd };
std::string_view to_string(Side side);

struct SnapshotDescription {
  Side side = Side::kCloud;
  std::uint64_t generation = 0;
  std::uint64_t previous = 0;          // generation whose history mask was carried on; 0: none
  std::string digest;                  // SHA-256 over anchors and exact fingerprints, hex
  std::string source;                  // what was read, for people
  std::uint64_t loaded_at = 0;         // Unix seconds, this machine's clock
  std::uint64_t taken_at = 0;          // Unix seconds by the source's own clock; 0: not known
  bool live = false;                   // AD: read from the server, not from an export
  bool accepted = false;               // its run's guards passed or its plan was accepted
  std::uint64_t mailboxes = 0;         // with an anchor (AD: joinable)
  std::uint64_t others = 0;            // AD: other objects with addresses; cloud: without an anchor
  std::uint64_t graph_users = 0;       // cloud: of the Graph feed
  std::uint64_t exo_mailboxes = 0;     // cloud: of the EXO feed
  std::uint64_t exo_alone = 0;         // ... that are no Graph user's
  std::string exo_alone_id;            // the id of one of those
  std::uint64_t flag_missing = 0;      // cloud: of EXO, without IsExchangeCloudManaged
  std::string flag_missing_id;         // the Graph id of one of those
  std::uint64_t exo_soft_deleted = 0;  // inactive and soft-deleted ones, passed over
  std::uint64_t bad_anchors = 0;
  std::uint64_t duplicate_addresses = 0;  // AD: held by more than one object
  std::uint64_t ambiguous = 0;            // anchors claimed more than once
  std::uint64_t defects = 0;
  std::uint64_t records = 0;        // input records, defects included
  std::uint64_t disagreements = 0;  // attributes on which Graph and EXO differ; EXO was taken
  std::uint64_t flags_seen = 0;     // MailboxFlag bits that any mailbox had
  AttributeSet supplied;            // attributes that any mailbox supplies
  std::uint64_t base = 0;           // generation that the changes were put on; 0: a full read
  std::uint64_t increments = 0;     // loads of changes since the last full read
  // cloud: what a later delta goes on from
  std::string delta_link;            // where it begins
  std::string graph_service;         // "https://host tenant" that the link is good for, if known
  std::uint64_t delta_link_at = 0;   // Unix seconds, when the service gave it; 0: not known
  std::string graph_select;          // the properties of the Graph feed, sorted; "": not listed
  AttributeSet graph_supplied;       // what the Graph feed selected
  bool graph_sync_supplied = false;  // ... and whether onPremisesSyncEnabled was among it
  // AD, read live: what a later read of changes goes on from
  std::string directory;            // base DN
  std::string read_as;              // what was read, as which account: others see other objects
  std::string ds_service_name;      // of the DC
  std::string invocation_id;        // of its database, raw octets
  std::uint64_t committed_usn = 0;  // highestCommittedUSN of the DC when it was read; 0: not told
  std::uint64_t highest_usn = 0;    // all changes up to this USN are in the snapshot; 0: not known
  std::array<std::uint64_t, kAttributeCount> filled{};  // mailboxes with a value
  FeedFacts graph, exo, ad;                             // those that the snapshot was made of
  // AD: which directory it is of
  std::string naming_context;       // DN of its head; "": not known
  std::string head_guid;            // of that object (DirectoryIdentity), 16 octets; "": not known
  std::string forest_domains;       // DNs of its forest's, a line each; "": not told
  bool other_domains_seen = false;  // exports of other domains were loaded too (--ad-extra)
  // AD: what protections rest on, over all that was read, outside of the base too
  std::string base_dn;        // subtree that mailboxes are taken from, as set; "": all
  CarrierCounts carriers{};   // objects that carry each
  std::uint64_t settled = 0;  // bits of Carried: the server itself has shown that it is there
                              // elsewhere, or cannot be there
  std::uint64_t protected_admins = 0;  // mailboxes with kAdminCount
  std::uint64_t on_premises = 0;       // mailboxes with kOnPremMailbox
};

/// All of them at once: from then on these snapshots exist.
void put(Store& store, std::span<const SnapshotDescription> descriptions);
inline void put(Store& store, const SnapshotDescription& one) { put(store, {&one, 1}); }
std::optional<SnapshotDescription> snapshot(const Store& store, std::uint64_t generation);
/// The newest snapshot of a side; with `accepted_only`, the newest accepted one.
std::optional<SnapshotDescription> newest_snapshot(const Store& store, Side side,
                                                   bool accepted_only);
std::vector<SnapshotDescription> snapshots(const Store& store);  // oldest first
/// Drops the tables of loads that were killed before their snapshot was described.
void drop_unfinished_snapshots(Store& store);
/// The generations that are beyond the newest `keep` of their side, but for those that `still_used`
/// names, and for the newest accepted one of each side, which the next load is compared with.
std::vector<std::uint64_t> old_snapshots(const Store& store, std::size_t keep,
                                         const std::vector<std::uint64_t>& still_used);
void drop_snapshots(Store& store, const std::vector<std::uint64_t>& generations);

struct RunDescription {
  std::uint64_t run = 0;
  std::string command;  // plan, diff, run ...
  RunState state = RunState::kLoading;
  std::uint64_t started_at = 0;  // Unix seconds
  std::uint64_t ended_at = 0;
  std::uint64_t cloud_generation = 0;
  std::uint64_t ad_generation = 0;
  std::string plan_digest;  // hex, empty: no plan
  std::uint64_t changes = 0;
  std::uint64_t guards_fired = 0;
  bool accepted = false;
  std::string scope;
  std::uint64_t in_scope = 0;
  std::uint64_t pairs = 0;     // cloud mailboxes with an AD object, in scope or not
  std::string out;             // where else plan.ldif was written
  std::string base;            // subtree that the plan keeps to, as set; "": all
  std::string naming_context;  // of the directory that it is for, as of the AD snapshot
  std::string head_guid;       // likewise, 16 octets
  std::string settings;        // what protects, as set then (engine/plan/guards/kept_settings.h)
  std::string options;         // all that the plan goes by (engine/run/records/recorded_options.h)
  std::string unprotected;     // keys of protections that the inputs cannot carry, to accept
  std::uint64_t accepted_by_digest = 0;  // Unix seconds, when a person let the plan through
  std::uint64_t plan_guards_fired =
      0;  // of guards_fired, those that no look at the directory mends
  /// Guards that fired when the directory was looked at, right before the first write, with what
  /// they read ("objects-missing=3"): shown to a person, and those that one accepted after that.
  std::string directory_guards, accepted_guards;
  std::uint64_t undo_of = 0;     // the plan reverses what that run wrote
  std::uint64_t rejects_of = 0;  // the plan is what that run could not write
  std::string directory;         // URL written to
  std::string ds_service_name;   // of the DC written to (rootDSE), empty unless AD
  std::string invocation_id;     // of its database, hex; another after a restore from backup
  std::uint64_t done = 0, rejected = 0, conflicts = 0, unknown = 0, not_sent = 0;
  std::uint64_t unverified = 0;
  std::string failure;           // why its last command failed or stopped early; "": it did not
  std::uint64_t dry_run_at = 0;  // Unix seconds, of the last one; 0: none
  std::uint64_t wrote_from = 0;  // Unix seconds, when it began to send changes; 0: it did not
  std::uint64_t wrote_to = 0;    // ... and when it was done with that, or stopped
};

/// Which directory they are of.
DirectoryIdentity directory_of(const SnapshotDescription& ad);
DirectoryIdentity directory_of(const RunDescription& run);

/// The stored form of a run's description, and back; throws StoreError if it is not one.
std::string record_of(const RunDescription& run);
RunDescription run_of_record(std::string_view record);
void put(Store& store, const RunDescription& run);
std::optional<RunDescription> run_description(const Store& store, std::uint64_t run);
std::vector<RunDescription> run_descriptions(const Store& store);  // oldest first
/// What the store holds of a run: its record, its plan and its journal.
void erase_run(Store& store, std::uint64_t run);
/// About how much that is.
std::uint64_t run_bytes(const Store& store, std::uint64_t run);

}  // namespace trueup
