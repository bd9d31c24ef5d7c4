// SPDX-License-Identifier: Apache-2.0
#include "io/ad/ad_field.h"

#include <array>
#include <cstring>

#include "io/bytes/byte_mask.h"

namespace trueup {
namespace {

constexpr std::size_t kWords = 4;
constexpr std::size_t kSlots = 256;
constexpr std::size_t kNames = static_cast<std::size_t>(AdField::kNone);

struct Name {
  std::array<std::uint64_t, kWords> words{};  // in lower case, zeros behind the end
  std::array<std::uint64_t, kWords> masks{};  // which bytes of `words` are part of the name
  std::size_t length = 0;
};

/// Open hashing over length and three letters. Most names in an export are none of ours and find
/// their slot free, so the slots are kept apart from the names, in four cache lines.
class NameTable {
 public:
  NameTable() {
    slots_.fill(kFree);
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
    insert("whenChanged", AdField::kWhenChanged);
    insert("entryUUID", AdField::kEntryUuid);
    insert("sAMAccountName", AdField::kSamAccountName);
    insert("displayName", AdField::kDisplayName);
  }

  AdField find(const char* name, std::size_t length) const {
    for (std::size_t slot = slot_of(name, length); slots_[slot] != kFree;
         slot = (slot + 1) % kSlots) {
      const Name& candidate = names_[slots_[slot]];
      if (candidate.length != length) continue;
      std::uint64_t difference = 0;
      for (std::size_t i = 0; i < kWords; ++i) {
        difference |= (folded8(name + 8 * i) & candidate.masks[i]) ^ candidate.words[i];
      }
      if (difference == 0) return static_cast<AdField>(slots_[slot]);
    }
    return AdField::kNone;
  }

 private:
  static constexpr std::uint8_t kFree = 0xFF;

  // The factors were searched for: no two of our names share a slot, and hardly any other name
  // that is common in an export falls on one of them.
  static std::size_t slot_of(const char* name, std::size_t length) {
    const auto letter = [name](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(name[i]) & 0x1F);
    };
    return (length * 173 + letter(0) * 175 + letter(length / 2) * 221 + letter(length - 1)) %
           kSlots;
  }

  void insert(std::string_view name, AdField field) {
    char text[8 * kWords] = {};
    char mask[8 * kWords] = {};
    std::memcpy(text, name.data(), name.size());
    std::memset(mask, 0xFF, name.size());
    Name& entry = names_[static_cast<std::size_t>(field)];
    for (std::size_t i = 0; i < kWords; ++i) {
      std::memcpy(&entry.masks[i], mask + 8 * i, 8);
      entry.words[i] = folded8(text + 8 * i) & entry.masks[i];
    }
    entry.length = name.size();
    std::size_t slot = slot_of(text, name.size());
    while (slots_[slot] != kFree) slot = (slot + 1) % kSlots;
    slots_[slot] = static_cast<std::uint8_t>(field);
  }

  std::array<std::uint8_t, kSlots> slots_{};  // a field, or kFree
  std::array<Name, kNames> names_{};          // by field
};

const NameTable kTable;

}  // namespace

AdField ad_field_padded(const char* name, std::size_t length) {
  if (length - 1 >= kLongestAdField) return AdField::kNone;
  return kTable.find(name, length);
}

AdField ad_field(std::string_view name) {
  if (name.size() > kLongestAdField) return AdField::kNone;
  char padded[8 * kWords] = {};
  std::memcpy(padded, name.data(), name.size());
  return ad_field_padded(padded, name.size());
}

}  // namespace trueup
