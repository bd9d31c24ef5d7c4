// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/dump_check.h"

#include <algorithm>
#include <utility>

#include "engine/load/staging/staged_item.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// For people: what a page should have carried.
std::string property_names(AttributeSet attributes, bool sync_enabled, bool anchor) {
  std::string names;
  const auto add = [&](bool wanted, const char* name) {
    if (wanted) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(attributes.contains(Attribute::kMail), "mail");
  add(attributes.contains(Attribute::kProxyAddresses), "proxyAddresses");
  add(!(attributes & kExtensionAttributes).empty(), "onPremisesExtensionAttributes");
  add(attributes.contains(Attribute::kMailNickname), "mailNickname");
  add(sync_enabled, "onPremisesSyncEnabled");
  add(anchor, "onPremisesImmutableId");
  return names;
}

}  // namespace

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
    throw InputError(files_.front() +
                     " holds no Graph page and no user; a dump is the response "
                     "bodies of GET /users/delta, one file a page or one line a page");
  }
  check_links(all, assume_complete, listed);
  GraphDump dump;
  dump.delta_link = all.delta_link;
  dump.selected = all.selected;
  const bool has_list = !all.selected.empty();
  dump.supplied_attributes = has_list ? all.selected_attributes : all.carried_attributes;
  dump.supplies_sync_enabled = has_list ? all.selected_sync_enabled : all.carried_sync_enabled;
  dump.bad_anchor = all.bad_anchor;
  dump.bad_anchor_user = all.bad_anchor_user;
  find_partial_pages(all, dump);
  return dump;
}

void GraphDumpCheck::find_partial_pages(const GraphSummary& all, GraphDump& dump) const {
  std::uint64_t pages = 0;
  std::string first;  // for the warning
  // Of bare users, whom somebody has called complete, a property that one carries was selected.
  const auto look_at = [&](std::size_t file, std::uint64_t begin, std::uint64_t end,
                           const CarriedProperties& carried, bool bare) {
    const AttributeSet by_none = dump.supplied_attributes - carried.attributes;
    const AttributeSet lacks = bare ? by_none : dump.supplied_attributes - carried.by_all;
    std::string names = property_names(by_none, dump.supplies_sync_enabled && !carried.sync_enabled,
                                       all.anchor_carried && !carried.anchor);
    const bool of_some = names.empty();
    if (of_some) names = property_names(lacks, false, false);
    if (carried.users == 0 || names.empty()) return;
    if (pages++ == 0) {
      first = files_[file] + ", byte " + std::to_string(begin) +
              ": the page has no property list, and " +
              (of_some ? "some of its users carry no " + names + ", which others do"
                       : "its users carry no " + names + ", which others of the dump do");
    }
    const std::size_t number = first_file_ + file;
    dump.partial_pages.push_back({stream_order(number, begin), stream_order(number, end), lacks});
  };
  const auto number_of = [&](const std::string& file) {
    return static_cast<std::size_t>(std::ranges::find(files_, file) - files_.begin());
  };
  for (const GraphSummary::UnlistedPage& page : all.unlisted_pages) {
    look_at(number_of(page.file), page.begin, page.end, page.carried, /*bare=*/false);
  }
  std::vector<CarriedProperties> bare(files_.size());  // outside of pages: a file at a time
  for (const Part& part : parts_) bare[part.file].add(part.summary.carried_by_bare_users);
  constexpr std::uint64_t kWholeFile = (std::uint64_t{1} << 44) - 1;
  for (std::size_t file = 0; file < bare.size(); ++file) {
    look_at(file, 0, kWholeFile, bare[file], /*bare=*/true);
  }
  std::ranges::sort(dump.partial_pages, {}, &PartialPage::first);
  if (pages == 0) return;
  dump.warnings.push_back(
      first + "; this is not managed for them" +
      (pages > 1 ? " (and likewise for " + std::to_string(pages - 1) + " other pages)" : ""));
}

void GraphDumpCheck::check_links(const GraphSummary& all, bool assume_complete, bool listed) const {
  if (listed) return;
  const std::string remedy =
      "; copy the dump again, all pages up to the one with the "
      "@odata.deltaLink, and nothing behind it";
  if (all.delta_links > 1) {
    throw InputError(all.delta_link_file + ": the dump has " + std::to_string(all.delta_links) +
                     " pages with an @odata.deltaLink, so it is more than one read" + remedy);
  }
  if (all.pages == 0) {
    if (assume_complete) return;
    throw InputError(files_.front() +
                     ": users without pages do not say whether they are all; if "
                     "they are, say so with --assume-complete");
  }
  if (all.delta_links == 0) {
    const bool list_read = all.next_links < all.pages;  // GET /users ends without any link
    if (assume_complete && list_read) return;
    throw InputError(
        files_.back() +
        ": no page of the dump has an @odata.deltaLink, so the read "
        "did not come to its end" +
        remedy + (list_read ? ", or say --assume-complete if this is a complete GET /users" : ""));
  }
  if (all.delta_link_file != all.last_link_file || all.delta_link_offset != all.last_link_offset) {
    throw InputError(all.delta_link_file +
                     ": the page with the @odata.deltaLink is not the last "
                     "page in name order" +
                     remedy);
  }
  if (all.next_links + all.delta_links < all.pages) {
    throw InputError(files_.front() + ": " +
                     std::to_string(all.pages - all.next_links - all.delta_links) +
                     " pages have neither an @odata.nextLink nor an @odata.deltaLink; they are "
                     "not pages of a delta read" +
                     remedy);
  }
}

}  // namespace trueup
