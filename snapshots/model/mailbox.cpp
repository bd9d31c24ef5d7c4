// SPDX-License-Identifier: Apache-2.0
// Stored form, all little-endian: u32 version and flags of the form, u32 flags, u32 supplied,
// u32 value count, u32 id length << 16 | name length, 16 octets anchor, 16 octets objectGUID, then
// for each value u32 attribute << 24 | length, then the bytes of id, name and the values; of a
// record that has aliases (kHasAliases) these are the rest. One with damaged attributes
// (kHasDamaged) ends with them, u32.
#include "snapshots/model/mailbox.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::uint32_t kForm = 1;
constexpr std::uint32_t kHasAnchor = 1U << 8;
constexpr std::uint32_t kHasAliases = 1U << 9;
constexpr std::uint32_t kHasDamaged = 1U << 10;
constexpr std::size_t kHeader = 5 * 4 + 32;

void put_u32(char*& p, std::uint32_t v) {
  std::memcpy(p, &v, 4);
  p += 4;
}
std::uint32_t take_u32(const char*& p) {
  std::uint32_t v;
  std::memcpy(&v, p, 4);
  p += 4;
  return v;
}
void put(char*& p, std::string_view bytes) { p = std::copy(bytes.begin(), bytes.end(), p); }

// Most records come grouped already; the others are visited in order without moving their values.
bool grouped(const std::vector<AttributeValue>& values) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i].attribute < values[i - 1].attribute) return false;
  }
  return true;
}

// The indexes of the values, by attribute: a counting sort.
const std::vector<std::uint32_t>& group_order(const std::vector<AttributeValue>& values) {
  thread_local std::vector<std::uint32_t> order;
  std::array<std::uint32_t, kAttributeCount + 1> place{};
  for (const AttributeValue& v : values) ++place[static_cast<std::size_t>(index(v.attribute)) + 1];
  for (std::size_t a = 1; a < place.size(); ++a) place[a] += place[a - 1];
  order.resize(values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    order[place[static_cast<std::size_t>(index(values[i].attribute))]++] = i;
  }
  return order;
}

/// Gives the end of the bytes.
char* put_values(char* table, char* bytes, const std::vector<AttributeValue>& values) {
  const auto put_value = [&](const AttributeValue& v) {
    put_u32(table, static_cast<std::uint32_t>(index(v.attribute)) << 24 |
                       static_cast<std::uint32_t>(v.bytes.size()));
    put(bytes, v.bytes);
  };
  if (grouped(values)) {
    for (const AttributeValue& v : values) put_value(v);
  } else {
    for (std::uint32_t i : group_order(values)) put_value(values[i]);
  }
  return bytes;
}

[[noreturn]] void not_a_record() {
  throw StoreError("a stored mailbox record is damaged; load the inputs again into a new store");
}

}  // namespace

void Mailbox::clear() {
  id = {};
  name = {};
  aliases = {};
  anchor = {};
  has_anchor = false;
  object_guid = {};
  flags = 0;
  changed_at = 0;
  supplied = {};
  damaged = {};
  values.clear();
}

AttributeSet Mailbox::filled() const {
  AttributeSet set;
  for (const AttributeValue& v : values) set.add(v.attribute);
  return set;
}

std::size_t encoded_size(const Mailbox& m) {
  std::size_t bytes =
      kHeader + m.id.size() + m.name.size() + m.aliases.size() + 4 * m.values.size();
  for (const AttributeValue& v : m.values) bytes += v.bytes.size();
  return bytes + (m.damaged.empty() ? 0 : 4);
}

void encode_to(const Mailbox& m, char* p) {
  put_u32(p, kForm | (m.has_anchor ? kHasAnchor : 0) | (m.aliases.empty() ? 0 : kHasAliases) |
                 (m.damaged.empty() ? 0 : kHasDamaged));
  put_u32(p, m.flags);
  put_u32(p, m.supplied.bits());
  put_u32(p, static_cast<std::uint32_t>(m.values.size()));
  put_u32(p, static_cast<std::uint32_t>(m.id.size() << 16 | m.name.size()));
  put(p, m.anchor.bytes());
  put(p, m.object_guid.bytes());
  char* const table = p;
  p += 4 * m.values.size();
  put(p, m.id);
  put(p, m.name);
  p = put_values(table, p, m.values);
  put(p, m.aliases);
  if (!m.damaged.empty()) put_u32(p, m.damaged.bits());
}

void encode(const Mailbox& m, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + encoded_size(m));
  encode_to(m, out.data() + start);
}

bool has_anchor(std::string_view record) {
  const char* p = record.data();
  return (take_u32(p) & kHasAnchor) != 0;
}

void set_facts(char* record, std::uint32_t flags, AttributeSet supplied) {
  char* p = record + 4;
  put_u32(p, flags);
  put_u32(p, supplied.bits());
}

void decode(std::string_view record, Mailbox& m) {
  if (record.size() < kHeader) not_a_record();
  const char* p = record.data();
  const char* end = p + record.size();
  const std::uint32_t form = take_u32(p);
  if ((form & 0xFF) != kForm) not_a_record();
  m.damaged = {};
  if ((form & kHasDamaged) != 0) {
    if (record.size() < kHeader + 4) not_a_record();
    end -= 4;
    const char* damaged = end;
    m.damaged = AttributeSet(take_u32(damaged));
  }
  m.has_anchor = (form & kHasAnchor) != 0;
  m.flags = take_u32(p);
  m.changed_at = 0;
  m.supplied = AttributeSet(take_u32(p));
  const std::uint32_t count = take_u32(p);
  const std::uint32_t lengths = take_u32(p);
  m.anchor = Anchor::from_bytes({p, 16});
  m.object_guid = Anchor::from_bytes({p + 16, 16});
  p += 32;
  if (static_cast<std::size_t>(end - p) < 4ULL * count + (lengths >> 16) + (lengths & 0xFFFF)) {
    not_a_record();
  }
  const char* table = p;
  p += 4ULL * count;
  m.id = {p, lengths >> 16};
  p += lengths >> 16;
  m.name = {p, lengths & 0xFFFF};
  p += lengths & 0xFFFF;
  m.values.clear();
  m.values.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t entry = take_u32(table);
    const std::uint32_t length = entry & 0xFFFFFF;
    if (static_cast<std::size_t>(end - p) < length ||
        (entry >> 24) >= static_cast<std::uint32_t>(kAttributeCount)) {
      not_a_record();
    }
    m.values.push_back({attribute_at(static_cast<int>(entry >> 24)), {p, length}});
    p += length;
  }
  m.aliases = {p, static_cast<std::size_t>(end - p)};
  if (m.aliases.empty() == ((form & kHasAliases) != 0)) not_a_record();
}

}  // namespace trueup
