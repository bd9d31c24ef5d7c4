// SPDX-License-Identifier: Apache-2.0
#include "snapshots/journal.h"

#include <vector>

#include "snapshots/bytes.h"
#include "snapshots/store.h"

namespace trueup {
namespace {

std::string entry_key(std::uint64_t run, std::uint32_t number) {
  std::string key = numbered_key("journal/", run);
  append_u64(number, key);
  return key;
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
  }
  return "?";
}

Journal::Journal(Store& store, std::uint64_t run) : store_(store), run_(run) {}

void Journal::append(std::span<const JournalEntry> entries) {
  std::vector<Store::KeyValue> batch;
  batch.reserve(entries.size());
  for (const JournalEntry& e : entries) {
    std::string value;
    append_u32(static_cast<std::uint32_t>(e.verdict), value);
    append_u32(static_cast<std::uint32_t>(e.result_code), value);
    append_bytes(e.message, value);
    batch.emplace_back(entry_key(run_, e.number), std::move(value));
  }
  store_.put(batch);
}

std::optional<JournalEntry> Journal::find(std::uint32_t number) const {
  const std::optional<std::string> value = store_.get(entry_key(run_, number));
  if (!value) return std::nullopt;
  ByteReader in(*value);
  JournalEntry e;
  e.number = number;
  e.verdict = static_cast<Verdict>(in.u32());
  e.result_code = static_cast<std::int32_t>(in.u32());
  e.message = in.bytes();
  return e;
}

}  // namespace trueup
