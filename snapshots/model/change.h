// SPDX-License-Identifier: Apache-2.0
// One mailbox's edits: what the plan holds, what the writer sends, what the journal records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/model/attribute.h"

namespace trueup {

/// The values to delete (AD's bytes as read) and to add (the cloud's). Both sorted bytewise.
struct Edit {
  Attribute attribute{};
  std::vector<std::string_view> deletes;
  std::vector<std::string_view> adds;
};

/// A change is sent as ONE modify: for each edit its deletes, then its adds. The deletes are the
/// precondition. Views point into the encoded change or the records it was made from.
struct Change {
  Anchor anchor;
  Anchor object_guid;                // what an AD is addressed by; all zero where unknown
  std::string_view dn;               // as read; what other servers are addressed by
  std::vector<Edit> edits;           // by attribute
  std::uint32_t number = 0;          // position in the plan, from 1
  std::vector<std::uint32_t> after;  // numbers of the changes that must have succeeded before
};

/// A value that the directory holds, as it gave it.
struct HeldValue {
  Attribute attribute{};
  std::string bytes;
  friend bool operator==(const HeldValue&, const HeldValue&) = default;
};

void encode(const Change& change, std::string& out);
/// The views of `change` point into `record`. Throws StoreError if `record` is not one.
void decode(std::string_view record, Change& change);

}  // namespace trueup
