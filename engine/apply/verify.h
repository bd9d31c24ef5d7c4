// SPDX-License-Identifier: Apache-2.0
// Reads back what was written and compares it byte for byte. Called by engine/run/verify_run. A
// domain controller takes values as equal that differ in case, width or accents; here is where such
// a difference shows.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/apply/number_set.h"
#include "io/ldap/ldap_reader.h"
#include "snapshots/model/change.h"

namespace trueup {

/// One value (or object) that is not as the change left it.
struct VerifyFinding {
  enum class Kind : std::uint8_t {
    kAddMissing,     // an added value is not there
    kAddOtherCase,   // ... but one that differs in ASCII case only is
    kDeletePresent,  // a deleted value is there
    kOtherValue,     // a single-valued attribute holds neither what was shown nor nothing; or the
                     // object holds another primary address beside the one that was added
    kUnreadable,     // the object, or all values of the attribute, could not be read
  };
  std::uint32_t number = 0;  // of the change
  std::string dn;
  std::optional<Attribute> attribute;  // none where the whole object is concerned
  Kind kind = Kind::kAddMissing;
  std::string value;    // of the change; kOtherValue: what was to be there, "" after a clear
  std::string message;  // kAddOtherCase, kOtherValue: what is there; kUnreadable: why
};

/// "missing", "other-case", "still-present", "other-value", "unreadable".
std::string_view to_string(VerifyFinding::Kind kind);

/// A change of which nobody knows whether it was written, and what its object shows.
struct DoubtfulChange {
  enum class Found : std::uint8_t {
    kThere,   // all of it holds
    kInPart,  // some of its edits hold
    kNotThere,
    kUnreadable,  // the object could not be read
  };
  std::uint32_t number = 0;
  std::string dn;
  Found found = Found::kNotThere;
};

/// "there", "in-part", "not-there", "unreadable".
std::string_view to_string(DoubtfulChange::Found found);

struct VerifyOptions {
  const NumberSet* in_doubt = nullptr;  // changes that are only looked at; nullptr: none
  std::size_t page_size = 1024;         // objects read at a time
  std::size_t max_findings = 100'000;   // listed; all are counted
};

struct VerifyResult {
  std::uint64_t checked = 0;                // changes read back
  std::uint64_t differing = 0;              // ... that do not hold
  std::vector<VerifyFinding> findings;      // in plan order
  bool stopped = false;                     // by the stop flag, before the end
  std::array<std::uint64_t, 4> doubtful{};  // changes in doubt, by DoubtfulChange::Found
  std::vector<DoubtfulChange> in_doubt;     // in plan order, as many as findings may be listed
  std::uint64_t of = 0;                     // changes of the whole run; 0: not told
  bool unfinished = false;                  // the run has not come to its end

  std::uint64_t doubts() const { return doubtful[0] + doubtful[1] + doubtful[2] + doubtful[3]; }
};

/// Checks each change of `next_change`, which gives what was written, by the rule of
/// engine/apply/edit_on_object.h.
/// Throws DirectoryError if the server goes away.
VerifyResult verify(const std::function<bool(Change&)>& next_change, LdapReader& reader,
                    const VerifyOptions& options, std::atomic<std::uint64_t>* checked = nullptr,
                    const std::atomic<bool>* stop = nullptr);

}  // namespace trueup
