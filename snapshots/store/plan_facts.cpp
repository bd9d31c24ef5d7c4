// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/plan_facts.h"

#include <algorithm>

#include "snapshots/store/table.h"

namespace trueup {

void merge_facts(std::vector<PlanFact>& facts) {
  std::sort(facts.begin(), facts.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (kept > 0 && facts[kept - 1].anchor == facts[i].anchor) {
      facts[kept - 1].clears |= facts[i].clears;
      facts[kept - 1].overwrites |= facts[i].overwrites;
      facts[kept - 1].kinds |= facts[i].kinds;
    } else {
      facts[kept++] = facts[i];
    }
  }
  facts.resize(kept);
}

void store_facts(Store& store, std::uint64_t run, const std::vector<PlanFact>& facts) {
  TableWriter writer(store);
  RowWriter<PlanFact> rows(writer, table_prefix(plan_prefix(run), Table::kPlanFacts));
  for (const PlanFact& fact : facts) rows.add(fact);
  rows.end_block();
  if (const auto file = writer.finish()) store.ingest({*file});
}

void append_facts(const Store& store, std::uint64_t run, std::vector<PlanFact>& facts) {
  TableCursor cursor(store, table_prefix(plan_prefix(run), Table::kPlanFacts));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    const std::string_view block = cursor.value();
    for (std::size_t at = 0; at + sizeof(PlanFact) <= block.size(); at += sizeof(PlanFact)) {
      std::memcpy(&facts.emplace_back(), block.data() + at, sizeof(PlanFact));
    }
  }
}

}  // namespace trueup
