// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

Hash128 hashed(std::string_view bytes, Attribute seed) {
  const XXH128_hash_t h =
      XXH3_128bits_withSeed(bytes.data(), bytes.size(), static_cast<XXH64_hash_t>(index(seed)) + 1);
  return {h.low64, h.high64};
}

bool usually_kept(std::string_view type) {
  return std::any_of(kUsuallyKeptTypes.begin(), kUsuallyKeptTypes.end(),
                     [&](std::string_view t) { return equal_ignoring_ascii_case(t, type); });
}

Group group_of(Attribute a) {
  if (index(a) <= index(Attribute::kProxyAddresses)) return Group::kSmtp;
  if (kExtensionAttributes.contains(a)) return Group::kExtension;
  if (kCustomAttributes.contains(a)) return Group::kCustom;
  return Group::kTypes;
}

}  // namespace

std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Fingerprint fingerprint_of(const Mailbox& m) {
  Fingerprint f;
  f.anchor = m.anchor;
  f.flags = m.flags;
  f.supplied = m.supplied.bits();
  AttributeSet filled;
  thread_local std::string key;
  for (const AttributeValue& v : m.values) {
    filled.add(v.attribute);
    Group group = group_of(v.attribute);
    std::string_view canonical = v.bytes;
    switch (traits(v.attribute).rule) {
      case Rule::kMailAddress:
        key.clear();
        append_folded(v.bytes, key);
        canonical = key;
        break;
      case Rule::kProxyAddresses: {
        const ProxyAddress address = parse_proxy_address(v.bytes);
        if (address.type != ProxyAddress::Type::kSmtp) {
          // Every cloud mailbox may have SPO addresses and no AD object has: were they hashed,
          // every mailbox would differ.
          if (equal_ignoring_ascii_case(address.prefix, "SPO")) {
            f.flags |= kSpoAddress;
            continue;
          }
          if (!usually_kept(address.prefix)) f.flags |= kOtherThanKept;
          group = Group::kOtherAddresses;
        }
        key.clear();
        append_proxy_key(address, key);
        canonical = key;
        break;
      }
      case Rule::kDisplayType:
        key = without_aclable_bit(v.bytes);
        canonical = key;
        break;
      case Rule::kExactText:
      case Rule::kInteger:
      case Rule::kBoolean: break;
    }
    f.folded[static_cast<std::size_t>(group)] += hashed(canonical, v.attribute);
    if (kAddressAttributes.contains(v.attribute)) {
      (group == Group::kSmtp ? f.exact_smtp : f.exact_others) += hash64(v.bytes);
    }
  }
  f.filled = filled.bits();
  return f;
}

Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.low64, h.high64};
}

Anchor hashed_key(std::string_view bytes) {
  const Hash128 h = hash128(bytes);
  Anchor key;
  std::memcpy(key.octets.data(), &h.low, 8);
  std::memcpy(key.octets.data() + 8, &h.high, 8);
  return key;
}

std::string xxhash_version() {
  return std::to_string(XXH_VERSION_MAJOR) + "." + std::to_string(XXH_VERSION_MINOR) + "." +
         std::to_string(XXH_VERSION_RELEASE);
}

}  // namespace trueup
