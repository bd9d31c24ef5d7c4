// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/truth.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>

#include "tools/tenant/json.h"
#include "tools/tenant/maker.h"

namespace trueup::tenant {

namespace {

// What one scope and choice of feeds must see.
struct Expected {
  std::uint64_t in_scope = 0;
  std::uint64_t matched = 0;            // in scope and with an AD object
  std::uint64_t without_ad_object = 0;  // in scope
  std::uint64_t changed = 0;            // mailboxes with at least one edit that goes through
  std::uint64_t refused = 0;            // mailboxes with at least one refused edit
  std::uint64_t held = 0;               // mailboxes with at least one held edit
  std::uint64_t edits = 0;              // attributes that change
  std::uint64_t values_removed = 0;
  std::uint64_t values_added = 0;

  void add(const Mailbox& m, bool exo) {
    ++in_scope;
    if (!m.in_ad()) {
      ++without_ad_object;
      return;
    }
    ++matched;
    bool any_change = false;
    bool any_refused = false;
    bool any_held = false;
    for (const Edit& edit : m.edits) {
      if (edit.exo_only && !exo) {
        continue;
      }
      if (!edit.refused.empty()) {
        any_refused = true;
      } else if (!edit.held.empty()) {
        any_held = true;
      } else {
        any_change = true;
        ++edits;
        values_removed += edit.removed.size();
        values_added += edit.added.size();
      }
    }
    changed += any_change ? 1 : 0;
    refused += any_refused ? 1 : 0;
    held += any_held ? 1 : 0;
  }

  void add(const Expected& other) {
    in_scope += other.in_scope;
    matched += other.matched;
    without_ad_object += other.without_ad_object;
    changed += other.changed;
    refused += other.refused;
    held += other.held;
    edits += other.edits;
    values_removed += other.values_removed;
    values_added += other.values_added;
  }
};

struct Totals {
  std::array<std::uint64_t, 6> populations{};
  std::array<std::uint64_t, kDriftKinds> kinds{};
  std::uint64_t not_cloud_managed = 0;
  std::uint64_t migrated = 0;
  std::uint64_t groups = 0;
  std::uint64_t contacts = 0;
  std::uint64_t computers = 0;
  Expected synced_graph, synced_both, managed_both;

  void add(const Mailbox& m) {
    ++populations[static_cast<std::size_t>(m.population)];
    ++kinds[static_cast<std::size_t>(m.drift)];
    not_cloud_managed += m.in_exo() && !m.cloud_managed ? 1 : 0;
    migrated += m.in_ad() && m.anchor != m.object_guid ? 1 : 0;
    groups += has_group(m.index) ? 1 : 0;
    contacts += has_contact(m.index) ? 1 : 0;
    computers += has_computer(m.index) ? 1 : 0;
    if (m.synced()) {
      synced_graph.add(m, false);
      synced_both.add(m, true);
    }
    if (m.cloud_managed) {
      managed_both.add(m, true);
    }
  }

  void add(const Totals& other) {
    std::transform(populations.begin(), populations.end(), other.populations.begin(),
                   populations.begin(), std::plus<>());
    std::transform(kinds.begin(), kinds.end(), other.kinds.begin(), kinds.begin(), std::plus<>());
    not_cloud_managed += other.not_cloud_managed;
    migrated += other.migrated;
    groups += other.groups;
    contacts += other.contacts;
    computers += other.computers;
    synced_graph.add(other.synced_graph);
    synced_both.add(other.synced_both);
    managed_both.add(other.managed_both);
  }

  [[nodiscard]] std::uint64_t population(Population which) const {
    return populations[static_cast<std::size_t>(which)];
  }
};

void append_edits(std::string& out, const std::vector<Edit>& edits) {
  out.push_back('[');
  for (const Edit& edit : edits) {
    if (&edit != &edits.front()) {
      out.push_back(',');
    }
    JsonObject object(out);
    object.text("attribute", edit.attribute);
    object.texts("delete", edit.removed);
    object.texts("add", edit.added);
    object.literal("feeds", edit.exo_only ? R"(["exo"])" : R"(["graph","exo"])");
    if (!edit.refused.empty()) {
      object.text("refused", edit.refused);
    }
    if (!edit.held.empty()) {
      object.text("held", edit.held);
    }
    object.close();
  }
  out.push_back(']');
}

void append_mailbox(std::string& out, const Mailbox& m) {
  JsonObject object(out);
  object.number("index", m.index);
  object.text("drift", drift_name(m.drift));
  object.number("unit", m.drift_unit);
  object.base64("anchor", m.anchor);
  object.guid("id", m.cloud_id);
  object.text("dn", m.distinguished_name);
  object.guid("objectGUID", m.object_guid);
  object.boolean("synced", m.synced());
  object.boolean("cloud_managed", m.cloud_managed);
  object.boolean("on_prem_mailbox", m.population == Population::kOnPremises);
  const auto refused = std::find_if(m.edits.begin(), m.edits.end(),
                                    [](const Edit& e) { return !e.refused.empty(); });
  if (refused != m.edits.end()) {
    object.text("refused", refused->refused);
  }
  append_edits(object.name("edits"), m.edits);
  object.close();
}

void append_expected(std::string& out, const Expected& expected) {
  JsonObject object(out);
  object.number("in_scope", expected.in_scope);
  object.number("matched", expected.matched);
  object.number("without_ad_object", expected.without_ad_object);
  object.number("changed", expected.changed);
  object.number("refused", expected.refused);
  object.number("held", expected.held);
  object.number("edits", expected.edits);
  object.number("values_removed", expected.values_removed);
  object.number("values_added", expected.values_added);
  object.close();
}

void append_kinds(std::string& out, const Totals& totals) {
  JsonObject object(out);
  for (std::size_t kind = 1; kind < kDriftKinds; ++kind) {
    object.number(drift_name(static_cast<DriftKind>(kind)), totals.kinds[kind]);
  }
  object.close();
}

void append_totals(std::string& out, const TenantShape& shape, const Totals& totals) {
  JsonObject object(out, {false, "\n  "});
  object.number("mailboxes", shape.mailboxes);
  object.number("matched", totals.population(Population::kMatched));
  object.number("cloud_only", totals.population(Population::kCloudOnly));
  object.number("without_ad_object", totals.population(Population::kOrphan));
  object.number("ad_only_with_exchange", totals.population(Population::kAdUser));
  object.number("ad_only_plain", totals.population(Population::kPlainUser));
  object.number("on_prem_mailboxes", totals.population(Population::kOnPremises));
  object.number("not_cloud_managed", totals.not_cloud_managed);
  object.number("migrated", totals.migrated);
  object.number("groups", totals.groups);
  object.number("contacts", totals.contacts);
  object.number("computers", totals.computers);
  append_kinds(object.name("kinds"), totals);
  object.name("expected");
  JsonObject expected(out, {false, "\n    "});
  append_expected(expected.name("synced/graph"), totals.synced_graph);
  append_expected(expected.name("synced/graph+exo"), totals.synced_both);
  append_expected(expected.name("exchange-cloud-managed/graph+exo"), totals.managed_both);
  expected.close();
  object.close();
}

}  // namespace

FeedCount write_truth(const TenantShape& shape, const FeedOptions& options) {
  ChunkedFile file(options.folder / "truth.json", Compression::kNone, Encoding::kUtf8, ",\n");
  std::string head = "{\"format\":\"trueup-truth-1\",\"seed\":";
  append_decimal(head, shape.seed);
  head.append(",\"drift\":").append(Decimal(shape.drift)).append(",\"mailboxes\":[\n");
  file.write_head(head);

  FeedCount count{1, 0, head.size()};
  Totals totals;
  std::mutex mutex;
  const std::uint64_t blocks = (shape.mailboxes + kBlockSize - 1) / kBlockSize;
  write_chunks(file, blocks, options.threads, [&](unsigned) {
    auto maker = std::make_shared<MailboxMaker>(shape);
    return [&, maker](std::uint64_t block, std::string& text) {
      Totals part;
      std::uint64_t listed = 0;
      const std::uint64_t end = std::min((block + 1) * kBlockSize, shape.mailboxes);
      for (std::uint64_t i = block * kBlockSize; i < end; ++i) {
        const Mailbox& m = maker->make(i);
        part.add(m);
        if (m.drift != DriftKind::kNone) {
          text.append(listed == 0 ? "" : ",\n");
          append_mailbox(text, m);
          ++listed;
        }
      }
      const std::lock_guard lock(mutex);
      totals.add(part);
      count.records += listed;
      count.bytes += text.size();
    };
  });

  std::string tail = "\n],\"totals\":";
  append_totals(tail, shape, totals);
  tail.append("}\n");
  file.write_tail_and_close(tail);
  count.bytes += tail.size();
  return count;
}

}  // namespace trueup::tenant
