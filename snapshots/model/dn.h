// SPDX-License-Identifier: Apache-2.0
// Distinguished names as text: the key under which two are the same, the parent of one, and what
// is meant as one. dn_subtree.h says what lies below which. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "snapshots/model/dn_fold.h"

namespace trueup {

/// A key for a DN: its RDNs from the root to the leaf, each folded and ended, so that "lies below"
/// is "has as a prefix". "" for the DN "". Two DNs that cannot be parsed have the same key only if
/// they are the same octets, and lie below nothing but "".
std::string dn_key(std::string_view dn, DnFold fold);

/// The DN without its first RDN, as a view into it; "" at the top. Knows escapes and quotes.
std::string_view parent_dn(std::string_view dn);

/// Is the text meant as a DN: does it start with a type that names entries, or with an OID, and
/// '='? Neither an anchor in base64 nor an e-mail address (c=us@contoso.com) is one. It need not
/// parse: DnSubtree says what is wrong with it.
bool looks_like_dn(std::string_view text);

/// Does the text start with a domain name that has a dot, and a slash: "contoso.com/Board"?
bool looks_like_canonical_name(std::string_view text);

}  // namespace trueup
