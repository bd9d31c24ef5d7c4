// SPDX-License-Identifier: Apache-2.0
// What a comparison finds: the changes before they are planned, and what is not made of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/compare/change_facts.h"
#include "engine/compare/refusal.h"
#include "snapshots/model/anchor.h"
#include "snapshots/model/attribute.h"
#include "snapshots/store/description.h"

namespace trueup {

/// An address that a change makes its object hold, or makes it give up.
struct AddressMove {
  std::uint64_t address = 0;  // AddressRow::address of its key
  bool gained = false;        // else given up
  bool secondary = false;     // given up, and held as a secondary proxy address only
};

/// A change before the plan knows about the other changes.
struct Candidate {
  Anchor anchor;
  std::string change;  // encoded Change, without number and edges
  std::vector<AddressMove> moves;
  ChangeFacts facts;
  AttributeSet first_sight;  // of facts.clears: the cloud was never seen filled
};

/// An address that would have been given up, had the edits of its holder not been refused or held.
struct WithheldAddress {
  std::uint64_t address = 0;
  Anchor holder;
  friend bool operator<(const WithheldAddress& a, const WithheldAddress& b) {
    return a.address != b.address ? a.address < b.address : a.holder < b.holder;
  }
};

/// A mailbox or some of its edits that are not made, and why.
struct Rejected {
  Anchor anchor;
  Refusal refusal = Refusal::kNone;
  Hold hold = Hold::kNone;  // instead of a refusal: kept back by policy
  std::string detail;
  std::string change;  // encoded Change with the edits concerned (none: the mailbox)
};

struct Unmatched {
  Side side = Side::kCloud;
  Anchor anchor;
  std::string id;
  std::string name;
};

struct DiffResult {
  std::uint64_t cloud_mailboxes = 0;
  std::uint64_t ad_mailboxes = 0;
  std::uint64_t in_scope = 0;
  std::uint64_t matched = 0;       // in scope and with an AD object
  std::uint64_t pairs = 0;         // cloud mailboxes with an AD object, in scope or not
  std::uint64_t equal = 0;         // matched and equal under the rules
  std::uint64_t compared = 0;      // ... whose records were read
  std::uint64_t cloud_only = 0;    // in scope without an AD object
  std::uint64_t outside_base = 0;  // in scope, and the AD object stands outside of the base
  std::uint64_t ad_only = 0;       // joinable AD objects without a cloud mailbox
  std::uint64_t untranslated = 0;  // in scope, of a type without a Remote* twin
  std::array<std::uint64_t, kAttributeCount> case_only{};
  std::array<std::uint64_t, kAttributeCount> holders{};  // matched, and AD has a value
  std::vector<Candidate> candidates;                     // by anchor
  std::vector<Rejected> rejected;                        // by anchor; refusals and holds
  std::vector<WithheldAddress> withheld;                 // sorted
  std::vector<Unmatched> unmatched;                      // by side, then anchor
};

}  // namespace trueup
