// SPDX-License-Identifier: Apache-2.0
#include "engine/explain.h"

#include "engine/compare/mailbox_policy.h"
#include "engine/scope.h"
#include "snapshots/canonical.h"
#include "snapshots/description.h"
#include "snapshots/errors.h"
#include "snapshots/table.h"

namespace trueup {
namespace {

bool answers_to(const Mailbox& m, const std::string& key, const std::string& address_key,
                std::string& scratch) {
  if (equal_ignoring_ascii_case(m.name, key) || equal_ignoring_ascii_case(m.id, key)) return true;
  if (const auto guid = anchor_from_guid(key); guid && m.object_guid == *guid) return true;
  for (const AttributeValue& v : m.values) {
    if (!kAddressAttributes.contains(v.attribute)) continue;
    scratch.clear();
    if (v.attribute == Attribute::kMail) {
      append_mail_key(v.bytes, scratch);
    } else {
      append_address_key(v.bytes, scratch);
    }
    if (scratch == address_key) return true;
  }
  return false;
}

// The anchor of the first mailbox of a side that answers to `key`; reads the whole side if it must.
std::optional<Anchor> find_anchor(const Store& store, std::uint64_t generation,
                                  const std::string& key) {
  std::string address_key, scratch;
  if (parse_proxy_address(key).type == ProxyAddress::Type::kNone) {
    append_mail_key(key, address_key);
  } else {
    append_address_key(key, address_key);
  }
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kRecords));
  Mailbox m;
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    decode(cursor.value(), m);
    if (answers_to(m, key, address_key, scratch)) return m.anchor;
  }
  return std::nullopt;
}

std::optional<Mailbox> read(const Store& store, std::uint64_t generation, const Anchor& anchor,
                            std::string& record) {
  RecordCursor records(store, generation);
  const auto found = records.find(anchor);
  if (!found) return std::nullopt;
  record = *found;
  Mailbox m;
  decode(record, m);
  return m;
}

std::string outcome_of(const Explanation& e, const DiffOptions& options) {
  if (!e.cloud) return "AD only: no cloud mailbox has this anchor";
  if (!e.ad) return "cloud only: no AD object has this anchor";
  if (((e.cloud->flags | e.ad->flags) & kAmbiguousAnchor) != 0) {
    return "refused: ambiguous-anchor, more than one object claims it";
  }
  if (!e.in_scope) return "not in scope: " + e.scope_note;
  bool any = false;
  for (const AttributeVerdict& v : e.verdicts) any = any || v.has_edit();
  if (!any) return "in agreement";
  const WholeVerdict whole = MailboxPolicy(options).verdict(e.ad->flags, e.ad->name);
  if (whole.refusal != Refusal::kNone) {
    return "refused: " + std::string(to_string(whole.refusal)) + ", " + std::string(whole.detail);
  }
  if (whole.hold != Hold::kNone) return "held: " + std::string(to_string(whole.hold));
  return "to be changed, if no other object holds an address that it would get";
}

}  // namespace

std::optional<Explanation> explain(const Store& store, const std::string& key,
                                   const DiffOptions& options) {
  const auto cloud = newest_snapshot(store, Side::kCloud, false);
  const auto ad = newest_snapshot(store, Side::kAd, false);
  if (!cloud && !ad) throw UsageError("the store " + store.folder() + " has no snapshot yet");
  std::optional<Anchor> anchor = anchor_from_base64(key);
  Explanation e;
  if (!anchor) anchor = anchor_from_guid(key);
  const auto read_both = [&] {
    if (cloud) e.cloud = read(store, cloud->generation, *anchor, e.cloud_record);
    if (ad) e.ad = read(store, ad->generation, *anchor, e.ad_record);
  };
  if (anchor) read_both();
  if (!e.cloud && !e.ad) {
    anchor.reset();
    if (ad) anchor = find_anchor(store, ad->generation, key);
    if (!anchor && cloud) anchor = find_anchor(store, cloud->generation, key);
    if (!anchor) return std::nullopt;
    read_both();
  }
  if (cloud && ad && e.cloud) {
    try {
      const Scope scope(store, *cloud, *ad, options);
      e.in_scope = scope.contains(e.cloud->flags, *anchor);
      if (!e.in_scope) e.scope_note = "the scope does not take it in";
    } catch (const UsageError& error) {
      e.scope_note = error.what();
    }
  }
  if (e.cloud && e.ad) {
    Comparer comparer(options);
    const auto verdicts = comparer.compare(*e.cloud, *e.ad, kAllAttributes);
    e.verdicts.assign(verdicts.begin(), verdicts.end());
  }
  e.outcome = outcome_of(e, options);
  return e;
}

}  // namespace trueup
