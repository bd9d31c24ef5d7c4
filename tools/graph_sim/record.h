// SPDX-License-Identifier: Apache-2.0
//
// The users of the tenant as it was made: make_tenant's records, made when they are asked for and
// cut into their properties. Immutable after construction; one RecordScratch a thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/graph_sim/base_names.h"
#include "tools/graph_sim/property.h"
#include "tools/tenant/drift.h"

namespace trueup::sim {

/// The memory of one record; its views are valid until the next one.
struct RecordScratch {
  tenant::TextArena arena;
  tenant::Mailbox mailbox;
  std::string text;
};

class BaseRecords {
 public:
  BaseRecords(const tenant::TenantShape& shape, unsigned threads);
  void read(UserIndex index, RecordScratch& scratch, PropertyValues& values) const;

 private:
  tenant::TenantShape shape_;
  // Of those that drift: few, and planning a block for one record would cost more than the record.
  std::vector<std::pair<UserIndex, tenant::DriftPart>> drift_;
};

/// Past the JSON value that begins at `at` of a JSON object without white space.
std::size_t end_of_value(std::string_view text, std::size_t at);
/// Cuts a JSON object without white space into its members. REQUIRES valid JSON, known names.
void cut_object(std::string_view text, PropertyValues& values);

}  // namespace trueup::sim
