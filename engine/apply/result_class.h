// SPDX-License-Identifier: Apache-2.0
// What an answer to a modify means for the change and for the run. Pure. Used by engine/apply.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "snapshots/model/attribute.h"

namespace trueup {

enum class ResultClass : std::uint8_t {
  kDone,
  kConflict,   // the object is not as the plan showed it: read it again
  kTransient,  // nothing was done, and the same may pass later
  kTooMuch,    // adminLimitExceeded: load or this object's size; a second one on it is a reject
  kOneOrAll,  // of this object (moved to another server, something inside), unless all are answered
              // so
  kObject,    // this object will not take it
  kAttribute,  // no object will take this attribute
  kServer,     // of the server's own state, whatever the object: it may pass
  kRun,        // nothing more will be taken from us
};

/// By the Windows error number first, then by the LDAP result code (RFC 4511 appendix A): a DC
/// answers several conditions with one LDAP code ([MS-ADTS] 3.1.1.3.1.9). Codes of libldap's own,
/// below 0, concern one request that was not sent.
ResultClass classify(int result_code, std::string_view message);

/// What the operator can do about a change that was refused so; "" where the message says it all.
std::string_view advice_on(int result_code, std::string_view message);

/// The first of `attributes` whose name stands in `message`, as DCs and slapd put it there when
/// they refuse an attribute; none if none does. Of a single one there is no doubt.
std::optional<Attribute> named_attribute(std::string_view message, AttributeSet attributes);

}  // namespace trueup
