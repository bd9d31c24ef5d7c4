// SPDX-License-Identifier: Apache-2.0
// What a change does to its mailbox, as the guards count it. Plain values.
#pragma once

#include "snapshots/model/attribute.h"

namespace trueup {

struct ChangeFacts {
  AttributeSet clears = {};            // values that all go, and none comes
  AttributeSet loses = {};             // a value goes and is not back in another prefix case
  AttributeSet replaces_primary = {};  // the SMTP primary, or mail, becomes another address
  /// Single-valued, types apart: one value for another, more than case.
  AttributeSet overwrites = {};
  AttributeSet rewrites = {};  // values that were there become other ones, in part or whole
  bool retypes = false;        // a recipient type that is there becomes another

  /// Without what is said of `attributes`.
  ChangeFacts without(AttributeSet attributes) const {
    return {clears - attributes,     loses - attributes,    replaces_primary - attributes,
            overwrites - attributes, rewrites - attributes, retypes};
  }
};

}  // namespace trueup
