// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/cloud_sink.h"

#include <cstring>

namespace trueup {

void CloudSink::on_mailbox(const Mailbox& m, std::uint64_t offset) {
  ++records_;
  StagedHeader header = header_by_id(m, kind_, stream_order(file_, offset), scratch_);
  add_content(header.key, header.fingerprint, m.changed_at);
  header.fingerprint.flags |= marks_;
  stage(writer_, header, m);
}

void CloudSink::stage_held(StagedHeader header, std::string_view record) {
  ++records_;
  header.order = stream_order(file_, header.order);
  header.fingerprint.flags |= marks_;
  stage(writer_, header, record);
}

void HeldPage::on_mailbox(const Mailbox& m, std::uint64_t offset) {
  Item item;
  item.header = header_by_id(m, StagedKind::kGraph, offset, scratch_);
  item.begin = records_.size();
  encode(m, records_);
  item.end = records_.size();
  items_.push_back(item);
  if (!m.name.empty()) names_.emplace_back(m.name);
}

void HeldPage::on_defect(std::uint64_t offset, std::string reason) {
  defects_.emplace_back(offset, std::move(reason));
}

void HeldPage::clear() {
  items_.clear();
  defects_.clear();
  names_.clear();
  records_.clear();
}

void HeldPage::stage_all(CloudSink& sink) const {
  const std::string_view records = records_;
  for (const Item& item : items_) {
    sink.stage_held(item.header, records.substr(item.begin, item.end - item.begin));
  }
  for (const auto& [offset, reason] : defects_) sink.on_defect(offset, reason);
}

std::vector<std::uint64_t> HeldPage::users() const {
  std::vector<std::uint64_t> users;
  for (const Item& item : items_) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, item.header.key.octets.data(), sizeof hash);
    users.push_back(hash);
  }
  return users;
}

}  // namespace trueup
