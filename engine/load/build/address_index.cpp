// SPDX-License-Identifier: Apache-2.0
#include "engine/load/build/address_index.h"

#include <algorithm>

#include "snapshots/model/address_hash.h"
#include "snapshots/model/mailbox.h"

namespace trueup {
namespace {

void find_duplicates(const std::vector<AddressRow>& sorted, DuplicateAddresses& duplicates) {
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i + 1;
    while (end < sorted.size() && sorted[end].address() == sorted[i].address()) ++end;
    if (end - i > 1) {
      ++duplicates.count;
      if (duplicates.kept.size() < DuplicateAddresses::kKept) {
        duplicates.kept.emplace_back(sorted[i], sorted[i + 1]);
      }
    }
    i = end;
  }
}

}  // namespace

void write_address_index(TableWriter& file, Spool& rows, std::uint64_t generation,
                         std::pair<int, int> shards, DuplicateAddresses& duplicates) {
  RowWriter<AddressRow> index(file, table_prefix(snapshot_prefix(generation), Table::kAddresses));
  std::vector<std::string_view> items;
  std::vector<AddressRow> sorted;
  for (int shard = shards.first; shard < shards.second; ++shard) {
    items.clear();
    rows.items(shard, items);
    sorted.resize(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::memcpy(&sorted[i], items[i].data(), sizeof(AddressRow));
    }
    rows.release(shard);
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    find_duplicates(sorted, duplicates);
    for (const AddressRow& row : sorted) index.add(row);
    index.end_block();
  }
}

std::vector<RefusedRecord> name_duplicates(const Store& store, std::uint64_t generation,
                                           const DuplicateAddresses& duplicates) {
  std::vector<RefusedRecord> refused;
  RecordCursor mailboxes(store, generation);
  RecordCursor others(store, generation, Table::kOthers);
  Mailbox m;
  std::string scratch;
  // The name of the holder, and the address as it writes it; empty if it does not hold it (any
  // more: a row may stem from an earlier state in overlapping exports).
  const auto read = [&](const AddressRow& row) -> std::pair<std::string, std::string> {
    const auto record = (row.joinable() ? mailboxes : others).find(row.owner);
    if (!record) return {};
    decode(*record, m);
    for (const AttributeValue& v : m.values) {
      if (kAddressAttributes.contains(v.attribute) &&
          address_hash(v.attribute, v.bytes, scratch) == row.address()) {
        return {std::string(m.name), std::string(v.bytes)};
      }
    }
    return {};
  };
  for (const auto& [one, other] : duplicates.kept) {
    const auto [first, value] = read(one);
    const auto [second, same] = read(other);
    if (value.empty() || same.empty()) continue;
    refused.push_back(
        {RecordRefusal::kDuplicateAddress, one.owner, 0, {}, first + "; " + second, value});
  }
  return refused;
}

}  // namespace trueup
