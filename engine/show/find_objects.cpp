// SPDX-License-Identifier: Apache-2.0
#include "engine/show/find_objects.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/mailbox.h"

namespace trueup {
namespace {

/// The better, the later.
enum class Fit : std::uint8_t { kNone, kPart, kWhole };

/// What a person typed, in each of its meanings.
class Wanted {
 public:
  explicit Wanted(const std::string& text)
      : text_(folded(text)),
        dn_(is_dn(text) ? dn_key(text, DnFold::kActiveDirectory) : ""),
        guid_(guid_from_text(text)),
        anchor_(anchor_from_base64(text)) {
    if (parse_proxy_address(text).type == ProxyAddress::Type::kNone) {
      append_mail_key(text, address_);
    } else {
      append_address_key(text, address_);
    }
  }

  Fit fit(const Mailbox& m) {
    if (is_whole(m)) return Fit::kWhole;
    return is_part(m) ? Fit::kPart : Fit::kNone;
  }

 private:
  static bool is_dn(std::string_view name) { return name.find('=') != std::string_view::npos; }

  bool is_whole(const Mailbox& m) {
    if (guid_ && (m.object_guid == *guid_ || (m.has_anchor && m.anchor == *guid_))) return true;
    if (anchor_ && m.has_anchor && m.anchor == *anchor_) return true;
    if (equal_ignoring_ascii_case(m.name, text_) || equal_ignoring_ascii_case(m.id, text_)) {
      return true;
    }
    if (!dn_.empty() && is_dn(m.name) && dn_key(m.name, DnFold::kActiveDirectory) == dn_) {
      return true;
    }
    return first_name(m.name) == text_ || has_alias(m.aliases) || has_address(m);
  }

  /// The value of the first RDN of a DN, folded: what most people take for the name.
  static std::string first_name(std::string_view name) {
    const std::size_t equals = name.find('=');
    if (equals == std::string_view::npos) return {};
    std::string_view first = name.substr(0, name.size() - parent_dn(name).size());
    if (first.ends_with(',')) first.remove_suffix(1);
    return folded(first.substr(equals + 1));
  }

  bool has_alias(std::string_view aliases) const {
    while (!aliases.empty()) {
      const std::size_t end = std::min(aliases.find('\n'), aliases.size());
      if (folded(aliases.substr(0, end)) == text_) return true;
      aliases.remove_prefix(std::min(end + 1, aliases.size()));
    }
    return false;
  }

  bool has_address(const Mailbox& m) {
    for (const AttributeValue& v : m.values) {
      if (!kAddressAttributes.contains(v.attribute)) continue;
      scratch_.clear();
      if (v.attribute == Attribute::kMail) {
        append_mail_key(v.bytes, scratch_);
      } else {
        append_address_key(v.bytes, scratch_);
      }
      if (scratch_ == address_) return true;
    }
    return false;
  }

  /// Of the first name of a DN: the rest is where it stands.
  bool is_part(const Mailbox& m) const {
    if (text_.empty()) return false;
    std::string name = folded(m.name);
    if (is_dn(name)) name.resize(name.size() - parent_dn(name).size());
    return name.find(text_) != std::string::npos ||
           folded(m.aliases).find(text_) != std::string::npos;
  }

  std::string text_, dn_, address_;
  std::optional<Anchor> guid_, anchor_;
  std::string scratch_;
};

}  // namespace

std::vector<FoundObject> find_objects(const Store& store, const SnapshotDescription* cloud,
                                      const SnapshotDescription* ad, const std::string& text) {
  std::vector<FoundObject> found;
  Fit best = Fit::kPart;
  Wanted wanted(text);
  const auto look_in = [&](const SnapshotDescription* snapshot, Table table) {
    if (snapshot == nullptr) return;
    TableCursor cursor(store, table_prefix(snapshot_prefix(snapshot->generation), table));
    Mailbox m;
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
      decode(cursor.value(), m);
      const Fit fit = wanted.fit(m);
      if (fit < best) continue;
      if (fit > best) found.clear();
      best = fit;
      found.push_back({snapshot->side, table, Anchor::from_bytes(cursor.key().substr(0, 16)),
                       std::string(m.name), std::string(cursor.value())});
    }
  };
  look_in(ad, Table::kRecords);
  look_in(ad, Table::kOthers);
  look_in(ad, Table::kAmbiguous);
  look_in(cloud, Table::kRecords);
  look_in(cloud, Table::kUnanchored);
  look_in(cloud, Table::kAmbiguous);
  std::ranges::stable_sort(found, {}, &FoundObject::name);
  return found;
}

}  // namespace trueup
