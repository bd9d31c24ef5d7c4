// SPDX-License-Identifier: Apache-2.0
#include "engine/load/ad/ad_events.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "io/ldif/ldif_writer.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/mailbox.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

AdEvent event_of(const Staged& item) { return static_cast<AdEvent>(item.item->event); }

std::string_view payload_of(const Staged& item) {
  return {reinterpret_cast<const char*>(item.item + 1), item.size - sizeof(StagedKey)};
}

std::string_view dn_of_defect(std::string_view payload) {
  return payload.substr(0, payload.find('\0'));
}

}  // namespace

Anchor AdEvents::key_of(const AdEntry& entry, std::string& scratch) const {
  if (guids_are_keys_ && entry.object_guid) return *entry.object_guid;
  scratch.clear();
  append_folded(entry.dn, scratch);
  return hashed_key(scratch);
}

void AdEvents::put(Spool::Writer& writer, const Anchor& key, std::uint64_t order, AdEvent event,
                   std::string_view payload) const {
  StagedKey header;
  header.key = key;
  header.order = order;
  header.event = static_cast<std::uint32_t>(event);
  char* const at = writer.append(shard_of(key), sizeof header + payload.size());
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, payload.data(), payload.size());
}

AdEvents::Sink::Sink(AdEvents& events, std::function<bool(std::string_view dn)> is_ours)
    : events_(events),
      is_ours_(std::move(is_ours)),
      writer_(events.is_late_ ? events.late_.events : events.early_.events),
      texts_(events.is_late_ ? events.late_.ldif : events.early_.ldif),
      times_(events.times_.without_objects()) {}

AdEvents::Sink::~Sink() {
  const std::scoped_lock lock(events_.times_mutex_);
  events_.times_.add(times_);
}

void AdEvents::Sink::on_entry(const AdEntry& entry, std::uint64_t /*number*/) {
  const Anchor key = events_.key_of(entry, scratch_);
  const std::uint64_t order = events_.next_++;
  saw_container_ |= !entry.is_leaf && !entry.is_deleted;
  saw_no_usn_ |= entry.usn == 0;
  if (entry.kind == AdEntry::Kind::kIgnored || (is_ours_ && !is_ours_(entry.dn))) {
    events_.put(writer_, key, order, AdEvent::kGone, {});
    return;
  }
  saw_no_guid_ |= !entry.object_guid;
  scratch_.clear();
  if (entry.kind == AdEntry::Kind::kMailbox) {
    if (entry.object_guid) times_.see(*entry.object_guid, entry.mailbox->changed_at);
    encode(*entry.mailbox, scratch_);
    events_.put(writer_, key, order, AdEvent::kRecord, scratch_);
  } else {
    scratch_.append(entry.dn).append(1, '\0').append(entry.reason);
    events_.put(writer_, key, order, AdEvent::kDefective, scratch_);
  }
  if (events_.with_ldif_) events_.put(texts_, key, order, AdEvent::kRecord, entry.ldif);
}

AdEvents::SeenSink::SeenSink(AdEvents& events) : events_(events), writer_(events.early_.events) {
  events.seen_from_ = events.next_.load();
}

void AdEvents::SeenSink::on_entry(const AdEntry& entry, std::uint64_t /*number*/) {
  const Anchor key = events_.key_of(entry, scratch_);
  events_.put(writer_, key, events_.next_++, AdEvent::kSeen, entry.dn);
}

void AdEvents::add_stored(const Store& store, std::uint64_t generation) {
  struct Local {
    explicit Local(Spool& spool) : writer(spool) {}
    Spool::Writer writer;
    Mailbox mailbox;
    std::string record;
  };
  tbb::enumerable_thread_specific<Local> locals([&] { return Local(early_.events); });
  tbb::parallel_for(0, kShardCount, [&](int shard) {
    Local& local = locals.local();
    for (const Table table : {Table::kRecords, Table::kOthers, Table::kAmbiguous}) {
      TableCursor cursor(store, table_prefix(snapshot_prefix(generation), table), shard_end(shard));
      for (cursor.seek(shard_start(shard)); cursor.valid(); cursor.next()) {
        decode(cursor.value(), local.mailbox);
        const Mailbox& m = local.mailbox;
        if (m.has(kFromExtra)) continue;
        // It is in kAmbiguous, as it was.
        if (table == Table::kRecords && m.has(kAmbiguousAnchor)) continue;
        put(local.writer, m.object_guid, 0, AdEvent::kRecord, cursor.value());
      }
    }
  });
  for (Local& local : locals) local.writer.flush();
}

/// All events of a shard by key and order, or the LDIF texts.
std::vector<Staged> AdEvents::items(int shard, bool ldif) {
  std::vector<Staged> all = sorted_items(ldif ? early_.ldif : early_.events, shard);
  if (!is_late_) return all;
  const std::vector<Staged> late = sorted_items(ldif ? late_.ldif : late_.events, shard);
  if (late.empty()) return all;
  all.insert(all.end(), late.begin(), late.end());
  std::ranges::sort(all, [](const Staged& a, const Staged& b) { return a < b; });
  return all;
}

AdEvents::ResolvedObject AdEvents::outcome_of(const Staged* first, const Staged* last) const {
  const Staged* event = nullptr;
  const Staged* seen = nullptr;
  for (const Staged* item = first; item != last; ++item) {
    if (event_of(*item) != AdEvent::kSeen) {
      event = item;
    } else if (seen_from_ && item->order >= *seen_from_) {
      seen = item;
    }
  }
  ResolvedObject resolved;
  const bool there = event != nullptr && event_of(*event) != AdEvent::kGone;
  if (seen_from_ && (event == nullptr || event->order < *seen_from_)) {
    if (seen == nullptr) return resolved;
    resolved.seen = seen;
    resolved.missing = !there;
  }
  if (there) resolved.event = event;
  return resolved;
}

template <typename Deliver>
void AdEvents::resolve_shard(int shard, Deliver deliver) {
  for_each_key(items(shard, false), [&](const Staged* first, const Staged* last) {
    const ResolvedObject resolved = outcome_of(first, last);
    if (resolved.event != nullptr || resolved.missing) deliver(resolved);
  });
}

std::vector<AdEvents::Object> AdEvents::missing() {
  std::vector<Object> objects;
  if (seen_from_) {
    std::array<std::vector<Object>, kShardCount> found;
    tbb::parallel_for(0, kShardCount, [&](int shard) {
      resolve_shard(shard, [&](const ResolvedObject& resolved) {
        if (!resolved.missing) return;
        const Anchor& key = resolved.seen->item->key;
        found[static_cast<std::size_t>(shard)].push_back(
            {guids_are_keys_ ? key : Anchor{}, std::string(payload_of(*resolved.seen))});
      });
    });
    for (const auto& part : found) objects.insert(objects.end(), part.begin(), part.end());
  }
  is_late_ = true;
  return objects;
}

/// True if that was a joinable mailbox.
bool AdEvents::hand_over(const ResolvedObject& resolved, AdSink& sink, Mailbox& mailbox) const {
  // So that which of several claimants of an anchor is taken does not depend on who came first.
  const std::uint64_t offset = resolved.event->key_high;
  const std::string_view payload = payload_of(*resolved.event);
  if (event_of(*resolved.event) == AdEvent::kDefective) {
    const std::string_view dn = dn_of_defect(payload);
    sink.on_defect(offset, std::string(dn) + ": " + std::string(payload.substr(dn.size() + 1)));
    return false;
  }
  decode(payload, mailbox);
  if (resolved.seen != nullptr) mailbox.name = payload_of(*resolved.seen);
  sink.on_mailbox(mailbox, offset);
  return mailbox.has(kJoinable);
}

std::uint64_t AdEvents::deliver(AdSinks& sinks) {
  std::atomic<std::uint64_t> joinable{0};
  tbb::parallel_for(0, kShardCount, [&](int shard) {
    AdSink& sink = sinks.local();
    Mailbox mailbox;
    std::uint64_t count = 0;
    resolve_shard(shard, [&](const ResolvedObject& resolved) {
      if (resolved.event != nullptr && hand_over(resolved, sink, mailbox)) ++count;
    });
    early_.events.release(shard);
    late_.events.release(shard);
    joinable += count;
  });
  for (AdSink& sink : sinks) sink.flush();
  return joinable;
}

std::uint64_t AdEvents::deliver(AdSink& sink, CompressedFile& ldif) {
  std::uint64_t joinable = 0, entries = 0;
  Mailbox mailbox;
  std::string text;
  append_ldif_version(text);
  text += '\n';
  for (int shard = 0; shard < kShardCount; ++shard) {
    const std::vector<Staged> texts = items(shard, true);
    auto at = texts.begin();
    resolve_shard(shard, [&](const ResolvedObject& resolved) {
      if (resolved.event == nullptr) return;
      if (hand_over(resolved, sink, mailbox)) ++joinable;
      at = std::find_if(at, texts.end(), [&](const Staged& t) {
        return t.order == resolved.event->order && t.same_key(*resolved.event);
      });
      if (at == texts.end()) throw std::logic_error("an object without its LDIF");
      const bool defective = event_of(*resolved.event) == AdEvent::kDefective;
      append_ldif_line(text, "dn",
                       defective ? dn_of_defect(payload_of(*resolved.event)) : mailbox.name);
      text.append(payload_of(*at)).append("\n");
      ++entries;
      ldif.write(text);
      text.clear();
    });
    for (Texts* part : {&early_, &late_}) {
      part->events.release(shard);
      part->ldif.release(shard);
    }
  }
  sink.flush();
  text += "# numEntries: " + std::to_string(entries) + "\n";
  ldif.write(text);
  return joinable;
}

}  // namespace trueup
