// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/change.h"

#include "snapshots/model/bytes.h"

namespace trueup {

void encode(const Change& change, std::string& out) {
  out += change.anchor.bytes();
  out += change.object_guid.bytes();
  append_u32(change.number, out);
  append_u32(static_cast<std::uint32_t>(change.after.size()), out);
  for (std::uint32_t n : change.after) append_u32(n, out);
  append_bytes(change.dn, out);
  append_u32(static_cast<std::uint32_t>(change.edits.size()), out);
  for (const Edit& e : change.edits) {
    append_u32(static_cast<std::uint32_t>(index(e.attribute)), out);
    append_u32(static_cast<std::uint32_t>(e.deletes.size()), out);
    append_u32(static_cast<std::uint32_t>(e.adds.size()), out);
    for (std::string_view v : e.deletes) append_bytes(v, out);
    for (std::string_view v : e.adds) append_bytes(v, out);
  }
}

void decode(std::string_view record, Change& change) {
  ByteReader in(record);
  change.anchor = Anchor::from_bytes(in.raw(16));
  change.object_guid = Anchor::from_bytes(in.raw(16));
  change.number = in.u32();
  change.after.clear();
  for (std::uint32_t n = in.u32(); n > 0; --n) change.after.push_back(in.u32());
  change.dn = in.bytes();
  change.edits.resize(in.u32());
  for (Edit& e : change.edits) {
    const std::uint32_t attribute = in.u32();
    if (attribute >= static_cast<std::uint32_t>(kAttributeCount)) {
      throw StoreError("a stored change is damaged: attribute " + std::to_string(attribute));
    }
    e.attribute = attribute_at(static_cast<int>(attribute));
    const std::uint32_t deletes = in.u32();
    const std::uint32_t adds = in.u32();
    e.deletes.clear();
    e.adds.clear();
    for (std::uint32_t i = 0; i < deletes; ++i) e.deletes.push_back(in.bytes());
    for (std::uint32_t i = 0; i < adds; ++i) e.adds.push_back(in.bytes());
  }
}

}  // namespace trueup
