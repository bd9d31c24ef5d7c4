// SPDX-License-Identifier: Apache-2.0
#include "engine/load/build/snapshot_builder.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <tuple>

#include "engine/load/staging/staged_item.h"
#include "snapshots/model/bytes.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/digest.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// What one range of shards found out, summed up in shard order.
struct RangeResult {
  std::vector<std::string> files;
  std::vector<RefusedRecord> refused;
  std::uint64_t mailboxes = 0;
  std::uint64_t ambiguous = 0;
  std::uint32_t flags_seen = 0;
  std::uint32_t supplied = 0;
  std::array<std::uint64_t, kAttributeCount> filled{};
};

// Follows the generation before in anchor order, to carry on which attributes the cloud ever had.
class History {
 public:
  History(const Store& store, std::uint64_t generation, int shard) {
    if (generation != 0) cursor_.emplace(store, generation, Table::kFingerprints, shard);
    advance();
  }
  std::uint32_t ever_filled(const Anchor& anchor) {
    while (valid_ && row_.anchor < anchor) advance();
    return valid_ && row_.anchor == anchor ? row_.ever_filled : 0;
  }

 private:
  void advance() { valid_ = cursor_ && cursor_->next(row_); }
  std::optional<RowCursor<Fingerprint>> cursor_;
  Fingerprint row_;
  bool valid_ = false;
};

class RangeBuilder {
 public:
  RangeBuilder(Store& store, Spool& staged, const CommonFacts& facts,
               const SnapshotDescription& description,
               std::array<Sha256Digest, kShardCount>& digests)
      : store_(store),
        staged_(staged),
        facts_(facts),
        description_(description),
        digests_(digests),
        records_(store),
        rows_file_(store),
        ambiguous_(store),
        records_prefix_(table_prefix(snapshot_prefix(description.generation), Table::kRecords)),
        ambiguous_prefix_(table_prefix(snapshot_prefix(description.generation), Table::kAmbiguous)),
        rows_(rows_file_,
              table_prefix(snapshot_prefix(description.generation), Table::kFingerprints)) {}

  RangeResult build(int first_shard, int last_shard) {
    for (int shard = first_shard; shard < last_shard; ++shard) build_shard(shard);
    for (TableWriter* writer : {&records_, &rows_file_, &ambiguous_}) {
      if (auto path = writer->finish()) result_.files.push_back(std::move(*path));
    }
    return std::move(result_);
  }

 private:
  void build_shard(int shard) {
    const std::vector<Staged> items = sorted_items(staged_, shard);
    History history(store_, description_.previous, shard);
    Sha256 digest;
    for_each_key(items, [&](const Staged* first, const Staged* last) {
      add_anchor(first, last, history, digest);
    });
    rows_.end_block();
    digests_[static_cast<std::size_t>(shard)] = digest.finish();
    staged_.release(shard);
  }

  // All objects that claim one anchor. A single one is the mailbox. The same AD object read twice
  // (overlapping exports) counts once, the later one. Any other company makes the anchor ambiguous.
  void add_anchor(const Staged* first, const Staged* last, History& history, Sha256& digest) {
    const Staged* chosen = nullptr;
    bool ambiguous = false;
    for (const Staged* item = first; item != last; ++item) {
      if (item->kind() == StagedKind::kGuidTaken) {
        ambiguous = true;  // this anchor is also the objectGUID of an object with another anchor
        continue;
      }
      if (chosen != nullptr && !same_object(*chosen, *item)) ambiguous = true;
      chosen = item;
    }
    if (chosen == nullptr) return;  // nothing is joined by that objectGUID
    if (ambiguous) chosen = first_by_name(first, last);
    Fingerprint row = chosen->header().fingerprint;
    row.flags |= facts_.flags;
    if ((row.flags & kIncomplete) == 0) row.supplied |= facts_.supplied.bits();
    record_.assign(chosen->record());
    if (ambiguous) {
      row.flags |= kAmbiguousAnchor;
      // In scope if any claimant is: then it is refused by name, not passed over.
      for (const Staged* item = first; item != last; ++item) {
        row.flags |= item->header().fingerprint.flags & (kCloudManaged | kSyncEnabled);
      }
      ++result_.ambiguous;
      refuse_claimants(first, last);
      keep_claimants(first, last);
    }
    set_facts(record_.data(), row.flags, AttributeSet(row.supplied));
    row.ever_filled = row.filled | history.ever_filled(row.anchor);
    digest.update({reinterpret_cast<const char*>(&row), offsetof(Fingerprint, ever_filled)});
    digest.update({reinterpret_cast<const char*>(row.folded.data()),
                   sizeof row - offsetof(Fingerprint, folded)});
    records_.add(records_prefix_, row.anchor.bytes(), record_);
    rows_.add(row);
    count(row);
  }

  // A later load that puts changes on this snapshot starts from all of them: one that was not
  // chosen is the only claimant once the others are gone.
  void keep_claimants(const Staged* first, const Staged* last) {
    std::uint32_t number = 0;
    for (const Staged* item = first; item != last; ++item) {
      if (item->kind() == StagedKind::kGuidTaken) continue;  // the object has a record of its own
      const Fingerprint& fingerprint = item->header().fingerprint;
      claimant_.assign(item->record());
      const bool whole = (fingerprint.flags & kIncomplete) == 0;
      set_facts(claimant_.data(), fingerprint.flags | facts_.flags,
                AttributeSet(fingerprint.supplied) | (whole ? facts_.supplied : AttributeSet()));
      claimant_key_.assign(item->item->key.bytes());
      append_u32_be(number++, claimant_key_);
      ambiguous_.add(ambiguous_prefix_, claimant_key_, claimant_);
    }
  }

  // The claimant that stands for all, whatever order they were read in.
  const Staged* first_by_name(const Staged* first, const Staged* last) {
    const Staged* chosen = nullptr;
    for (const Staged* item = first; item != last; ++item) {
      if (item->kind() == StagedKind::kGuidTaken) continue;
      decode(item->record(), one_);
      if (chosen != nullptr) decode(chosen->record(), other_);
      if (chosen == nullptr || std::tie(one_.id, one_.object_guid, one_.name) <
                                   std::tie(other_.id, other_.object_guid, other_.name)) {
        chosen = item;
      }
    }
    return chosen;
  }

  static void append_u32_be(std::uint32_t number, std::string& out) {  // sorts as a key
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  }

  bool same_object(const Staged& a, const Staged& b) {
    if (description_.side == Side::kCloud) return false;  // one item an id: two ids, two users
    decode(a.record(), one_);
    decode(b.record(), other_);
    return one_.object_guid == other_.object_guid &&
           equal_ignoring_ascii_case(one_.name, other_.name);
  }

  void refuse_claimants(const Staged* first, const Staged* last) {
    for (const Staged* item = first; item != last; ++item) {
      decode(item->record(), one_);
      const bool taken = item->kind() == StagedKind::kGuidTaken;
      const bool is_guid = one_.object_guid == item->item->key;
      result_.refused.push_back({RecordRefusal::kAmbiguousAnchor, item->item->key, one_.flags,
                                 std::string(one_.id), std::string(one_.name),
                                 taken && is_guid ? "it is this object's objectGUID, which is not "
                                                    "joined by it"
                                 : taken          ? "this object, outside of the base, has it too"
                                                  : "more than one object has this anchor"});
    }
  }

  void count(const Fingerprint& row) {
    ++result_.mailboxes;
    result_.flags_seen |= row.flags;
    result_.supplied |= row.supplied;
    for (std::uint32_t bits = row.filled; bits != 0; bits &= bits - 1) {
      ++result_.filled[static_cast<std::size_t>(std::countr_zero(bits))];
    }
  }

  Store& store_;
  Spool& staged_;
  const CommonFacts facts_;
  const SnapshotDescription& description_;
  std::array<Sha256Digest, kShardCount>& digests_;
  TableWriter records_;
  TableWriter rows_file_;
  TableWriter ambiguous_;
  const std::string records_prefix_;
  const std::string ambiguous_prefix_;
  RowWriter<Fingerprint> rows_;
  RangeResult result_;
  std::string record_, claimant_, claimant_key_;
  Mailbox one_, other_;
};

}  // namespace

int file_ranges(std::uint64_t bytes) {
  constexpr std::uint64_t kFileBytes = 128ULL << 20;
  const auto by_size = static_cast<int>(std::min<std::uint64_t>(bytes / kFileBytes, kShardCount));
  return std::clamp(by_size, std::min(tbb::this_task_arena::max_concurrency(), 4), kShardCount);
}

std::pair<int, int> shards_of_range(int i, int n) {
  return {i * kShardCount / n, (i + 1) * kShardCount / n};
}

void build_snapshot(Store& store, Spool& staged, const CommonFacts& facts,
                    SnapshotDescription& description, std::vector<std::string>& files,
                    std::vector<RefusedRecord>& refused) {
  const int ranges = file_ranges(staged.bytes());
  std::vector<RangeResult> results(static_cast<std::size_t>(ranges));
  std::array<Sha256Digest, kShardCount> digests;
  tbb::parallel_for(0, ranges, [&](int i) {
    const auto [first, last] = shards_of_range(i, ranges);
    results[static_cast<std::size_t>(i)] =
        RangeBuilder(store, staged, facts, description, digests).build(first, last);
  });
  // A digest of shard digests, so that the shards can be hashed side by side; shards are fixed
  // ranges of anchors, so it is the same at any thread count.
  Sha256 digest;
  for (const Sha256Digest& d : digests) {
    digest.update({reinterpret_cast<const char*>(d.data()), d.size()});
  }
  description.digest = to_hex(digest.finish());
  for (RangeResult& r : results) {
    files.insert(files.end(), r.files.begin(), r.files.end());
    refused.insert(refused.end(), r.refused.begin(), r.refused.end());
    description.mailboxes += r.mailboxes;
    description.ambiguous += r.ambiguous;
    description.flags_seen |= r.flags_seen;
    description.supplied = description.supplied | AttributeSet(r.supplied);
    for (std::size_t a = 0; a < r.filled.size(); ++a) description.filled[a] += r.filled[a];
  }
}

void take_in_snapshot(Store& store, const SnapshotDescription& description,
                      std::vector<std::string>& files, std::vector<RefusedRecord>& refused) {
  std::sort(refused.begin(), refused.end());
  if (auto path = write_refused_records(store, description.generation, refused))
    files.push_back(std::move(*path));
  store.ingest(files);
}

}  // namespace trueup
