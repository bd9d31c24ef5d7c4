// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/journal.h"

#include "snapshots/model/bytes.h"
#include "snapshots/store/store.h"

namespace trueup {
namespace {

/// Where an attribute would stand: not one, but the attributes that hold.
constexpr std::uint32_t kHolding = 0xFFFFFFFF;

std::string outcome_prefix(std::uint64_t run) { return numbered_key("journal/", run); }
std::string intent_prefix(std::uint64_t run) { return numbered_key("intent/", run); }

std::string encoded(const JournalEntry& e) {
  std::string value;
  append_u32(static_cast<std::uint32_t>(e.verdict), value);
  append_u32(static_cast<std::uint32_t>(e.result_code), value);
  append_bytes(e.message, value);
  append_bytes(e.acknowledged, value);
  for (const HeldValue& held : e.held) {
    append_u32(static_cast<std::uint32_t>(index(held.attribute)), value);
    append_bytes(held.bytes, value);
  }
  const bool partly = e.verdict != Verdict::kDone && e.verdict != Verdict::kAlready;
  if (partly && !e.holding.empty()) {
    append_u32(kHolding, value);
    append_u32(e.holding.bits(), value);
  }
  return value;
}

JournalEntry decoded(std::uint32_t number, std::string_view value) {
  ByteReader in(value);
  JournalEntry e;
  e.number = number;
  const std::uint32_t verdict = in.u32();
  if (verdict < static_cast<std::uint32_t>(Verdict::kDone) ||
      verdict > static_cast<std::uint32_t>(Verdict::kAddressUnknown)) {
    throw StoreError("the journal is damaged: verdict " + std::to_string(verdict) +
                     "; restore the store from a copy");
  }
  e.verdict = static_cast<Verdict>(verdict);
  e.result_code = static_cast<std::int32_t>(in.u32());
  e.message = in.bytes();
  e.acknowledged = in.bytes();
  while (!in.at_end()) {
    const std::uint32_t attribute = in.u32();
    if (attribute == kHolding) {
      e.holding = AttributeSet(in.u32());
      continue;
    }
    if (attribute >= static_cast<std::uint32_t>(kAttributeCount)) {
      throw StoreError("the journal is damaged: attribute " + std::to_string(attribute) +
                       "; restore the store from a copy");
    }
    e.held.push_back({attribute_at(static_cast<int>(attribute)), std::string(in.bytes())});
  }
  return e;
}

// The number that ends `key`: eight bytes, big-endian.
std::uint32_t number_of(std::string_view key) {
  std::uint64_t number = 0;
  for (const char c : key.substr(key.size() - 8)) {
    number = (number << 8) | static_cast<unsigned char>(c);
  }
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::string_view to_string(Verdict v) {
  switch (v) {
    case Verdict::kDone: return "done";
    case Verdict::kAlready: return "already";
    case Verdict::kRejected: return "rejected";
    case Verdict::kConflict: return "conflict";
    case Verdict::kDependsOn: return "depends-on";
    case Verdict::kUnknown: return "unknown";
    case Verdict::kNotSent: return "not-sent";
    case Verdict::kAddressTaken: return "address-taken";
    case Verdict::kAddressUnknown: return "address-unknown";
  }
  return "?";
}

std::optional<Change> acknowledged_part(const Change& change, const JournalEntry& entry) {
  if (!entry.acknowledged.empty()) {
    Change part;
    decode(entry.acknowledged, part);
    return part;
  }
  return entry.verdict == Verdict::kDone ? std::optional(change) : std::nullopt;
}

AttributeSet attributes_to_hold(const Change& change, const JournalEntry& entry) {
  if (entry.verdict != Verdict::kDone && entry.verdict != Verdict::kAlready) {
    AttributeSet attributes = entry.holding;
    if (!attributes.empty()) return attributes;
    // Of an earlier trueup, which kept only what was acknowledged.
    const std::optional<Change> part = acknowledged_part(change, entry);
    if (!part) return attributes;
    for (const Edit& edit : part->edits) attributes.add(edit.attribute);
    return attributes;
  }
  AttributeSet attributes;
  for (const Edit& edit : change.edits) attributes.add(edit.attribute);
  return attributes;
}

std::array<std::string, 2> journal_prefixes(std::uint64_t run) {
  return {outcome_prefix(run), intent_prefix(run)};
}

Journal::Journal(Store& store, std::uint64_t run) : store_(store), run_(run) {}

void Journal::append(const Intent& intent) {
  // Both in the key: the pages of a resumed run are cut elsewhere, and must replace none of before.
  std::string key = intent_prefix(run_);
  append_u64(intent.first, key);
  append_u64(intent.last, key);
  store_.put_ordered(key, "");
}

void Journal::append(std::span<const JournalEntry> entries) {
  std::vector<Store::KeyValue> batch;
  batch.reserve(entries.size());
  const std::string prefix = outcome_prefix(run_);
  for (const JournalEntry& e : entries) {
    std::string key = prefix;
    append_u64(e.number, key);
    batch.emplace_back(std::move(key), encoded(e));
  }
  store_.put_ordered(batch);
}

void Journal::sync() { store_.sync(); }

std::vector<Intent> Journal::intents() const {
  std::vector<Intent> intents;
  store_.scan(intent_prefix(run_), [&](std::string_view key, std::string_view) {
    intents.push_back({number_of(key.substr(0, key.size() - 8)), number_of(key)});
    return true;
  });
  return intents;
}

void Journal::drop_intents() {
  std::vector<std::string> keys;
  store_.scan(intent_prefix(run_), [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  });
  for (const std::string& key : keys) store_.erase(key);
}

std::optional<JournalEntry> Journal::find(std::uint32_t number) const {
  std::string key = outcome_prefix(run_);
  append_u64(number, key);
  const std::optional<std::string> value = store_.get(key);
  return value ? std::optional(decoded(number, *value)) : std::nullopt;
}

void Journal::read(const std::function<void(const JournalEntry&)>& visit) const {
  store_.scan(outcome_prefix(run_), [&](std::string_view key, std::string_view value) {
    visit(decoded(number_of(key), value));
    return true;
  });
}

}  // namespace trueup
