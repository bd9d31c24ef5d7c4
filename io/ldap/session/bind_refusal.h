// SPDX-License-Identifier: Apache-2.0
// What an AD means by the number in "AcceptSecurityContext error, data 52e, v4563", the diagnostic
// message of a bind that it refuses. A Win32 error in hex, which is for people only: nothing is
// decided by it. Used by io/ldap/session/ldap_bind; pure.
//
// Sources: winerror.h (1317, 1326 ... 1909), [MS-ERREF] 2.2; 80090346 is SEC_E_BAD_BINDINGS.
#pragma once

#include <string_view>

namespace trueup {

/// In words, with what to do: "the password has expired; ..."; "" where the text has no such
/// number, or an unknown one.
std::string_view bind_refusal(std::string_view diagnostic);

}  // namespace trueup
