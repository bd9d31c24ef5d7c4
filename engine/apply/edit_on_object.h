// SPDX-License-Identifier: Apache-2.0
// An edit against what its object holds, byte for byte: the one place that says when an edit holds.
// What is written again after a conflict, what counts as ours after a lost answer, and what verify
// reports, all go by it.
//
// It holds when every add is there and every delete is not. Of an attribute that the plan takes as
// single-valued nothing else is there either: exactly the shown value, or nothing after a clear, on
// a server that would take several values too. Other values of a set do not matter, but for one
// kind: an object has one primary address of a type (SMTP, SIP), and no directory sees to that.
// Where the edit adds one, another beside it is as another value of a single-valued attribute.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "snapshots/model/change.h"

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

  /// Every add is there and every delete is not. True without target_holds() where there are
  /// strangers().
  bool as_written() const { return missing_adds().empty() && standing_deletes().empty(); }

  /// Adds that are not there.
  std::vector<std::string_view> missing_adds() const;
  /// Deletes that are there. Deleted and added again is a value that is to be there.
  std::vector<std::string_view> standing_deletes() const;
  /// What is there, is neither an add nor a delete, and may not stand beside what is to be there:
  /// of a single-valued attribute all, of proxyAddresses primaries of a type of which one is added.
  std::vector<std::string_view> strangers() const;
  /// The add that `stranger`, one of strangers(), may not stand beside; none after a clear.
  std::optional<std::string_view> displaced_by(std::string_view stranger) const;

  /// What the plan showed is there, and there are no strangers().
  bool old_values_stand() const;

  /// What of the edit is still to be sent. REQUIRES: old_values_stand().
  Edit missing() const;

 private:
  const Edit& edit_;
  std::vector<std::string_view> there_;
};

/// Whether `change` adds a primary address (SMTP, SIP). Its object may have been given another one
/// since the plan was made, and no old value need stand in the way of the add.
bool adds_a_primary(const Change& change);

}  // namespace trueup
