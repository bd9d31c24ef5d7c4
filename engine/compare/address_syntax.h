// SPDX-License-Identifier: Apache-2.0
// Whether a text is an e-mail address at all. A wrong export leaves "@", "null", a name in angle
// brackets or a blank that is not ASCII where an address belongs; AD would store any of them. Pure.
//
// More is let through than Exchange takes: this is to tell damage, not to judge addresses.
#pragma once

#include <string_view>

#include "snapshots/model/canonical.h"

namespace trueup {

/// True if `text` has nothing in it but white space, also such that Unicode has (U+00A0,
/// U+200B...).
bool is_blank(std::string_view text);

/// LOCAL@DOMAIN as RFC 5321 4.1.2 and RFC 6531 have it: a local part with characters that need
/// quotes is quoted; a domain of one label counts.
bool is_mail_address(std::string_view text);

/// What is wrong with a value of proxyAddresses, in words; nullptr if it may be written. SMTP is as
/// above, SIP less strict (";" may follow), X500 begins with a slash, any other type has something
/// behind its colon. A type is letters, digits, hyphens and underscores.
/// REQUIRES: address.type is not kNone.
const char* wrong_with(const ProxyAddress& address);

}  // namespace trueup
