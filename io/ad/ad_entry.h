// SPDX-License-Identifier: Apache-2.0
// An entry of a live read as it is delivered: what AdObjectBuilder makes of it, and what a reader
// of changes has to know beside that. Plain values; the views are good during the call only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "snapshots/model/mailbox.h"

namespace trueup {

struct AdEntry {
  enum class Kind : std::uint8_t { kMailbox, kIgnored, kDefect };
  Kind kind = Kind::kIgnored;
  std::string_view dn;
  const Mailbox* mailbox = nullptr;   // of kMailbox
  std::string_view reason;            // of kDefect
  std::optional<Anchor> object_guid;  // where the account may read it
  std::uint64_t usn = 0;              // uSNChanged; 0: not asked for, or not readable
  bool is_deleted = false;            // a tombstone
  /// Of a class that holds no users, groups or contacts below it. What is not may have been renamed
  /// or moved with all that is below it, which leaves the uSNChanged of those alone.
  bool is_leaf = false;
  std::string_view ldif;  // its attributes as lines, if asked for
};

class AdEntrySink {
 public:
  virtual ~AdEntrySink() = default;
  /// `number` runs from 0 within a search.
  virtual void on_entry(const AdEntry& entry, std::uint64_t number) = 0;
};

/// Whether objects of this class (any value of objectClass) hold no recipients below them.
bool is_leaf_class(std::string_view object_class);

}  // namespace trueup
