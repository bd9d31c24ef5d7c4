// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/scope.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/compare/named_dns.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// The anchor that a Graph id had in this snapshot.
std::optional<Anchor> anchor_of_id(const Store& store, std::uint64_t generation,
                                   std::string_view id) {
  std::string text;
  append_object_id(id, text);
  const Anchor key = hashed_key(text);
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kIds));
  cursor.seek_for_prev(key.bytes());
  if (!cursor.valid()) return std::nullopt;
  const std::string_view block = cursor.value();
  for (std::size_t at = 0; at + sizeof(IdRow) <= block.size(); at += sizeof(IdRow)) {
    IdRow row;
    std::memcpy(&row, block.data() + at, sizeof row);
    if (row.id_key == key && row.anchor != Anchor{}) return row.anchor;
  }
  return std::nullopt;
}

bool is_subtree(const std::string& line) {
  return looks_like_dn(line) || looks_like_canonical_name(line);
}

/// A line that names a subtree, as far as that goes: a '#' may be part of a name, or begin a
/// remark.
DnSubtree listed_subtree(const std::string& line, DnFold fold, const NamedDns& known) {
  try {
    DnSubtree whole(line, fold);
    if (known.holds(whole)) return whole;
    const std::string bare = without_remark(line);
    if (bare != line && is_subtree(bare)) {
      DnSubtree without_remark(bare, fold);
      if (known.holds(without_remark)) return without_remark;
    }
  } catch (const UsageError& error) {
    throw UsageError(std::string("the scope list: ") + error.what());
  }
  throw UsageError("the scope list names '" + line +
                   "', which holds nothing of what was loaded of AD; the nearest DN that is there "
                   "is " +
                   known.nearest(line));
}

}  // namespace

/// Why no mailbox has the flag that the scope goes by.
std::string no_flag(const SnapshotDescription& cloud) {
  if (cloud.exo_mailboxes > 0 && cloud.exo_alone == cloud.exo_mailboxes) {
    return "none of the " + std::to_string(cloud.exo_mailboxes) +
           " mailboxes of the Exchange export is a user of the Graph dump: no user has the id '" +
           cloud.exo_alone_id +
           "' there. ExternalDirectoryObjectId must be the id of the Graph user: are both of the "
           "same tenant?";
  }
  return "no feed supplies IsExchangeCloudManaged, which is in the Exchange export only. Give one "
         "with --exo, or choose --scope synced or --scope list:FILE";
}

void require_flags(const SnapshotDescription& cloud, const DiffOptions& options, double max_defects,
                   std::vector<std::string>& warnings) {
  const bool is_told = (cloud.flags_seen & kCloudManagedSupplied) != 0;
  if (options.scope != ScopeKind::kExchangeCloudManaged || cloud.flag_missing == 0 || !is_told)
    return;
  const std::string missing =
      std::to_string(cloud.flag_missing) + " of " + std::to_string(cloud.exo_mailboxes) +
      " mailboxes of the Exchange export have no value of IsExchangeCloudManaged and others have, "
      "such as '" +
      cloud.flag_missing_id + "'";
  const std::string remedy =
      ": export it of all mailboxes, without a filter, or choose --scope synced "
      "or --scope list:FILE";
  if (static_cast<double>(cloud.flag_missing) <=
      max_defects * static_cast<double>(cloud.exo_mailboxes)) {
    warnings.push_back(missing + "; they are left out" + remedy);
    return;
  }
  throw InputError(missing + ", more than --max-defects " + std::to_string(100 * max_defects) +
                   "% allows" + remedy);
}

/// What only the AD side can tell.
struct Scope::ListedNames {
  std::vector<std::pair<Anchor, std::string>> guids;  // neither an id nor an anchor yet; and line
  std::vector<DnSubtree> subtrees;
};

Scope::Scope(const Store& store, const SnapshotDescription& cloud, const SnapshotDescription& ad,
             const DiffOptions& options, const ScopeList& list)
    : kind_(options.scope) {
  if (kind_ == ScopeKind::kExchangeCloudManaged &&
      (cloud.flags_seen & kCloudManagedSupplied) == 0) {
    throw UsageError("the scope cannot be established: " + no_flag(cloud));
  }
  if (kind_ == ScopeKind::kSynced && (cloud.flags_seen & kSyncEnabledSupplied) == 0) {
    throw UsageError(
        "the scope cannot be established: the Graph dump does not hold onPremisesSyncEnabled; add "
        "it to the $select of the read, or choose another --scope");
  }
  if (kind_ == ScopeKind::kList) read_list(store, cloud, ad, list, options.scope_list);
}

bool Scope::contains(std::uint32_t flags, const Anchor& anchor) const {
  switch (kind_) {
    case ScopeKind::kExchangeCloudManaged: return (flags & kCloudManaged) != 0;
    case ScopeKind::kSynced: return (flags & kSyncEnabled) != 0;
    case ScopeKind::kList: return std::binary_search(listed_.begin(), listed_.end(), anchor);
  }
  return false;
}

void Scope::read_list(const Store& store, const SnapshotDescription& cloud,
                      const SnapshotDescription& ad, const ScopeList& list,
                      const std::string& path) {
  std::vector<std::pair<std::string, std::string>> addresses;  // key, line
  ListedNames names;
  const DnFold fold =
      ad.live && !ad.ds_service_name.empty() ? DnFold::kActiveDirectory : DnFold::kLdap;
  std::optional<NamedDns> known;
  RecordCursor records(store, cloud.generation);
  unknown_lines_ = list.unusable;
  for (const ScopeList::Entry& entry : list.entries) {
    const std::string& whole = entry.text;
    const std::string line = entry.may_have_remark ? without_remark(whole) : whole;
    // Base64 may end in '=' and hold a '/': an anchor is tried before a name.
    if (!anchor_from_base64(line) && is_subtree(line)) {
      if (!known) known.emplace(store, ad.generation);
      names.subtrees.push_back(listed_subtree(whole, fold, *known));
    } else if (line.find('@') != std::string::npos) {
      std::string key;
      if (parse_proxy_address(line).type == ProxyAddress::Type::kNone) {
        append_mail_key(line, key);
      } else {
        append_address_key(line, key);
      }
      addresses.emplace_back(std::move(key), line);
    } else if (const auto anchor = anchor_from_base64(line)) {
      if (records.find(*anchor)) {
        listed_.push_back(*anchor);
      } else {
        unknown_lines_.push_back(line);
      }
    } else if (const auto by_id = anchor_of_id(store, cloud.generation, line)) {
      listed_.push_back(*by_id);
    } else if (const auto guid = guid_from_text(line)) {
      if (records.find(*guid)) {
        listed_.push_back(*guid);
      } else {
        names.guids.emplace_back(*guid, line);
      }
    } else {
      unknown_lines_.push_back(line);
    }
  }
  if (list.entries.empty()) throw UsageError("the scope list " + path + " names no mailbox");
  if (!names.guids.empty() || !names.subtrees.empty()) resolve_ad_names(store, ad, names);
  if (!addresses.empty()) resolve_addresses(store, cloud, addresses);
  if (listed_.empty()) {
    const std::string line = unknown_lines_.empty() ? "" : ", not even '" + unknown_lines_[0] + "'";
    throw UsageError("no mailbox that the scope list " + path + " names was loaded" + line +
                     "; is it the right list?");
  }
  std::sort(listed_.begin(), listed_.end());
}

void Scope::resolve_ad_names(const Store& store, const SnapshotDescription& ad,
                             ListedNames& names) {
  // The objectGUID of a migrated user, whose anchor is its mS-DS-ConsistencyGuid.
  std::sort(names.guids.begin(), names.guids.end());
  std::set<Anchor> found;
  TableCursor cursor(store, table_prefix(snapshot_prefix(ad.generation), Table::kRecords));
  Mailbox m;
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    decode(cursor.value(), m);
    const auto it = std::lower_bound(names.guids.begin(), names.guids.end(),
                                     std::pair<Anchor, std::string>(m.object_guid, ""));
    const bool by_guid = it != names.guids.end() && it->first == m.object_guid;
    if (by_guid) found.insert(m.object_guid);
    if (by_guid || std::ranges::any_of(names.subtrees, [&](const DnSubtree& subtree) {
          return subtree.contains(m.name);
        })) {
      listed_.push_back(m.anchor);
    }
  }
  for (const auto& [guid, line] : names.guids) {
    if (!found.contains(guid)) unknown_lines_.push_back(line);
  }
}

void Scope::resolve_addresses(const Store& store, const SnapshotDescription& cloud,
                              std::vector<std::pair<std::string, std::string>>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  std::vector<bool> found(addresses.size());
  std::vector<std::optional<Anchor>> by_name(addresses.size());  // by userPrincipalName
  TableCursor cursor(store, table_prefix(snapshot_prefix(cloud.generation), Table::kRecords));
  Mailbox m;
  std::string key;
  const auto place_of_key = [&] {
    const auto it = std::lower_bound(addresses.begin(), addresses.end(),
                                     std::pair<std::string, std::string>(key, ""));
    const bool there = it != addresses.end() && it->first == key;
    return there ? static_cast<std::size_t>(it - addresses.begin()) : addresses.size();
  };
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    decode(cursor.value(), m);
    for (const AttributeValue& v : m.values) {
      if (!kAddressAttributes.contains(v.attribute)) continue;
      key.clear();
      if (v.attribute == Attribute::kMail) {
        append_mail_key(v.bytes, key);
      } else {
        append_address_key(v.bytes, key);
      }
      const std::size_t place = place_of_key();
      if (place == addresses.size()) continue;
      found[place] = true;
      listed_.push_back(m.anchor);
    }
    key.clear();
    append_mail_key(m.name, key);
    if (const std::size_t place = place_of_key(); place < addresses.size()) {
      by_name[place] = m.anchor;
    }
  }
  // What is nobody's address may be a userPrincipalName.
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (found[i] || !by_name[i]) continue;
    found[i] = true;
    listed_.push_back(*by_name[i]);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!found[i]) unknown_lines_.push_back(addresses[i].second);
  }
}

}  // namespace trueup
