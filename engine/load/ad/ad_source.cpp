// SPDX-License-Identifier: Apache-2.0
#include "engine/load/ad/ad_source.h"

#include <ctime>
#include <memory>
#include <vector>

#include "engine/load/ad/ad_events.h"
#include "engine/load/ad/loaded_directory.h"
#include "io/ldap/live_ad.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

// Half of what a tombstone stays by default (tombstoneLifetime, [MS-ADTS] 6.1.1.2.4.1.1).
constexpr std::uint64_t kOldestBaseSeconds = 30ULL * 24 * 3600;
// So many rounds of changes while changes go on; what is not read then is read next time.
constexpr int kRounds = 10;
// Beyond that the objects that were missed are not asked for one by one.
constexpr std::size_t kOneByOne = 2000;

class LiveLoad {
 public:
  LiveLoad(const LoadContext& load, const LdapOptions& ldap, BlockPool& pool)
      : store_(load.store),
        options_(load.options.live_ad),
        result_(load.result),
        d_(load.result.snapshot),
        base_(newest_snapshot(load.store, Side::kAd, false)),
        live_(ldap, read_options(options_, load.progress)),
        events_(pool, load.store.folder(), dse().active_directory, !options_.save.empty()) {}

  void describe(const LdapOptions& ldap);
  void read();
  void deliver(AdSinks& sinks);

 private:
  static LiveReadOptions read_options(const LiveAdOptions& options, Progress& progress);
  const RootDse& dse() const { return live_.session().root_dse(); }

  void read_all();
  void read_changes();
  void catch_up();
  void read_missing();
  void settle_carriers(const AdSinks& sinks);

  const Store& store_;
  const LiveAdOptions& options_;
  LoadResult& result_;
  SnapshotDescription& d_;
  const std::optional<SnapshotDescription> base_;
  LiveAd live_;
  AdEvents events_;
  std::vector<std::string> containers_;
  std::uint64_t up_to_ = 0;      // all changes up to this USN are read
  bool enumerate_ = false;       // what is there has to be looked at
  bool saw_hidden_usn_ = false;  // an object whose changes cannot be seen
  bool saw_hidden_guid_ = false;
};

LiveReadOptions LiveLoad::read_options(const LiveAdOptions& options, Progress& progress) {
  LiveReadOptions read;
  read.connections = options.connections;
  read.fixed_slices = options.fixed_slices;
  read.as_ldif = !options.save.empty();
  read.reader.page_size = options.page_size;
  read.reader.on_page = [&progress](std::uint64_t entries) {
    progress.check_stop();
    progress.add(Stage::kLoadAd, entries);
  };
  return read;
}

void LiveLoad::describe(const LdapOptions& ldap) {
  for (const std::string& warning : live_.session().warnings()) result_.warnings.push_back(warning);
  result_.server = live_.session().url();
  d_.live = true;
  d_.taken_at =
      static_cast<std::uint64_t>(dse().current_time > 0 ? dse().current_time : std::time(nullptr));
  d_.source = "ad " + live_.session().url() + " " + live_.session().base_dn();
  d_.directory = live_.session().base_dn();
  // Counted up when more is asked of each object than before.
  d_.read_as = "2 " + std::to_string(static_cast<int>(ldap.auth)) + " " + ldap.bind_dn + " " +
               ldap.cert_file;
  d_.ds_service_name = dse().ds_service_name;
  d_.invocation_id = dse().invocation_id;
  d_.committed_usn = dse().highest_committed_usn;
  const DirectoryIdentity identity = live_.identity();
  if (!identity.naming_context.empty() && !identity.head_guid) {
    result_.warnings.push_back("the account may not read the GUID of " + identity.naming_context +
                               ", so that a plan does not know this directory from another one of "
                               "that name; let it read objectGUID there");
  }
  describe_directory(identity, d_);
  for (const std::string& domain : live_.forest_domains()) d_.forest_domains += domain + "\n";
}

void LiveLoad::read() {
  const auto last = newest_snapshot(store_, Side::kAd, true);
  if (last) events_.watch(last->ad.newest);
  const FullRead full = why_full(options_, base_, d_, dse());
  if (!full.expected) {
    result_.warnings.push_back("AD is read as a whole, not just what has changed: " + full.reason);
  }
  if (full.reason.empty()) {
    read_changes();
  } else {
    read_all();
  }
  read_missing();
  containers_ = live_.container_dns();
  // What would not be seen to change cannot be gone on from.
  const bool known =
      dse().active_directory && !d_.invocation_id.empty() && !saw_hidden_usn_ && !saw_hidden_guid_;
  d_.highest_usn = known ? up_to_ : 0;
  if (saw_hidden_usn_ && dse().active_directory) {
    result_.warnings.push_back(
        "the account may not read uSNChanged of all objects, so each load "
        "reads AD as a whole; grant it to read all properties");
  }
}

void LiveLoad::read_all() {
  const std::uint64_t highest = dse().highest_committed_usn;
  if (highest == 0) {
    AdEvents::Sink sink(events_, {});
    live_.read_all(sink);
    return;
  }
  {
    std::vector<std::unique_ptr<AdEvents::Sink>> owners;
    std::vector<AdEntrySink*> sinks;
    for (int i = 0; i < options_.connections; ++i) {
      owners.push_back(std::make_unique<AdEvents::Sink>(events_, nullptr));
      sinks.push_back(owners.back().get());
    }
    live_.read_slices(highest, sinks);
    for (const auto& sink : owners) saw_hidden_guid_ |= sink->saw_no_guid();
  }
  up_to_ = highest;
  // An object whose uSNChanged the account may not read matches neither a filter on it nor that
  // filter's negation ([MS-ADTS] 3.1.1.3.1.3.1: undefined), so only a look at all of them shows it.
  enumerate_ = true;
  catch_up();
}

void LiveLoad::read_changes() {
  d_.base = base_->generation;
  d_.source += ", changes since generation " + std::to_string(base_->generation);
  d_.increments = base_->increments + 1;
  events_.add_stored(store_, base_->generation);
  for (const ObjectTime& object : base_->ad.newest) {
    events_.times().see(object.key, object.changed_at);
  }
  up_to_ = base_->highest_usn;
  const auto every = static_cast<std::uint64_t>(options_.enumerate_every);
  enumerate_ = every > 0 && d_.increments % every == 0;
  catch_up();
}

/// What has changed above up_to_, until nothing has. Behind that, if need be, what is there at all.
void LiveLoad::catch_up() {
  std::uint64_t highest = live_.highest_usn();
  // A deletion that cannot be seen is an object that is not there any more.
  if (highest > up_to_ && !live_.sees_deletions()) enumerate_ = true;
  for (int round = 0; round < kRounds && highest > up_to_; ++round) {
    AdEvents::Sink sink(events_, [this](std::string_view dn) { return live_.is_below_base(dn); });
    const SubtreeSummary changes = live_.read_changes(up_to_, sink);
    // Those above `highest` are read again next time.
    up_to_ = highest;
    enumerate_ |= sink.saw_container();
    saw_hidden_guid_ |= sink.saw_no_guid();
    if (changes.entries == 0) break;
    highest = live_.highest_usn();
  }
  if (!enumerate_) return;
  AdEvents::SeenSink seen(events_);
  live_.read_guids(seen);
}

void LiveLoad::read_missing() {
  const std::vector<AdEvents::Object> missing = events_.missing();
  if (missing.empty()) return;
  AdEvents::Sink sink(events_, nullptr);
  if (missing.size() > kOneByOne) {
    live_.read_all(sink);
  } else {
    for (const AdEvents::Object& object : missing) {
      live_.read_object(object.object_guid, object.dn, sink);
    }
  }
  saw_hidden_usn_ |= sink.saw_no_usn();
  saw_hidden_guid_ |= sink.saw_no_guid();
}

void LiveLoad::deliver(AdSinks& sinks) {
  std::uint64_t joinable = 0;
  if (options_.save.empty()) {
    joinable = events_.deliver(sinks);
  } else {
    CompressedFile ldif(options_.save);
    joinable = events_.deliver(sinks.local(), ldif);
    if (joinable > 0) ldif.commit();
  }
  if (joinable == 0) {
    throw InputError(d_.source +
                     ": the account sees no user with an objectGUID; check --base "
                     "and its read rights");
  }
  events_.times().put_into(d_.ad);
  for (const std::string& dn : containers_) sinks.local().on_container(dn);
  settle_carriers(sinks);
}

/// What no object that was read carries may stand elsewhere, or not be in the schema at all.
void LiveLoad::settle_carriers(const AdSinks& sinks) {
  const CarrierCounts counts = carriers_of(sinks);
  for (int c = 0; c < kCarriedCount; ++c) {
    if (counts[static_cast<std::size_t>(c)] > 0) continue;
    if (live_.is_settled(static_cast<Carried>(c))) d_.settled |= std::uint64_t{1} << c;
  }
}

}  // namespace

FullRead why_full(const LiveAdOptions& options, const std::optional<SnapshotDescription>& base,
                  const SnapshotDescription& now, const RootDse& server) {
  if (options.full || !options.save.empty()) return {"it was asked for"};
  if (!server.active_directory || now.invocation_id.empty()) {
    return {"the server is no AD, or the account may not read its invocationId"};
  }
  if (!base || !base->live || base->highest_usn == 0) return {"there is nothing to go on from"};
  if (base->increments + 1 >= static_cast<std::uint64_t>(options.full_every)) return {"it is time"};
  const auto doubt = [](std::string reason) { return FullRead{std::move(reason), false}; };
  if (base->ds_service_name != now.ds_service_name) {
    return doubt("the last read was from another domain controller, " + base->ds_service_name);
  }
  if (base->invocation_id != now.invocation_id) {
    return doubt(
        "the domain controller's database is another one (invocationId); it was restored "
        "from a backup");
  }
  if (base->directory != now.directory) {
    return doubt("the last read was of another base, " + base->directory);
  }
  if (base->read_as != now.read_as) {
    return doubt("the last read was by another account, which may see other objects");
  }
  if (server.highest_committed_usn < base->highest_usn) {
    return doubt("the domain controller's highestCommittedUSN was set back, from " +
                 std::to_string(base->highest_usn) + " to " +
                 std::to_string(server.highest_committed_usn));
  }
  if (now.taken_at < base->taken_at || now.taken_at - base->taken_at > kOldestBaseSeconds) {
    return doubt("the last read is not of the last 30 days, and AD forgets what was deleted");
  }
  return {};
}

void load_live_ad(const LoadContext& load, const LdapOptions& ldap, BlockPool& pool,
                  AdSinks& sinks) {
  load.progress.of(Stage::kLoadAd).objects = true;
  load.progress.start(Stage::kLoadAd, 0);
  LiveLoad live(load, ldap, pool);
  live.describe(ldap);
  live.read();
  live.deliver(sinks);
}

}  // namespace trueup
