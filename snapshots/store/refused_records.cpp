// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/refused_records.h"

#include <utility>

#include "snapshots/model/bytes.h"
#include "snapshots/store/table.h"

namespace trueup {

std::optional<std::string> write_notes(Store& store, std::uint64_t generation,
                                       const std::vector<Note>& notes) {
  const std::string prefix = table_prefix(snapshot_prefix(generation), Table::kNotes);
  TableWriter writer(store);
  std::uint64_t number = 0;
  for (const Note& n : notes) {
    std::string key;
    append_u64(++number, key);
    std::string value;
    append_bytes(n.code, value);
    value += n.anchor.bytes();
    append_u32(n.flags, value);
    append_bytes(n.id, value);
    append_bytes(n.name, value);
    append_bytes(n.detail, value);
    writer.add(prefix, key, value);
  }
  return writer.finish();
}

std::vector<Note> notes_of(const Store& store, std::uint64_t generation) {
  std::vector<Note> notes;
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kNotes));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    ByteReader in(cursor.value());
    Note n;
    n.code = in.bytes();
    n.anchor = Anchor::from_bytes(in.raw(16));
    n.flags = in.u32();
    n.id = in.bytes();
    n.name = in.bytes();
    n.detail = in.bytes();
    notes.push_back(std::move(n));
  }
  return notes;
}

}  // namespace trueup
