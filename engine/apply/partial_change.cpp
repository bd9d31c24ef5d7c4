// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/partial_change.h"

#include <algorithm>
#include <utility>

#include "engine/apply/edit_on_object.h"

namespace trueup {
PartialChange::PartialChange(const Change& change) : whole_(change), rest_(change), done_(change) {
  done_.edits.clear();
}

void PartialChange::doubt() { doubtful_ = true; }

void PartialChange::refuse(AttributeSet attributes, std::int32_t result_code,
                           const std::string& why) {
  for (const Edit& e : rest_.edits) {
    if (attributes.contains(e.attribute)) refused_.add(e.attribute);
  }
  std::erase_if(rest_.edits, [&](const Edit& e) { return attributes.contains(e.attribute); });
  result_code_ = result_code;
  if (!why_refused_.empty()) why_refused_ += "; ";
  why_refused_ += why;
}

void PartialChange::refuse_addresses(Verdict verdict, const std::string& why) {
  refusal_ = verdict;
  refuse(kAddressAttributes, 0, why);
}

void PartialChange::take_object(std::span<const HeldValue> values, AfterRead after_read) {
  std::vector<Edit> rest;
  for (const Edit& edit : rest_.edits) {
    const EditOnObject on_object(edit, values);
    if (on_object.target_holds()) {
      if (doubtful_) done_.edits.push_back(edit);
      holding_.add(edit.attribute);
      continue;
    }
    // Where the server takes several values of an attribute that has one by the plan, another's may
    // stand beside ours: it does not hold, and what we wrote is ours to take back all the same.
    const bool ours_beside_another = doubtful_ && !edit.adds.empty() && on_object.as_written();
    if (ours_beside_another) done_.edits.push_back(edit);
    if (after_read == AfterRead::kLook && !ours_beside_another) {
      rest.push_back(edit);
      continue;
    }
    if (after_read == AfterRead::kSend && on_object.old_values_stand()) {
      rest.push_back(on_object.missing());
      continue;
    }
    conflicting_.add(edit.attribute);
    add_primaries(on_object, edit.attribute);
    for (const HeldValue& held : values) {
      if (held.attribute == edit.attribute) held_.push_back(held);
    }
  }
  rest_.edits = std::move(rest);
  if (!two_primaries_.empty()) leave_mail_too(values);
}

/// mail says what the primary address is: without that it is not written either.
void PartialChange::leave_mail_too(std::span<const HeldValue> values) {
  const auto is_mail = [](const auto& e) { return e.attribute == Attribute::kMail; };
  if (std::erase_if(rest_.edits, is_mail) == 0) return;
  conflicting_.add(Attribute::kMail);
  std::ranges::copy_if(values, std::back_inserter(held_), is_mail);
}

void PartialChange::add_primaries(const EditOnObject& on_object, Attribute attribute) {
  if (attribute != Attribute::kProxyAddresses) return;
  for (const std::string_view there : on_object.strangers()) {
    two_primaries_ += "; it holds the primary " + std::string(there) + ", and " +
                      std::string(*on_object.displaced_by(there)) + " would be a second one";
  }
}

void PartialChange::take_acknowledgement() {
  for (const Edit& edit : rest_.edits) holding_.add(edit.attribute);
  done_.edits.insert(done_.edits.end(), rest_.edits.begin(), rest_.edits.end());
  rest_.edits.clear();
}

std::string PartialChange::acknowledged() const {
  std::string record;
  if (done_.edits.empty()) return record;
  Change done = done_;
  std::ranges::sort(done.edits, {}, &Edit::attribute);
  encode(done, record);
  return record;
}

JournalEntry PartialChange::journal_entry(Verdict verdict, std::int32_t result_code,
                                          std::string message) const {
  return {.number = whole_.number,
          .verdict = verdict,
          .result_code = result_code,
          .message = std::move(message),
          .acknowledged = acknowledged(),
          .held = held_,
          .holding = holding_};
}

JournalEntry PartialChange::journal_entry() const {
  if (!conflicting_.empty()) {
    std::string names;
    for (int i = 0; i < kAttributeCount; ++i) {
      if (!conflicting_.contains(attribute_at(i))) continue;
      names += (names.empty() ? "" : ", ") + std::string(traits(attribute_at(i)).name);
    }
    std::string message = "not as the plan showed it: " + names + two_primaries_;
    if (!why_refused_.empty()) message += "; " + why_refused_;
    return journal_entry(Verdict::kConflict, 0, std::move(message));
  }
  if (!refused_.empty()) return journal_entry(refusal_, result_code_, why_refused_);
  if (done_.edits.empty()) return journal_entry(Verdict::kAlready, 0, {});
  JournalEntry entry = journal_entry(Verdict::kDone, 0, {});
  std::string whole;
  encode(whole_, whole);
  if (entry.acknowledged == whole) entry.acknowledged.clear();
  return entry;
}

}  // namespace trueup
