// SPDX-License-Identifier: Apache-2.0
#include "io/usn_slicer.h"

#include <algorithm>

namespace trueup {
namespace {

constexpr std::uint64_t kFirstCuts = 64;     // of the range, when nothing is known of it yet
constexpr std::uint64_t kPagesASlice = 16;   // so that what a slice costs beside its pages is little
constexpr double kWorthwhile = 0.02;         // of the whole time: what finding out may cost

}  // namespace

UsnSlicer::UsnSlicer(UsnSlice all, const Options& options) : options_(options), rest_{all} {
  if (all.last < all.first) rest_.clear();
  width_ = std::max<std::uint64_t>(1, all.width() / kFirstCuts);
  if (options.fixed_slices > 0) {
    cut_ = Cut::kFixed;
    width_ = all.width() / static_cast<std::uint64_t>(options.fixed_slices) + 1;
  }
}

std::optional<UsnSlice> UsnSlicer::next() {
  std::unique_lock lock(mutex_);
  if (cut_ == Cut::kUnknown && reading_ > 0) {
    changed_.wait_for(lock, options_.patience, [&] { return cut_ != Cut::kUnknown || stopped_; });
    if (cut_ == Cut::kUnknown) cut_ = Cut::kHalves;
  }
  changed_.wait(lock, [&] { return stopped_ || !rest_.empty() || reading_ == 0; });
  if (stopped_ || rest_.empty()) return std::nullopt;
  ++reading_;
  return cut_one();
}

/// REQUIRES: the lock, and a rest.
UsnSlice UsnSlicer::cut_one() {
  UsnSlice& all = rest_.back();
  std::uint64_t width = all.width();
  const auto connections = static_cast<std::uint64_t>(options_.connections);
  switch (cut_) {
    case Cut::kUnknown:
      if (connections > 1) width = (width + 1) / 2;
      break;
    case Cut::kHalves: break;
    case Cut::kSmall:  // smaller towards the end, so that all end at about the same time
      width = std::min({width, width_, std::max(width / (2 * connections), width_ / 8 + 1)});
      break;
    case Cut::kFixed: width = std::min(width, width_); break;
  }
  const UsnSlice slice{.first = all.first, .last = all.first + width - 1};
  all.first += width;
  if (slice.last == all.last) rest_.pop_back();
  return slice;
}

bool UsnSlicer::go_on(const UsnSlice& slice, std::uint64_t entries,
                      std::chrono::nanoseconds elapsed) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return false;
  if (!should_recut(entries, elapsed)) return true;
  cut_ = Cut::kSmall;
  rest_.push_back(slice);
  --reading_;
  changed_.notify_all();
  return false;
}

/// After the first page, and if what that took can be borne to take once more.
bool UsnSlicer::should_recut(std::uint64_t entries, std::chrono::nanoseconds elapsed) const {
  const auto page = static_cast<std::uint64_t>(options_.page_size);
  if (options_.connections < 2 || entries > page) return false;
  if (cut_ == Cut::kUnknown) return elapsed < options_.patience;
  if (cut_ != Cut::kHalves) return false;
  const auto pages = static_cast<double>(options_.expected_entries / page);
  return 1 < kWorthwhile * pages;
}

void UsnSlicer::done(const UsnSlice& slice, std::uint64_t entries) {
  const std::scoped_lock lock(mutex_);
  --reading_;
  ++read_;
  if (cut_ == Cut::kUnknown) cut_ = Cut::kSmall;  // it was over before the others had waited
  if (cut_ == Cut::kSmall) {
    // As wide as it takes at this slice's density; but the next may be another.
    constexpr double kGrowth = 4;
    const double wanted = static_cast<double>(kPagesASlice) * options_.page_size;
    const double each = static_cast<double>(slice.width()) /
                        static_cast<double>(std::max<std::uint64_t>(entries, 1));
    const auto most = static_cast<double>(std::max(slice.width(), width_)) * kGrowth;
    width_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::min(wanted * each, most)));
  }
  changed_.notify_all();
}

void UsnSlicer::give_back(const UsnSlice& slice) {
  const std::scoped_lock lock(mutex_);
  --reading_;
  rest_.push_back(slice);
  changed_.notify_all();
}

void UsnSlicer::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace trueup
