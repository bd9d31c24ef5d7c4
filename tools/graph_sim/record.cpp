// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/record.h"

#include <algorithm>

#include "tools/tenant/graph.h"
#include "tools/tenant/output.h"

namespace trueup::sim {
namespace {

// Past the string that begins at `at`. By memchr: most of a record is strings.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (std::size_t quote = text.find('"', at + 1);; quote = text.find('"', quote + 1)) {
    std::size_t backslashes = 0;
    while (text[quote - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote + 1;
  }
}

}  // namespace

std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  for (;; ++at) {
    switch (text[at]) {
      case '"':
        at = end_of_string(text, at) - 1;
        if (depth == 0) return at + 1;
        break;
      case '[':
      case '{': ++depth; break;
      case ',':
        if (depth == 0) return at;
        break;
      case ']':
      case '}':
        if (depth == 0) return at;
        if (--depth == 0) return at + 1;
        break;
      default: break;
    }
  }
}

void cut_object(std::string_view text, PropertyValues& values) {
  values.fill({});
  std::size_t expected = 0;
  for (std::size_t at = 1; at < text.size() && text[at] == '"';) {
    const std::size_t name_end = text.find('"', at + 1);
    const std::string_view name = text.substr(at + 1, name_end - at - 1);
    while (property_name(static_cast<PropertyNumber>(expected)) != name) {
      expected = (expected + 1) % kProperties;
    }
    const std::size_t value = name_end + 2;
    const std::size_t end = end_of_value(text, value);
    values[expected] = text.substr(value, end - value);
    at = end + 1;
  }
}

BaseRecords::BaseRecords(const tenant::TenantShape& shape, unsigned threads) : shape_(shape) {
  const std::uint64_t blocks = (shape.mailboxes + tenant::kBlockSize - 1) / tenant::kBlockSize;
  const std::uint64_t stretch = (blocks + threads - 1) / threads * tenant::kBlockSize;
  std::vector<std::vector<std::pair<UserIndex, tenant::DriftPart>>> parts(threads);
  tenant::run_threads(threads, [&](unsigned thread) {
    tenant::DriftPlan plan(shape_);
    const std::uint64_t end = std::min(shape_.mailboxes, (thread + 1) * stretch);
    for (std::uint64_t i = thread * stretch; i < end; ++i) {
      const tenant::DriftPart& part = plan.part_of(i);
      if (part.kind != tenant::DriftKind::kNone) {
        parts[thread].emplace_back(static_cast<UserIndex>(i), part);
      }
    }
  });
  for (const auto& part : parts) drift_.insert(drift_.end(), part.begin(), part.end());
}

void BaseRecords::read(UserIndex index, RecordScratch& scratch, PropertyValues& values) const {
  scratch.arena.reset();
  tenant::describe_mailbox(shape_, index, scratch.arena, scratch.mailbox);
  const auto drift = std::lower_bound(drift_.begin(), drift_.end(), index,
                                      [](const auto& a, UserIndex b) { return a.first < b; });
  if (drift != drift_.end() && drift->first == index) {
    tenant::apply_drift(shape_, drift->second, scratch.arena, scratch.mailbox);
  }
  scratch.text.clear();
  tenant::append_graph_user(scratch.text, shape_, scratch.mailbox);
  cut_object(scratch.text, values);
}

}  // namespace trueup::sim
