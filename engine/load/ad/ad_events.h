// SPDX-License-Identifier: Apache-2.0
// What a live read of AD saw, in the order it saw it, object by object: records, that one is gone,
// that one is still there. The stored objects that changes are put on are the first of them. In the
// end each object is as the last of its events says. Called by engine/load/ad/ad_source: any number
// of sinks on threads of their own, then the rest by one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/ad/ad_sink.h"
#include "engine/load/staging/staged_item.h"
#include "io/ad/ad_entry.h"
#include "io/files/compressed_file.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Of one object, known by its key: its objectGUID.
enum class AdEvent : std::uint32_t {
  kRecord,     // the encoded Mailbox
  kDefective,  // "DN\0reason": it is there, and cannot be read
  kGone,       // deleted, moved away, or none of ours any more
  kSeen,       // its DN: it is there
};

class AdEvents {
 public:
  /// `guids_are_keys`: the server is an AD, whose objectGUIDs are unique; else DNs are the keys.
  AdEvents(BlockPool& pool, const std::string& folder, bool guids_are_keys, bool with_ldif)
      : early_(pool, folder),
        late_(pool, folder),
        guids_are_keys_(guids_are_keys),
        with_ldif_(with_ldif) {}

  /// Each takes entries of a search. One a thread; flushed when it goes.
  class Sink : public AdEntrySink {
   public:
    /// `is_ours`: of a DN; an entry that is not is gone for us.
    Sink(AdEvents& events, std::function<bool(std::string_view dn)> is_ours);
    ~Sink() override;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    void on_entry(const AdEntry& entry, std::uint64_t number) override;

    bool saw_container() const { return saw_container_; }
    bool saw_no_usn() const { return saw_no_usn_; }
    bool saw_no_guid() const { return saw_no_guid_; }

   private:
    AdEvents& events_;
    const std::function<bool(std::string_view)> is_ours_;
    Spool::Writer writer_;
    Spool::Writer texts_;
    ObjectTimes times_;
    std::string scratch_;
    bool saw_container_ = false;  // not a leaf: it may have taken others along
    bool saw_no_usn_ = false;
    bool saw_no_guid_ = false;
  };

  /// Takes entries of a search for all that is there.
  class SeenSink : public AdEntrySink {
   public:
    /// From here on, what is not seen is gone, unless it is read later.
    explicit SeenSink(AdEvents& events);
    void on_entry(const AdEntry& entry, std::uint64_t number) override;

   private:
    AdEvents& events_;
    Spool::Writer writer_;
    std::string scratch_;
  };

  /// Looks out for the newest objects of the last accepted load.
  void watch(std::span<const ObjectTime> last) { times_.watch(last); }
  /// Of all records that were read. The sinks are gone by then.
  ObjectTimes& times() { return times_; }

  /// All objects of a stored generation, those hidden behind an ambiguous anchor too, without those
  /// of other domains. REQUIRES: that generation was read live from an AD.
  void add_stored(const Store& store, std::uint64_t generation);

  struct Object {
    Anchor object_guid;  // all zero where it is not known
    std::string dn;
  };
  /// What was seen to be there and was not read. From here on, sinks take what is read late.
  std::vector<Object> missing();

  /// Gives what each object has come to be to `sinks`, with the objects' order by key as offset.
  /// Returns how many mailboxes are joinable.
  std::uint64_t deliver(AdSinks& sinks);
  /// The same one by one, and all of them, defective ones too, as LDIF.
  std::uint64_t deliver(AdSink& sink, CompressedFile& ldif);

 private:
  struct ResolvedObject {
    const Staged* event = nullptr;  // kRecord or kDefective; nullptr: there is none
    const Staged* seen = nullptr;   // has its DN as of later
    bool missing = false;
  };

  struct Texts {
    Texts(BlockPool& pool, const std::string& folder) : events(pool, folder), ldif(pool, folder) {}
    Spool events;
    Spool ldif;
  };

  Anchor key_of(const AdEntry& entry, std::string& scratch) const;
  void put(Spool::Writer& writer, const Anchor& key, std::uint64_t order, AdEvent event,
           std::string_view payload) const;
  std::vector<Staged> items(int shard, bool ldif);
  ResolvedObject outcome_of(const Staged* first, const Staged* last) const;
  template <typename Deliver>
  void resolve_shard(int shard, Deliver deliver);
  bool hand_over(const ResolvedObject& resolved, AdSink& sink, Mailbox& mailbox) const;

  Texts early_;
  Texts late_;
  const bool guids_are_keys_;
  const bool with_ldif_;
  bool is_late_ = false;
  std::atomic<std::uint64_t> next_{1};  // 0 is what was stored
  std::optional<std::uint64_t> seen_from_;
  std::mutex times_mutex_;
  ObjectTimes times_;
};

}  // namespace trueup
