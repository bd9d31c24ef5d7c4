// SPDX-License-Identifier: Apache-2.0
// What the sinks of all feeds share: counting records, keeping the first defects, the times and the
// digest of a feed. One a thread; merged by the loader.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/staging/load_result.h"
#include "engine/load/staging/object_times.h"
#include "engine/load/staging/staged_item.h"
#include "io/mailbox_sink.h"
#include "snapshots/model/digest.h"
#include "snapshots/model/fingerprint.h"

namespace trueup {

/// The defects of one feed on one thread.
class FeedSink : public MailboxSink {
 public:
  static constexpr std::size_t kKeptDefects = 1000;

  void start_chunk(std::size_t file) { file_ = file; }
  /// The newest objects of the last accepted load of this feed.
  void watch(const std::vector<ObjectTime>& last) { times_.watch(last); }
  void on_defect(std::uint64_t offset, std::string reason) final {
    ++records_;
    ++defects_;
    if (kept_.size() < kKeptDefects)
      kept_.push_back({stream_order(file_, offset), offset, file_, std::move(reason)});
  }

  struct Kept {
    std::uint64_t order;
    std::uint64_t offset;
    std::size_t file;
    std::string reason;
  };
  std::uint64_t records() const { return records_; }
  std::uint64_t defects() const { return defects_; }
  const std::vector<Kept>& kept() const { return kept_; }
  const ObjectTimes& times() const { return times_; }
  const Hash128& content() const { return content_; }

 protected:
  /// One record: what it says, in any order of records, and when that was changed.
  void add_content(const Anchor& key, const Fingerprint& fingerprint, std::uint64_t changed_at) {
    // What tells two records apart, and no more: this is done for every record of every feed.
    struct Content {
      Anchor key;
      std::uint64_t changed_at, smtp, others;
      Hash128 extension, custom, types;
      std::uint32_t flags, filled;
    } content{key,
              changed_at,
              fingerprint.exact_smtp,
              fingerprint.exact_others,
              fingerprint.of(Group::kExtension),
              fingerprint.of(Group::kCustom),
              fingerprint.of(Group::kTypes),
              fingerprint.flags,
              fingerprint.filled};
    static_assert(sizeof content == 96, "no padding is hashed");
    content_ += hash128({reinterpret_cast<const char*>(&content), sizeof content});
    times_.see(key, changed_at);
  }

  std::size_t file_ = 0;
  std::uint64_t records_ = 0;

 private:
  std::uint64_t defects_ = 0;
  std::vector<Kept> kept_;
  ObjectTimes times_;
  Hash128 content_;
};

/// Adds one feed's counts to `result`, its first defects in stream order.
template <typename Sinks>
void collect_defects(const Sinks& sinks, const std::vector<std::string>& files,
                     LoadResult& result) {
  std::vector<FeedSink::Kept> kept;
  for (const auto& sink : sinks) {
    result.snapshot.records += sink.records();
    result.snapshot.defects += sink.defects();
    kept.insert(kept.end(), sink.kept().begin(), sink.kept().end());
  }
  std::sort(kept.begin(), kept.end(),
            [](const auto& a, const auto& b) { return a.order < b.order; });
  if (kept.size() > FeedSink::kKeptDefects) kept.resize(FeedSink::kKeptDefects);
  for (FeedSink::Kept& k : kept) {
    const std::string file = k.file < files.size() ? files[k.file] : std::string("live read");
    result.defects.push_back({file, k.offset, std::move(k.reason)});
  }
}

/// Adds what the records of one feed say of it as a whole.
template <typename Sinks>
void collect_facts(const Sinks& sinks, const std::vector<ObjectTime>& watched, FeedFacts& feed) {
  ObjectTimes times;
  times.watch(watched);
  Hash128 content;
  for (const auto& sink : sinks) {
    times.add(sink.times());
    content += sink.content();
  }
  times.put_into(feed);
  feed.digest = to_hex({reinterpret_cast<const char*>(&content), sizeof content});
}

}  // namespace trueup
