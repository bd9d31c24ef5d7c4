// SPDX-License-Identifier: Apache-2.0
// Which value of each attribute a plan writes to the most mailboxes: a source that went wrong often
// gives all of them the same ("#REF!", "N/A", somebody's name). One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "snapshots/model/change.h"

namespace trueup {

/// How many mailboxes get one and the same new value of a single-valued attribute that they did not
/// have.
struct SameValue {
  std::uint64_t mailboxes = 0;
  std::string value;
};

class SameValueCounter {
 public:
  /// One mailbox's edits: of single-valued texts. Types have a few values for everybody, and a mail
  /// address for two is refused.
  void add(const Change& change);
  const std::array<SameValue, kAttributeCount>& most() const { return most_; }

 private:
  std::array<std::unordered_map<std::uint64_t, std::uint32_t>, kAttributeCount> counts_;  // by hash
  std::array<SameValue, kAttributeCount> most_;
};

}  // namespace trueup
