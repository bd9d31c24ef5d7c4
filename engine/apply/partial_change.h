// SPDX-License-Identifier: Apache-2.0
// A change that does not go straight through: its object was not as the plan showed it, an answer
// was lost, or an attribute of it is refused. Keeps, edit by edit, what is still to be sent and
// what came of the rest. Pure but for its own state. Owned by engine/apply/open_changes.
//
// No value that is not in the plan is ever in rest(), and an edit is in it only as long as the old
// values that the plan showed were there, byte for byte, when the object was last read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "snapshots/model/change.h"
#include "snapshots/store/journal.h"

namespace trueup {

class EditOnObject;

class PartialChange {
 public:
  /// All of `change`, which must outlive this and stay where it is, is still to be sent.
  explicit PartialChange(const Change& change);

  /// An answer was lost: what of rest() is found written from now on is ours.
  void doubt();
  bool doubtful() const { return doubtful_; }

  /// Leaves the edits of `attributes` out for good.
  void refuse(AttributeSet attributes, std::int32_t result_code, const std::string& why);
  /// Likewise the addresses: `verdict` is kAddressTaken or kAddressUnknown.
  void refuse_addresses(Verdict verdict, const std::string& why);

  /// What comes after a look at the object.
  enum class AfterRead : std::uint8_t {
    kSend,   // what may still be written is sent
    kLeave,  // nothing more is sent
    kLook    // nothing is sent, it is looked at again: written elsewhere, it may still turn up
  };
  /// The object holds `values` of all attributes of rest(). Edits that hold (engine/apply/
  /// edit_on_object.h) are done. Of the others those stay in rest() whose old values stand, and
  /// that add no second primary address (kSend), none (kLeave), or all.
  void take_object(std::span<const HeldValue> values, AfterRead after_read);
  /// rest() was sent, and the server has done it.
  void take_acknowledgement();

  const std::string& why_refused() const { return why_refused_; }
  const Change& rest() const { return rest_; }
  bool nothing_left() const { return rest_.edits.empty(); }

  /// What became of the change. REQUIRES: nothing_left(), or it is given up.
  JournalEntry journal_entry() const;
  /// The outcome of one that is given up: `verdict`, with what of it was acknowledged.
  JournalEntry journal_entry(Verdict verdict, std::int32_t result_code, std::string message) const;

 private:
  std::string acknowledged() const;
  void leave_mail_too(std::span<const HeldValue> values);
  void add_primaries(const EditOnObject& on_object, Attribute attribute);

  const Change& whole_;  // the views of rest_ and done_ are its
  Change rest_;
  Change done_;  // acknowledged, or found written after a doubt
  bool doubtful_ = false;
  AttributeSet conflicting_;
  std::string two_primaries_;    // those of which one is there and one was to be added
  std::vector<HeldValue> held_;  // of conflicting_, as read last
  AttributeSet holding_;         // acknowledged, or found to hold
  AttributeSet refused_;
  Verdict refusal_ = Verdict::kRejected;
  std::int32_t result_code_ = 0;
  std::string why_refused_;
};

}  // namespace trueup
