// SPDX-License-Identifier: Apache-2.0
// What the diff reads instead of a mailbox: hashes of its attribute groups under the comparison
// rules, kept apart from the records. XXH3-128 a value, added up over a group's values, so that
// order plays no part and no sorting is needed. A plain value of 128 bytes, stored as it is.
#pragma once

#include <array>
#include <cstdint>

#include "snapshots/model/anchor.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

/// Changes when a rule of comparison or the form of Fingerprint changes; stored generations of
/// another version are not compared but loaded anew.
inline constexpr std::uint32_t kFingerprintVersion = 2;

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
  Hash128& operator+=(const Hash128& o) {
    low += o.low;
    high += o.high;
    return *this;
  }
};

struct Fingerprint {
  Anchor anchor;
  std::uint32_t flags = 0;                  // MailboxFlag
  std::uint32_t supplied = 0;               // AttributeSet
  std::uint32_t filled = 0;                 // AttributeSet
  std::uint32_t ever_filled = 0;            // cloud: filled now or in any generation before
  std::array<Hash128, kGroupCount> folded;  // by Group, what the default rules see
  std::uint64_t exact_smtp = 0;  // mail and SMTP addresses, every byte: tells case-only differences
  std::uint64_t exact_others = 0;  // the other addresses but SPO

  bool same_values(const Fingerprint& o) const {
    return folded == o.folded && exact_smtp == o.exact_smtp && exact_others == o.exact_others;
  }
  const Hash128& of(Group g) const { return folded[static_cast<std::size_t>(g)]; }
};
static_assert(sizeof(Fingerprint) == 128);

/// AD-only addresses of these types are kept by default; a mailbox without others is known by the
/// absence of kOtherThanKept, so that a diff need not read it for them.
inline constexpr std::array<std::string_view, 7> kUsuallyKeptTypes = {
    "X500", "X400", "MSMAIL", "CCMAIL", "NOTES", "EUM", "SIP"};

/// Everything but ever_filled, which needs the generation before.
Fingerprint fingerprint_of(const Mailbox& m);

/// XXH3 of any bytes: keys of hashed tables (Graph ids, DNs).
Hash128 hash128(std::string_view bytes);
Anchor hashed_key(std::string_view bytes);
std::uint64_t hash64(std::string_view bytes);

/// Of the library in use, for `trueup version`.
std::string xxhash_version();

}  // namespace trueup
