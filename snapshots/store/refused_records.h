// SPDX-License-Identifier: Apache-2.0
// What a load could not take, as it is stored with the snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Something that the load refuses, to be reported with the plan.
struct Note {
  std::string code;  // "bad-anchor", "ambiguous-anchor"
  Anchor anchor;     // all zero where there is none
  std::uint32_t flags = 0;
  std::string id;
  std::string name;
  std::string detail;

  friend bool operator<(const Note& a, const Note& b) {
    if (a.anchor != b.anchor) return a.anchor < b.anchor;
    return a.name < b.name;
  }
};

/// Writes the notes of a generation, in the order they come in, as a file to be ingested; gives its
/// path, if there are any. Throws StoreError.
std::optional<std::string> write_notes(Store& store, std::uint64_t generation,
                                       const std::vector<Note>& notes);

/// The notes of a stored snapshot, in order.
std::vector<Note> notes_of(const Store& store, std::uint64_t generation);

}  // namespace trueup
