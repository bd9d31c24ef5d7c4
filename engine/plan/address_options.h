// SPDX-License-Identifier: Apache-2.0
// What the search for gained addresses is told.
#pragma once

#include <string>

namespace trueup {

/// How an address that a plan gives to an object is proven free, right before the first write.
struct AddressOptions {
  bool search = true;          // in the whole domain that is written to
  std::string global_catalog;  // URL; searched too, for the other domains of the forest. "": none
};

}  // namespace trueup
