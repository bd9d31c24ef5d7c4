// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/verify.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "engine/apply/edit_on_object.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

struct HeldChange {
  std::string record;  // what the views of `change` point into
  Change change;
};

/// Compares one change with what the server holds now.
class Check {
 public:
  Check(const Change& change, const ObjectAnswer& answer) : change_(change), answer_(answer) {
    if (answer.result_code != 0) {
      add(std::nullopt, VerifyFinding::Kind::kUnreadable, {}, answer.message);
      return;
    }
    for (const Edit& edit : change.edits) check(edit);
  }

  std::vector<VerifyFinding> take() { return std::move(findings_); }

  DoubtfulChange::Found found() const {
    if (answer_.result_code != 0 || !answer_.incomplete.empty()) {
      return DoubtfulChange::Found::kUnreadable;
    }
    if (findings_.empty()) return DoubtfulChange::Found::kThere;
    return holding_ > 0 ? DoubtfulChange::Found::kInPart : DoubtfulChange::Found::kNotThere;
  }

 private:
  void check(const Edit& edit) {
    if (answer_.incomplete.contains(edit.attribute)) {
      add(edit.attribute, VerifyFinding::Kind::kUnreadable, {},
          "its values changed while they were read; verify again");
      return;
    }
    const EditOnObject on_object(edit, std::span<const AttributeValue>(answer_.values));
    if (on_object.target_holds()) {
      ++holding_;
      return;
    }
    std::vector<std::string_view> others = on_object.strangers();
    for (const std::string_view value : on_object.missing_adds()) {
      if (const auto there = in_other_case(edit.attribute, value)) {
        add(edit.attribute, VerifyFinding::Kind::kAddOtherCase, value, std::string(*there));
        std::erase(others, *there);
      } else {
        add(edit.attribute, VerifyFinding::Kind::kAddMissing, value, {});
      }
    }
    for (const std::string_view value : on_object.standing_deletes()) {
      add(edit.attribute, VerifyFinding::Kind::kDeletePresent, value, {});
    }
    for (const std::string_view there : others) {
      add(edit.attribute, VerifyFinding::Kind::kOtherValue,
          on_object.displaced_by(there).value_or(std::string_view()), std::string(there));
    }
  }

  std::optional<std::string_view> in_other_case(Attribute attribute, std::string_view value) const {
    for (const AttributeValue& there : answer_.values) {
      if (there.attribute != attribute || !equal_ignoring_ascii_case(there.bytes, value)) continue;
      return there.bytes;
    }
    return std::nullopt;
  }

  void add(std::optional<Attribute> attribute, VerifyFinding::Kind kind, std::string_view value,
           std::string message) {
    findings_.push_back({.number = change_.number,
                         .dn = std::string(change_.dn),
                         .attribute = attribute,
                         .kind = kind,
                         .value = std::string(value),
                         .message = std::move(message)});
  }

  const Change& change_;
  const ObjectAnswer& answer_;
  std::vector<VerifyFinding> findings_;
  std::size_t holding_ = 0;  // edits
};

/// Takes up to `page.size()` changes; gives how many.
std::size_t read_page(const std::function<bool(Change&)>& next_change, std::span<HeldChange> page) {
  std::size_t size = 0;
  Change given;
  while (size < page.size() && next_change(given)) {
    HeldChange& held = page[size++];
    held.record.clear();
    encode(given, held.record);
    decode(held.record, held.change);
  }
  return size;
}

void check_page(std::span<const HeldChange> page, LdapReader& reader, const VerifyOptions& options,
                VerifyResult& result) {
  std::vector<ObjectRequest> requests;
  requests.reserve(page.size());
  for (const HeldChange& held : page) {
    AttributeSet attributes;
    for (const Edit& edit : held.change.edits) attributes.add(edit.attribute);
    requests.push_back({held.change.object_guid, held.change.dn, attributes});
  }
  // Answers come in any order, findings are listed in that of the plan.
  struct Read {
    std::vector<VerifyFinding> findings;
    DoubtfulChange::Found found = DoubtfulChange::Found::kUnreadable;
  };
  std::vector<Read> reads(page.size());
  reader.read_objects(requests, [&](const ObjectAnswer& answer) {
    Check check(page[answer.index].change, answer);
    reads[answer.index].found = check.found();
    reads[answer.index].findings = check.take();
  });
  for (std::size_t i = 0; i < page.size(); ++i) {
    const Change& change = page[i].change;
    if (options.in_doubt != nullptr && options.in_doubt->contains(change.number)) {
      ++result.doubtful[static_cast<std::size_t>(reads[i].found)];
      if (result.in_doubt.size() < options.max_findings) {
        result.in_doubt.push_back({change.number, std::string(change.dn), reads[i].found});
      }
      continue;
    }
    ++result.checked;
    result.differing += reads[i].findings.empty() ? 0 : 1;
    for (VerifyFinding& finding : reads[i].findings) {
      if (result.findings.size() == options.max_findings) break;
      result.findings.push_back(std::move(finding));
    }
  }
}

}  // namespace

std::string_view to_string(VerifyFinding::Kind kind) {
  switch (kind) {
    case VerifyFinding::Kind::kAddMissing: return "missing";
    case VerifyFinding::Kind::kAddOtherCase: return "other-case";
    case VerifyFinding::Kind::kDeletePresent: return "still-present";
    case VerifyFinding::Kind::kOtherValue: return "other-value";
    case VerifyFinding::Kind::kUnreadable: return "unreadable";
  }
  return "?";
}

std::string_view to_string(DoubtfulChange::Found found) {
  switch (found) {
    case DoubtfulChange::Found::kThere: return "there";
    case DoubtfulChange::Found::kInPart: return "in-part";
    case DoubtfulChange::Found::kNotThere: return "not-there";
    case DoubtfulChange::Found::kUnreadable: return "unreadable";
  }
  return "?";
}

VerifyResult verify(const std::function<bool(Change&)>& next_change, LdapReader& reader,
                    const VerifyOptions& options, std::atomic<std::uint64_t>* checked,
                    const std::atomic<bool>* stop) {
  VerifyResult result;
  std::vector<HeldChange> page(std::max<std::size_t>(1, options.page_size));
  for (;;) {
    const std::size_t size = read_page(next_change, page);
    if (size == 0) return result;
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      result.stopped = true;
      return result;
    }
    try {
      check_page(std::span(page).first(size), reader, options, result);
    } catch (const StopError&) {  // while it waited for the server
      result.stopped = true;
      return result;
    }
    if (checked != nullptr) checked->fetch_add(size, std::memory_order_relaxed);
  }
}

}  // namespace trueup
