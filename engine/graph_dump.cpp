// SPDX-License-Identifier: Apache-2.0
#include "engine/graph_dump.h"

#include <algorithm>

#include "snapshots/errors.h"

namespace trueup {

void GraphDumpCheck::add(std::size_t file, std::uint64_t offset, GraphSummary summary) {
  const std::scoped_lock lock(mutex_);
  parts_.push_back({file, offset, std::move(summary)});
}

GraphDump GraphDumpCheck::finish(bool assume_complete, bool listed) {
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
    return a.file != b.file ? a.file < b.file : a.offset < b.offset;
  });
  GraphSummary all;
  for (const Part& p : parts_) merge(all, p.summary);
  if (all.pages == 0 && all.bare_users == 0) {
    throw InputError(files_.front() + " holds no Graph page and no user; a dump is the response "
                     "bodies of GET /users/delta, one file a page or one line a page");
  }
  check_links(all, assume_complete, listed);
  GraphDump dump;
  dump.delta_link = all.delta_link;
  dump.selected = all.selected;
  const bool has_list = !all.selected.empty();
  dump.supplied_attributes = has_list ? all.selected_attributes : all.carried_attributes;
  dump.supplies_sync_enabled = has_list ? all.selected_sync_enabled : all.carried_sync_enabled;
  return dump;
}

void GraphDumpCheck::check_links(const GraphSummary& all, bool assume_complete,
                                 bool listed) const {
  if (listed) return;
  const std::string remedy = "; copy the dump again, all pages up to the one with the "
                             "@odata.deltaLink, and nothing behind it";
  if (all.delta_links > 1) {
    throw InputError(all.delta_link_file + ": the dump has " + std::to_string(all.delta_links) +
                     " pages with an @odata.deltaLink, so it is more than one read" + remedy);
  }
  if (all.pages == 0) {
    if (assume_complete) return;
    throw InputError(files_.front() + ": users without pages do not say whether they are all; if "
                     "they are, say so with --assume-complete");
  }
  if (all.delta_links == 0) {
    const bool list_read = all.next_links < all.pages;  // GET /users ends without any link
    if (assume_complete && list_read) return;
    throw InputError(files_.back() + ": no page of the dump has an @odata.deltaLink, so the read "
                     "did not come to its end" + remedy +
                     (list_read ? ", or say --assume-complete if this is a complete GET /users"
                                : ""));
  }
  if (all.delta_link_file != all.last_link_file ||
      all.delta_link_offset != all.last_link_offset) {
    throw InputError(all.delta_link_file + ": the page with the @odata.deltaLink is not the last "
                     "page in name order" + remedy);
  }
  if (all.next_links + all.delta_links < all.pages) {
    throw InputError(files_.front() + ": " +
                     std::to_string(all.pages - all.next_links - all.delta_links) +
                     " pages have neither an @odata.nextLink nor an @odata.deltaLink; they are "
                     "not pages of a delta read" + remedy);
  }
}

}  // namespace trueup
