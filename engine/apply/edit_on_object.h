// SPDX-License-Identifier: Apache-2.0
// An edit against what its object holds, byte for byte: the one place that says when an edit holds.
// What is written again after a conflict, what counts as ours after a lost answer, and what verify
// reports, all go by it.
//
// It holds when every add is there and every delete is not. Of an attribute that the plan takes as
// single-valued nothing else is there either: exactly the shown value, or nothing after a clear, on
// a server that would take several values too. Other values of a set do not matter.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "snapshots/change.h"

namespace trueup {

class EditOnObject {
 public:
  /// `edit` must outlive this. `values` (HeldValue or AttributeValue) are what the object holds, of
  /// any attributes.
  template <typename Value>
  EditOnObject(const Edit& edit, std::span<const Value> values) : edit_(edit) {
    for (const Value& held : values) {
      if (held.attribute == edit.attribute) there_.emplace_back(held.bytes);
    }
  }

  bool target_holds() const { return as_written() && strangers().empty(); }

  /// Every add is there and every delete is not. True without target_holds() where a single-valued
  /// attribute holds another value beside the shown one, or after a clear.
  bool as_written() const { return missing_adds().empty() && standing_deletes().empty(); }

  /// Adds that are not there.
  std::vector<std::string_view> missing_adds() const;
  /// Deletes that are there. Deleted and added again is a value that is to be there.
  std::vector<std::string_view> standing_deletes() const;
  /// Of a single-valued attribute: what is there and is neither an add nor a delete.
  std::vector<std::string_view> strangers() const;

  /// What the plan showed is there, and nothing beside it where the attribute is single-valued.
  bool old_values_stand() const;

  /// What of the edit is still to be sent. REQUIRES: old_values_stand().
  Edit missing() const;

 private:
  const Edit& edit_;
  std::vector<std::string_view> there_;
};

}  // namespace trueup
