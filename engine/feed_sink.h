// SPDX-License-Identifier: Apache-2.0
// What the sinks of all feeds share: counting records, keeping the first defects, and the limit on
// them. One a thread; merged by the loader.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/load.h"
#include "engine/staging.h"
#include "io/mailbox_sink.h"

namespace trueup {

/// The defects of one feed on one thread.
class FeedSink : public MailboxSink {
 public:
  static constexpr std::size_t kKeptDefects = 1000;

  void start_chunk(std::size_t file) { file_ = file; }
  void on_defect(std::uint64_t offset, std::string reason) final {
    ++records_;
    ++defects_;
    if (kept_.size() < kKeptDefects) kept_.push_back({stream_order(file_, offset), offset, file_,
                                                      std::move(reason)});
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

 protected:
  std::size_t file_ = 0;
  std::uint64_t records_ = 0;

 private:
  std::uint64_t defects_ = 0;
  std::vector<Kept> kept_;
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

/// What a side was read from, for people.
std::string joined(const std::vector<std::string>& specs);

/// Throws InputError if more than `max_defects` of the records could not be read.
void check_defects(const LoadResult& result, double max_defects);

}  // namespace trueup
