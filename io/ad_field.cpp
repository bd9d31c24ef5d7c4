// SPDX-License-Identifier: Apache-2.0
#include "io/ad_field.h"

#include <array>
#include <cstring>
#include <iterator>

#include "io/byte_mask.h"

namespace trueup {
namespace {

constexpr std::size_t kWords = 4;
constexpr std::size_t kSlots = 256;

struct Name {
  std::array<std::uint64_t, kWords> words{};  // in lower case, zeros behind the end
  std::array<std::uint64_t, kWords> masks{};  // which bytes of `words` are part of the name
  std::size_t length = 0;                     // 0: a free slot
  AdField field = AdField::kNone;
};

/// Open hashing over length, first, middle and last character, which no two of the names share.
std::size_t slot_of(const char* name, std::size_t length) {
  const auto letter = [name](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[i]) & 0x1F);
  };
  return (length * 29 + letter(0) * 5 + letter(length / 2) * 3 + letter(length - 1)) % kSlots;
}

class NameTable {
 public:
  NameTable() {
    for (int i = 0; i < kAttributeCount; ++i) {
      insert(traits(attribute_at(i)).name, static_cast<AdField>(i));
    }
    insert("objectClass", AdField::kObjectClass);
    insert("objectGUID", AdField::kObjectGuid);
    insert("mS-DS-ConsistencyGuid", AdField::kConsistencyGuid);
    insert("homeMDB", AdField::kHomeMdb);
    insert("msExchHomeServerName", AdField::kHomeServerName);
    insert("adminCount", AdField::kAdminCount);
    insert("isDeleted", AdField::kIsDeleted);
  }

  AdField find(const char* name, std::size_t length) const {
    for (std::size_t slot = slot_of(name, length);; slot = (slot + 1) % kSlots) {
      const Name& candidate = names_[slot];
      if (candidate.length == 0) return AdField::kNone;
      if (candidate.length != length) continue;
      std::uint64_t difference = 0;
      for (std::size_t i = 0; i < kWords; ++i) {
        difference |= (folded8(name + 8 * i) & candidate.masks[i]) ^ candidate.words[i];
      }
      if (difference == 0) return candidate.field;
    }
  }

 private:
  void insert(std::string_view name, AdField field) {
    char text[8 * kWords] = {};
    char mask[8 * kWords] = {};
    std::memcpy(text, name.data(), name.size());
    std::memset(mask, 0xFF, name.size());
    std::size_t slot = slot_of(text, name.size());
    while (names_[slot].length != 0) slot = (slot + 1) % kSlots;
    Name& entry = names_[slot];
    for (std::size_t i = 0; i < kWords; ++i) {
      std::memcpy(&entry.masks[i], mask + 8 * i, 8);
      entry.words[i] = folded8(text + 8 * i) & entry.masks[i];
    }
    entry.length = name.size();
    entry.field = field;
  }

  std::array<Name, kSlots> names_{};
};

}  // namespace

AdField ad_field_padded(const char* name, std::size_t length) {
  static const NameTable table;
  if (length - 1 >= kLongestAdField) return AdField::kNone;
  return table.find(name, length);
}

AdField ad_field(std::string_view name) {
  if (name.size() > kLongestAdField) return AdField::kNone;
  char padded[8 * kWords] = {};
  std::memcpy(padded, name.data(), name.size());
  return ad_field_padded(padded, name.size());
}

}  // namespace trueup
