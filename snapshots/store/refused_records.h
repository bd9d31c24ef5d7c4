// SPDX-License-Identifier: Apache-2.0
// What a load could not take, as it is stored with the snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/store/store.h"

namespace trueup {

enum class RecordRefusal : std::uint8_t {
  kBadAnchor,        // its anchor is not one
  kAmbiguousAnchor,  // several records have it
  kDuplicateAddress  // AD has the address twice: a warning, nothing is kept from the plan
};

/// As stored, and as the columns "code" have it: "bad-anchor", "ambiguous-anchor",
/// "duplicate-address".
std::string_view to_string(RecordRefusal why);

/// Something that the load refuses, to be reported with the plan.
struct RefusedRecord {
  RecordRefusal why = RecordRefusal::kBadAnchor;
  Anchor anchor;  // all zero where there is none
  std::uint32_t flags = 0;
  std::string id;
  std::string name;
  std::string detail;

  friend bool operator<(const RefusedRecord& a, const RefusedRecord& b) {
    if (a.anchor != b.anchor) return a.anchor < b.anchor;
    return a.name < b.name;
  }
};

/// Writes those of a generation, in the order they come in, as a file to be ingested; gives its
/// path, if there are any. Throws StoreError.
std::optional<std::string> write_refused_records(Store& store, std::uint64_t generation,
                                                 const std::vector<RefusedRecord>& refused);

/// Those of a stored snapshot, in order. Throws StoreError if one has a reason that is unknown.
std::vector<RefusedRecord> refused_records(const Store& store, std::uint64_t generation);

}  // namespace trueup
