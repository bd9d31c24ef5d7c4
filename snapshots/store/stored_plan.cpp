// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/stored_plan.h"

#include "snapshots/store/table.h"

namespace trueup {
namespace {

std::string number_key(std::uint32_t number) {
  std::string key;
  for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
  return key;
}

}  // namespace

struct PlanCursor::State {
  TableCursor cursor;
  bool at_next = true;
};

PlanCursor::PlanCursor(const Store& store, std::uint64_t run)
    : state_(new State{TableCursor(store, table_prefix(plan_prefix(run), Table::kChanges)), true}) {
  state_->cursor.seek("");
}
PlanCursor::~PlanCursor() = default;

bool PlanCursor::next(Change& change) {
  if (!state_->at_next && state_->cursor.valid()) state_->cursor.next();
  state_->at_next = false;
  if (!state_->cursor.valid()) return false;
  decode(state_->cursor.value(), change);
  return true;
}

void PlanCursor::seek(std::uint32_t number) {
  state_->cursor.seek(number_key(number));
  state_->at_next = true;
}

void store_plan(Store& store, std::uint64_t run, const std::vector<std::string_view>& encoded) {
  const std::string prefix = table_prefix(plan_prefix(run), Table::kChanges);
  store.drop(plan_prefix(run));  // nothing of an earlier plan may follow this one
  TableWriter writer(store);
  std::uint32_t number = 0;
  for (std::string_view change : encoded) writer.add(prefix, number_key(++number), change);
  if (const auto file = writer.finish()) store.ingest({*file});
}

}  // namespace trueup
