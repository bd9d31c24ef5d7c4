// SPDX-License-Identifier: Apache-2.0
// Who holds which of many addresses, by searches of a server's whole directory: proxyAddresses and
// mail, both indexed in an AD, some fifty addresses to a filter, several filters in flight. For
// engine/run; one thread, nothing in flight on the session.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/anchor.h"
#include "snapshots/model/attribute.h"

namespace trueup {

struct AddressHolder {
  std::size_t address = 0;  // index of the one that was asked for
  Anchor object_guid;       // all zero where the server does not show it
  std::string dn;
  AttributeSet in;  // proxyAddresses, mail, or both
};

struct AddressSearch {
  std::string base;             // DN; "" at a global catalog: the whole forest
  std::size_t in_flight = 8;    // filters
  std::size_t per_filter = 50;  // addresses
  /// An object that holds one: a value is the same under the address key. Servers match more
  /// loosely (case, width, accents), so what they give is compared here. Each holder of an address
  /// once.
  std::function<void(const AddressHolder&)> on_holder;
  /// So many more addresses are looked for; it may throw to end the search.
  std::function<void(std::size_t)> on_searched;
};

/// `keys` as append_address_key() and append_mail_key() make them ("smtp:a@contoso.com"). Throws
/// DirectoryError unless it got all that the server has for each of them, also where a part of the
/// tree is on another server (RFC 4511 4.5.3); LdapLost.
void search_addresses(const LdapSession& session, std::span<const std::string> keys,
                      const AddressSearch& search);

}  // namespace trueup
