// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/page_ingest.h"

#include <span>

#include "engine/load/cloud/stored_users.h"

namespace trueup {

PageIngest::PageIngest(Spool& by_id, DumpWriter* keep, Progress& progress)
    : keep_(keep),
      progress_(progress),
      sink_(by_id, StagedKind::kGraph),
      labels_(kFirstChangedFile),
      origins_(kFirstChangedFile) {}

TakenPage PageIngest::take(const FetchedPage& page, const PageOrigin& origin) {
  const Chunk body{
      .text = page.body, .offset = 0, .first = true, .last = true, .owner = page.owner};
  TakenPage taken = take_body(body, origin, "the page of request-id " + page.request_id);
  if (keep_ != nullptr) keep_->add(page.body, origin, taken.next_link, taken.delta_link);
  return taken;
}

TakenPage PageIngest::take_kept(const KeptPage& page) {
  return take_body(page.body, page.origin, page.path);
}

TakenPage PageIngest::take_body(const Chunk& body, const PageOrigin& origin, std::string label) {
  held_.clear();
  GraphSummary summary;
  (origin.changes ? changes_ : whole_).parse(body, label, held_, summary);
  TakenPage taken;
  taken.next_link = summary.next_link;
  taken.delta_link = summary.delta_link;
  taken.records = summary.users + summary.removed;
  taken.defects = held_.defects();
  merge(summary_, summary);
  sink_.start_chunk(labels_.size());
  labels_.push_back(std::move(label));
  origins_.push_back(origin.kind);
  sink_.mark(origin.kind == PageOrigin::Kind::kReread ? std::uint32_t{kReread} : 0);
  held_.stage_all(sink_);
  if (origin.changes) defective_changes_ += taken.defects;
  taken.names = held_.names();
  taken.users = held_.users();
  progress_.add(Stage::kLoadCloud, body.text.size());
  return taken;
}

std::optional<PageOrigin::Kind> PageIngest::origin_of(std::uint64_t stream_order) const {
  const std::size_t number = file_of(stream_order);
  if (number < kFirstChangedFile) return std::nullopt;
  return origins_[number];
}

void PageIngest::finish(LoadResult& result) {
  sink_.flush();
  collect_defects(std::span(&sink_, 1), labels_, result);
}

}  // namespace trueup
