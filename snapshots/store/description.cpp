// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/description.h"

#include <algorithm>
#include <charconv>

#include "snapshots/model/bytes.h"
#include "snapshots/model/errors.h"
#include "snapshots/model/fingerprint.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

constexpr std::string_view kSnapshotKey = "snapshot/";
constexpr std::string_view kRunKey = "run/";

// Names of the fields of a feed begin with its own.
template <typename Feed, typename Visit>
void visit_feed(const std::string& feed, Feed& f, Visit visit) {
  visit(feed + ".digest", f.digest);
  visit(feed + ".dated", f.dated);
  visit(feed + ".newest", f.newest);
  visit(feed + ".watched", f.watched);
}

// One list binds each field's name to its member, for writing and for reading.
template <typename Description, typename Visit>
void visit_snapshot(Description& d, Visit visit) {
  visit("generation", d.generation);
  visit("previous", d.previous);
  visit("digest", d.digest);
  visit("source", d.source);
  visit("loaded_at", d.loaded_at);
  visit("taken_at", d.taken_at);
  visit("live", d.live);
  visit("accepted", d.accepted);
  visit("mailboxes", d.mailboxes);
  visit("others", d.others);
  visit("graph_users", d.graph_users);
  visit("exo_mailboxes", d.exo_mailboxes);
  visit("exo_alone", d.exo_alone);
  visit("exo_alone_id", d.exo_alone_id);
  visit("flag_missing", d.flag_missing);
  visit("flag_missing_id", d.flag_missing_id);
  visit("exo_soft_deleted", d.exo_soft_deleted);
  visit("bad_anchors", d.bad_anchors);
  visit("duplicate_addresses", d.duplicate_addresses);
  visit("ambiguous", d.ambiguous);
  visit("defects", d.defects);
  visit("records", d.records);
  visit("disagreements", d.disagreements);
  visit("flags_seen", d.flags_seen);
  visit("base", d.base);
  visit("increments", d.increments);
  visit("delta_link", d.delta_link);
  visit("graph_service", d.graph_service);
  visit("delta_link_at", d.delta_link_at);
  visit("graph_select", d.graph_select);
  visit("graph_sync_supplied", d.graph_sync_supplied);
  visit("directory", d.directory);
  visit("read_as", d.read_as);
  visit("ds_service_name", d.ds_service_name);
  visit("invocation_id", d.invocation_id);
  visit("committed_usn", d.committed_usn);
  visit("highest_usn", d.highest_usn);
  visit("naming_context", d.naming_context);
  visit("head_guid", d.head_guid);
  visit("forest_domains", d.forest_domains);
  visit("other_domains_seen", d.other_domains_seen);
  visit("base_dn", d.base_dn);
  for (int c = 0; c < kCarriedCount; ++c) {
    visit("carriers." + std::string(to_string(static_cast<Carried>(c))),
          d.carriers[static_cast<std::size_t>(c)]);
  }
  visit("settled", d.settled);
  visit("protected_admins", d.protected_admins);
  visit("on_premises", d.on_premises);
  visit_feed("graph", d.graph, visit);
  visit_feed("exo", d.exo, visit);
  visit_feed("ad", d.ad, visit);
}

template <typename Description, typename Visit>
void visit_run(Description& d, Visit visit) {
  visit("run", d.run);
  visit("command", d.command);
  visit("state", d.state);
  visit("started_at", d.started_at);
  visit("ended_at", d.ended_at);
  visit("cloud_generation", d.cloud_generation);
  visit("ad_generation", d.ad_generation);
  visit("plan_digest", d.plan_digest);
  visit("changes", d.changes);
  visit("guards_fired", d.guards_fired);
  visit("accepted", d.accepted);
  visit("scope", d.scope);
  visit("in_scope", d.in_scope);
  visit("pairs", d.pairs);
  visit("out", d.out);
  visit("base", d.base);
  visit("naming_context", d.naming_context);
  visit("head_guid", d.head_guid);
  visit("settings", d.settings);
  visit("options", d.options);
  visit("unprotected", d.unprotected);
  visit("accepted_by_digest", d.accepted_by_digest);
  visit("plan_guards_fired", d.plan_guards_fired);
  visit("directory_guards", d.directory_guards);
  visit("accepted_guards", d.accepted_guards);
  visit("undo_of", d.undo_of);
  visit("rejects_of", d.rejects_of);
  visit("directory", d.directory);
  visit("ds_service_name", d.ds_service_name);
  visit("invocation_id", d.invocation_id);
  visit("done", d.done);
  visit("rejected", d.rejected);
  visit("conflicts", d.conflicts);
  visit("unknown", d.unknown);
  visit("not_sent", d.not_sent);
  visit("unverified", d.unverified);
  visit("failure", d.failure);
  visit("dry_run_at", d.dry_run_at);
  visit("wrote_from", d.wrote_from);
  visit("wrote_to", d.wrote_to);
}

struct WriteField {
  Fields& fields;
  void operator()(std::string_view name, const std::string& v) { fields.set(name, v); }
  void operator()(std::string_view name, std::uint64_t v) { fields.set(name, v); }
  void operator()(std::string_view name, RunState v) { fields.set(name, to_string(v)); }
  void operator()(std::string_view name, const std::vector<ObjectTime>& times) {
    std::string text;
    for (const ObjectTime& t : times) {
      text += t.key.bytes();
      append_u64(t.changed_at, text);
    }
    fields.set(name, text);
  }
};

struct ReadField {
  const Fields& fields;
  void operator()(std::string_view name, std::string& v) { v = fields.text(name); }
  void operator()(std::string_view name, std::uint64_t& v) { v = fields.number(name); }
  void operator()(std::string_view name, RunState& v) { v = parse_run_state(fields.text(name)); }
  void operator()(std::string_view name, bool& v) { v = fields.number(name) != 0; }
  void operator()(std::string_view name, std::vector<ObjectTime>& times) {
    const std::string text = fields.text(name);
    for (ByteReader in(text); !in.at_end();) {
      ObjectTime& t = times.emplace_back();
      t.key = Anchor::from_bytes(in.raw(16));
      for (const char c : in.raw(8))
        t.changed_at = t.changed_at << 8 | static_cast<std::uint8_t>(c);
    }
  }
};

DirectoryIdentity identity(const std::string& naming_context, const std::string& head_guid) {
  DirectoryIdentity directory{.naming_context = naming_context, .head_guid = {}};
  if (head_guid.size() == 16) directory.head_guid = Anchor::from_bytes(head_guid);
  return directory;
}

std::optional<SnapshotDescription> decode_snapshot(std::string_view record) {
  const Fields fields = Fields::decoded(record);
  // Another version's fingerprints mean something else; such a generation is as good as gone.
  if (fields.number("fingerprint_version") != kFingerprintVersion) return std::nullopt;
  SnapshotDescription d;
  visit_snapshot(d, ReadField{fields});
  d.side = fields.text("side") == "ad" ? Side::kAd : Side::kCloud;
  d.supplied = AttributeSet(static_cast<std::uint32_t>(fields.number("supplied")));
  d.graph_supplied = AttributeSet(static_cast<std::uint32_t>(fields.number("graph_supplied")));
  for (int i = 0; i < kAttributeCount; ++i) {
    d.filled[static_cast<std::size_t>(i)] =
        fields.number("filled." + std::string(traits(attribute_at(i)).name));
  }
  return d;
}

std::string encoded(const SnapshotDescription& d) {
  Fields fields;
  visit_snapshot(d, WriteField{fields});
  fields.set("side", to_string(d.side));
  fields.set("fingerprint_version", std::uint64_t{kFingerprintVersion});
  fields.set("supplied", std::uint64_t{d.supplied.bits()});
  fields.set("graph_supplied", std::uint64_t{d.graph_supplied.bits()});
  for (int i = 0; i < kAttributeCount; ++i) {
    fields.set("filled." + std::string(traits(attribute_at(i)).name),
               d.filled[static_cast<std::size_t>(i)]);
  }
  return fields.encoded();
}

}  // namespace

std::string Fields::text(std::string_view name) const {
  const auto it = map_.find(name);
  return it == map_.end() ? std::string() : it->second;
}

std::uint64_t Fields::number(std::string_view name) const {
  const auto it = map_.find(name);
  if (it == map_.end() || it->second.empty()) return 0;
  const std::string& text = it->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  throw StoreError("a stored record is damaged: " + std::string(name) +
                   " is no number; restore the store from a copy");
}

std::string Fields::encoded() const {
  std::string out;
  for (const auto& [name, value] : map_) {
    append_bytes(name, out);
    append_bytes(value, out);
  }
  return out;
}

Fields Fields::decoded(std::string_view record) {
  Fields fields;
  for (ByteReader in(record); !in.at_end();) {
    const std::string_view name = in.bytes();
    fields.set(name, in.bytes());
  }
  return fields;
}

std::string_view to_string(Side side) { return side == Side::kCloud ? "cloud" : "ad"; }

void put(Store& store, std::span<const SnapshotDescription> descriptions) {
  std::vector<Store::KeyValue> entries;
  for (const SnapshotDescription& d : descriptions) {
    entries.emplace_back(numbered_key(kSnapshotKey, d.generation), encoded(d));
  }
  store.put_synced(entries);
}

std::optional<SnapshotDescription> snapshot(const Store& store, std::uint64_t generation) {
  const auto record = store.get(numbered_key(kSnapshotKey, generation));
  if (!record) return std::nullopt;
  return decode_snapshot(*record);
}

std::vector<SnapshotDescription> snapshots(const Store& store) {
  std::vector<SnapshotDescription> all;
  store.scan(kSnapshotKey, [&](std::string_view, std::string_view record) {
    if (auto d = decode_snapshot(record)) all.push_back(std::move(*d));
    return true;
  });
  return all;
}

std::optional<SnapshotDescription> newest_snapshot(const Store& store, Side side,
                                                   bool accepted_only) {
  std::optional<SnapshotDescription> newest;
  for (SnapshotDescription& d : snapshots(store)) {
    if (d.side == side && (d.accepted || !accepted_only)) newest = std::move(d);
  }
  return newest;
}

std::vector<std::uint64_t> old_snapshots(const Store& store, std::size_t keep,
                                         const std::vector<std::uint64_t>& still_used) {
  std::vector<SnapshotDescription> all = snapshots(store);
  std::reverse(all.begin(), all.end());
  std::size_t kept[2] = {0, 0};
  bool accepted[2] = {false, false};
  std::vector<std::uint64_t> old;
  for (const SnapshotDescription& d : all) {
    const auto side = static_cast<std::size_t>(d.side);
    const bool newest_accepted = d.accepted && !accepted[side];
    accepted[side] = accepted[side] || d.accepted;
    const bool used = std::ranges::find(still_used, d.generation) != still_used.end();
    if (kept[side]++ < keep || used || newest_accepted) continue;
    old.push_back(d.generation);
  }
  std::reverse(old.begin(), old.end());
  return old;
}

void drop_snapshots(Store& store, const std::vector<std::uint64_t>& generations) {
  if (generations.empty()) return;
  for (const std::uint64_t g : generations) store.erase(numbered_key(kSnapshotKey, g));
  store.sync();  // first it is gone from the record, then its tables are
  for (const std::uint64_t g : generations) store.drop(snapshot_prefix(g));
}

void drop_unfinished_snapshots(Store& store) {
  for (const std::string& owner : store.table_owners()) {
    if (!owner.starts_with('S')) continue;
    if (!store.get(std::string(kSnapshotKey) + owner.substr(1))) store.drop(owner);
  }
}

DirectoryIdentity directory_of(const SnapshotDescription& ad) {
  return identity(ad.naming_context, ad.head_guid);
}

DirectoryIdentity directory_of(const RunDescription& run) {
  return identity(run.naming_context, run.head_guid);
}

std::string record_of(const RunDescription& d) {
  Fields fields;
  visit_run(d, WriteField{fields});
  return fields.encoded();
}

RunDescription run_of_record(std::string_view record) {
  const Fields fields = Fields::decoded(record);
  RunDescription d;
  visit_run(d, ReadField{fields});
  return d;
}

void put(Store& store, const RunDescription& d) {
  store.put_ordered(numbered_key(kRunKey, d.run), record_of(d));
}

std::optional<RunDescription> run_description(const Store& store, std::uint64_t run) {
  const auto record = store.get(numbered_key(kRunKey, run));
  if (!record) return std::nullopt;
  return run_of_record(*record);
}

std::vector<RunDescription> run_descriptions(const Store& store) {
  std::vector<RunDescription> all;
  store.scan(kRunKey, [&](std::string_view key, std::string_view record) {
    try {
      all.push_back(run_of_record(record));
    } catch (const StoreError& error) {
      std::uint64_t run = 0;
      for (const char c : key.substr(kRunKey.size())) run = run << 8 | static_cast<std::uint8_t>(c);
      throw StoreError("run " + std::to_string(run) + ": " + error.what());
    }
    return true;
  });
  return all;
}

void erase_run(Store& store, std::uint64_t run) {
  store.drop(plan_prefix(run));
  for (const std::string& prefix : journal_prefixes(run)) store.erase_all(prefix);
  store.erase(numbered_key(kRunKey, run));  // last: what is left of a run stays known as one
}

std::uint64_t run_bytes(const Store& store, std::uint64_t run) {
  std::uint64_t bytes =
      store.table_bytes_of(plan_prefix(run)) + store.bytes_of(numbered_key(kRunKey, run));
  for (const std::string& prefix : journal_prefixes(run)) bytes += store.bytes_of(prefix);
  return bytes;
}

}  // namespace trueup
