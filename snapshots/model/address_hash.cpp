// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/address_hash.h"

#include "snapshots/model/canonical.h"
#include "snapshots/model/fingerprint.h"

namespace trueup {

std::uint64_t address_hash(Attribute attribute, std::string_view value, std::string& scratch) {
  scratch.clear();
  if (attribute == Attribute::kMail) {
    append_mail_key(value, scratch);
  } else {
    append_address_key(value, scratch);
  }
  return hash64(scratch) & ~std::uint64_t{1};
}

}  // namespace trueup
