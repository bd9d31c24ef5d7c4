// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/read_progress.h"

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kFirstBits = 1U << 13;
constexpr std::size_t kFull = 4;  // a quarter

}  // namespace

bool ReadProgress::mark(std::uint64_t user) {
  if (seen_.empty()) seen_.resize(kFirstBits);
  if (marked_ >= seen_.size() / kFull) {
    seen_.assign(seen_.size() * 2, false);
    marked_ = 0;
  }
  const std::size_t bit = user & (seen_.size() - 1);
  if (seen_[bit]) return false;
  seen_[bit] = true;
  ++marked_;
  return true;
}

void ReadProgress::took(std::span<const std::uint64_t> users, const std::string& what,
                        const std::string& request_id) {
  bool any_new = false;
  for (const std::uint64_t user : users) any_new = mark(user) || any_new;
  if (any_new) {
    repeated_ = empty_ = 0;
    return;
  }
  ++(users.empty() ? empty_ : repeated_);
  if (repeated_ <= kRepeatedPages && empty_ <= kEmptyPages) return;
  throw SourceError("Graph names page after page of " + what + " without an end: the last " +
                    std::to_string(repeated_ + empty_) +
                    " brought no user that was not there "
                    "before (request-id " +
                    request_id +
                    "); nothing was taken over: try again, "
                    "and with another --graph-read (full, sequential) if it stays so");
}

}  // namespace trueup
