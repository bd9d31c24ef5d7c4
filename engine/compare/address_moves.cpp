// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/address_moves.h"

#include <algorithm>

#include "engine/compare/compare.h"
#include "snapshots/model/address_hash.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/fingerprint.h"

namespace trueup {
namespace {

struct Held {
  std::uint64_t address;
  bool secondary;
  friend bool operator<(const Held& a, const Held& b) { return a.address < b.address; }
};

bool is_secondary(Attribute attribute, std::string_view value) {
  return attribute == Attribute::kProxyAddresses && !parse_proxy_address(value).primary;
}

const Held* find(const std::vector<Held>& sorted, std::uint64_t address) {
  const auto it = std::lower_bound(sorted.begin(), sorted.end(), Held{address, false});
  return it != sorted.end() && it->address == address ? &*it : nullptr;
}

}  // namespace

std::vector<AddressMove> address_moves(const Mailbox& ad, std::span<const Edit> edits) {
  std::vector<AddressMove> moves;
  if (std::none_of(edits.begin(), edits.end(),
                   [](const Edit& e) { return kAddressAttributes.contains(e.attribute); })) {
    return moves;
  }
  std::vector<Held> before, after;
  std::string scratch;
  for (const Attribute a : {Attribute::kMail, Attribute::kProxyAddresses}) {
    const Edit* edit = nullptr;
    for (const Edit& e : edits) {
      if (e.attribute == a) edit = &e;
    }
    for (const AttributeValue& v : values_of(ad, a)) {
      const Held held{address_hash(a, v.bytes, scratch), is_secondary(a, v.bytes)};
      before.push_back(held);
      const bool stays = edit == nullptr ||
                         !std::binary_search(edit->deletes.begin(), edit->deletes.end(), v.bytes);
      if (stays) after.push_back(held);
    }
    if (edit == nullptr) continue;
    for (std::string_view value : edit->adds) {
      after.push_back({address_hash(a, value, scratch), false});
    }
  }
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  for (const Held& h : after) {
    if (find(before, h.address) != nullptr) continue;
    if (!moves.empty() && moves.back().address == h.address) continue;
    moves.push_back({h.address, true, false});
  }
  const std::size_t gained = moves.size();
  for (const Held& h : before) {
    if (find(after, h.address) != nullptr) continue;
    if (moves.size() > gained && moves.back().address == h.address) {
      moves.back().secondary = moves.back().secondary && h.secondary;
      continue;
    }
    moves.push_back({h.address, false, h.secondary});
  }
  std::sort(moves.begin(), moves.end(),
            [](const AddressMove& a, const AddressMove& b) { return a.address < b.address; });
  return moves;
}

}  // namespace trueup
