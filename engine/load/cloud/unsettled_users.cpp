// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/unsettled_users.h"

#include <tbb/parallel_for.h>

#include <mutex>

namespace trueup {
namespace {

std::uint32_t flags_of(const Staged& item) { return item.header().fingerprint.flags; }

/// Of the items of one id, in stream order.
bool is_unsettled(const Staged* first, const Staged* last, const PageIngest& pages,
                  bool all_are_known) {
  const Staged& newest = last[-1];
  const std::uint32_t flags = flags_of(newest);
  if ((flags & (kRemoved | kReread)) != 0) return false;
  if ((flags & kIncomplete) != 0) return true;  // since an earlier load
  if ((flags & kDelta) != 0) {
    const Staged* item = last;
    while (item != first && (flags_of(item[-1]) & kDelta) != 0) --item;
    if (item == first) return all_are_known;
    return (flags_of(item[-1]) & (kRemoved | kIncomplete)) != 0;
  }
  if (pages.origin_of(newest.order) != PageOrigin::Kind::kListed) return false;
  for (const Staged* item = first; item + 1 != last; ++item) {
    if (item->record() != newest.record()) return true;
  }
  return false;
}

std::string id_of(const Staged& item) {
  Mailbox mailbox;
  decode(item.record(), mailbox);
  return std::string(mailbox.id);
}

}  // namespace

ReadSoFar find_unsettled(Spool& by_id, const PageIngest& pages, bool all_are_known) {
  ReadSoFar found;
  std::mutex mutex;
  tbb::parallel_for(0, kShardCount, [&](int shard) {
    ReadSoFar part;
    for_each_key(sorted_items(by_id, shard), [&](const Staged* first, const Staged* last) {
      if ((flags_of(last[-1]) & kRemoved) == 0) ++part.users;
      if (is_unsettled(first, last, pages, all_are_known)) part.doubtful.push_back(id_of(last[-1]));
    });
    const std::scoped_lock lock(mutex);
    found.users += part.users;
    found.doubtful.insert(found.doubtful.end(), part.doubtful.begin(), part.doubtful.end());
  });
  std::sort(found.doubtful.begin(), found.doubtful.end());
  return found;
}

}  // namespace trueup
