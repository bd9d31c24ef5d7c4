// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/usn_slicer.h"

#include <algorithm>

namespace trueup {
namespace {

// The first slices are 1/4096, 1/512, 1/64 and so on of the range.
constexpr int kFirstShift = 12;
constexpr int kNextShift = 3;
constexpr int kDearSlices = 2;
// Pages a slice, as far as its density is known: so that what it costs beside them is little, and
// that the last ones end at about the same time.
constexpr double kLeastPages = 2;
constexpr double kMostPages = 16;

}  // namespace

UsnSlicer::UsnSlicer(UsnSlice all, const Options& options)
    : options_(options), rest_{all}, all_width_(all.width()) {
  if (all.last < all.first) rest_.clear();
}

std::optional<UsnSlice> UsnSlicer::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || !rest_.empty() || reading_ == 0; });
  if (stopped_ || rest_.empty()) return std::nullopt;
  UsnSlice& rest = rest_.back();
  const std::uint64_t width =
      std::clamp<std::uint64_t>(width_of_next(rest.width()), 1, rest.width());
  const UsnSlice slice{.first = rest.last - width + 1, .last = rest.last};
  rest.last -= width;
  if (slice.first == rest.first) rest_.pop_back();
  ++begun_;
  ++reading_;
  return slice;
}

std::uint64_t UsnSlicer::width_of_next(std::uint64_t rest) const {
  if (options_.fixed_slices > 0) {
    return all_width_ / static_cast<std::uint64_t>(options_.fixed_slices) + 1;
  }
  if (options_.connections == 1) return rest;
  if (!options_.cheap_slices) {
    return all_width_ / static_cast<std::uint64_t>(std::min(options_.connections, kDearSlices)) + 1;
  }
  const int shift = kFirstShift - kNextShift * begun_;
  if (begun_ < options_.connections && shift > 0) return all_width_ >> shift;
  const std::uint64_t half = rest / 2 + 1;
  if (width_an_entry_ == 0) return half;
  const double page = width_an_entry_ * options_.page_size;
  const double wanted =
      std::clamp(static_cast<double>(half), page * kLeastPages, page * kMostPages);
  return static_cast<std::uint64_t>(std::min(wanted, static_cast<double>(rest)));
}

void UsnSlicer::done(const UsnSlice& slice, std::uint64_t entries) {
  const std::scoped_lock lock(mutex_);
  --reading_;
  width_an_entry_ =
      entries == 0 ? 0 : static_cast<double>(slice.width()) / static_cast<double>(entries);
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
