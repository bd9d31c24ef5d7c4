// SPDX-License-Identifier: Apache-2.0
// Which directory something was read from, or is to be written to: so that a plan is never written
// to another one. Plain values; pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"

namespace trueup {

struct DirectoryIdentity {
  /// DN of the domain's head. Of an export that has no such object: what the DNs of its users end
  /// in. "": not known.
  std::string naming_context;
  /// Of that object: objectGUID on an AD, entryUUID (RFC 4530) elsewhere, or an objectGUID that
  /// stands there as a plain attribute.
  std::optional<Anchor> head_guid;

  friend bool operator==(const DirectoryIdentity&, const DirectoryIdentity&) = default;
};

/// The DC= RDNs that the DN ends in, as a view into it: the domain, in an AD. "" if there are none.
std::string_view domain_of(std::string_view dn);

/// The DN is nothing but DC= RDNs: the head of a domain, or of another part of a forest.
bool is_domain(std::string_view dn);

/// What all of these DNs lie in: the domain where they end in the same one, else the longest suffix
/// that they share. "" if there is none.
std::string naming_context_of(const std::vector<std::string_view>& dns);

}  // namespace trueup
