// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/refused_records.h"

#include <array>
#include <utility>

#include "snapshots/model/bytes.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

constexpr std::array kRecordRefusals{RecordRefusal::kBadAnchor, RecordRefusal::kAmbiguousAnchor,
                                     RecordRefusal::kDuplicateAddress};

RecordRefusal parse_record_refusal(std::string_view text) {
  for (const RecordRefusal why : kRecordRefusals) {
    if (to_string(why) == text) return why;
  }
  throw StoreError("the store has a record refused for \"" + std::string(text) +
                   "\", which this trueup does not know; use the version that wrote it");
}

}  // namespace

std::string_view to_string(RecordRefusal why) {
  switch (why) {
    case RecordRefusal::kBadAnchor: return "bad-anchor";
    case RecordRefusal::kAmbiguousAnchor: return "ambiguous-anchor";
    case RecordRefusal::kDuplicateAddress: return "duplicate-address";
  }
  return "";
}

std::optional<std::string> write_refused_records(Store& store, std::uint64_t generation,
                                                 const std::vector<RefusedRecord>& refused) {
  const std::string prefix = table_prefix(snapshot_prefix(generation), Table::kNotes);
  TableWriter writer(store);
  std::uint64_t number = 0;
  for (const RefusedRecord& n : refused) {
    std::string key;
    append_u64(++number, key);
    std::string value;
    append_bytes(to_string(n.why), value);
    value += n.anchor.bytes();
    append_u32(n.flags, value);
    append_bytes(n.id, value);
    append_bytes(n.name, value);
    append_bytes(n.detail, value);
    writer.add(prefix, key, value);
  }
  return writer.finish();
}

std::vector<RefusedRecord> refused_records(const Store& store, std::uint64_t generation) {
  std::vector<RefusedRecord> refused;
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kNotes));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    ByteReader in(cursor.value());
    RefusedRecord n;
    n.why = parse_record_refusal(in.bytes());
    n.anchor = Anchor::from_bytes(in.raw(16));
    n.flags = in.u32();
    n.id = in.bytes();
    n.name = in.bytes();
    n.detail = in.bytes();
    refused.push_back(std::move(n));
  }
  return refused;
}

}  // namespace trueup
