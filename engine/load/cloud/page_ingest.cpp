// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/page_ingest.h"

#include <cstring>
#include <span>

#include "engine/load/cloud/stored_users.h"
#include "engine/load/staging/staged_item.h"

namespace trueup {

void PageIngest::Buffer::clear() {
  items_.clear();
  defects_.clear();
  records_.clear();
  names.clear();
}

void PageIngest::Buffer::on_mailbox(const Mailbox& m, std::uint64_t offset) {
  Item item;
  item.header.key = id_key(m.id, scratch_);
  item.header.order = offset;
  item.header.kind = StagedKind::kGraph;
  item.header.fingerprint = fingerprint_of(m);
  item.begin = records_.size();
  encode(m, records_);
  item.end = records_.size();
  items_.push_back(item);
  if (!m.name.empty()) names.emplace_back(m.name);
}

std::vector<std::uint64_t> PageIngest::Buffer::users() const {
  std::vector<std::uint64_t> users;
  for (const Item& item : items_) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, item.header.key.octets.data(), sizeof hash);
    users.push_back(hash);
  }
  return users;
}

void PageIngest::Buffer::on_defect(std::uint64_t offset, std::string reason) {
  defects_.emplace_back(offset, std::move(reason));
}

void PageIngest::Buffer::commit(CloudSink& sink, std::uint32_t flags) {
  const std::string_view records = records_;
  for (Item& item : items_) {
    item.header.fingerprint.flags |= flags;
    sink.add(item.header, records.substr(item.begin, item.end - item.begin));
  }
  for (const auto& [offset, reason] : defects_) sink.on_defect(offset, reason);
}

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
  buffer_.clear();
  GraphSummary summary;
  (origin.changes ? changes_ : whole_).parse(body, label, buffer_, summary);
  TakenPage taken;
  taken.next_link = summary.next_link;
  taken.delta_link = summary.delta_link;
  taken.records = summary.users + summary.removed;
  taken.defects = buffer_.defects();
  merge(summary_, summary);
  sink_.start_chunk(labels_.size());
  labels_.push_back(std::move(label));
  origins_.push_back(origin.kind);
  buffer_.commit(sink_, origin.kind == PageOrigin::Kind::kReread ? std::uint32_t{kReread} : 0);
  if (origin.changes) defective_changes_ += taken.defects;
  taken.names = std::move(buffer_.names);
  taken.users = buffer_.users();
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
