// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/containers.h"

#include <algorithm>
#include <set>

#include "snapshots/model/bytes.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/edit_distance.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// "OU=Board,DC=contoso,DC=com" as "contoso.com/Board", good enough to be compared with a name that
// somebody mistyped.
std::string as_canonical(std::string_view dn) {
  std::string domain, path;
  for (; !dn.empty(); dn = parent_dn(dn)) {
    const std::string_view parent = parent_dn(dn);
    std::string_view rdn = dn.substr(0, dn.size() - parent.size());
    while (rdn.ends_with(',') || rdn.ends_with(' ')) rdn.remove_suffix(1);
    const std::size_t equals = rdn.find('=');
    if (equals == std::string_view::npos) break;
    const std::string value(rdn.substr(equals + 1));
    if (equal_ignoring_ascii_case(rdn.substr(0, equals), "DC")) {
      domain += (domain.empty() ? "" : ".") + value;
    } else {
      path = "/" + value + path;
    }
  }
  return domain + path;
}

}  // namespace

std::optional<std::string> write_containers(Store& store, std::uint64_t generation,
                                            const std::vector<Container>& containers) {
  const std::string prefix = table_prefix(snapshot_prefix(generation), Table::kContainers);
  TableWriter writer(store);
  std::uint64_t number = 0;
  std::string key, value;
  for (const Container& c : containers) {
    key.clear();
    value.clear();
    append_u64(++number, key);
    append_u32(c.users, value);
    append_u32(c.others, value);
    append_bytes(c.dn, value);
    writer.add(prefix, key, value);
  }
  return writer.finish();
}

std::vector<Container> containers_of(const Store& store, std::uint64_t generation) {
  std::vector<Container> all;
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kContainers));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    ByteReader in(cursor.value());
    Container& c = all.emplace_back();
    c.users = in.u32();
    c.others = in.u32();
    c.dn = in.bytes();
  }
  return all;
}

bool any_in(const DnSubtree& subtree, const std::vector<Container>& containers) {
  return std::ranges::any_of(containers,
                             [&](const Container& c) { return subtree.contains(c.dn); });
}

bool may_be_object(const DnSubtree& subtree, const std::vector<Container>& containers) {
  return std::ranges::any_of(containers,
                             [&](const Container& c) { return subtree.is_directly_below(c.dn); });
}

std::uint64_t users_in(const DnSubtree& subtree, const std::vector<Container>& containers) {
  std::uint64_t users = 0;
  for (const Container& c : containers) {
    if (subtree.contains(c.dn)) users += c.users;
  }
  return users;
}

std::string nearest_dn(std::string_view text, const std::vector<Container>& containers) {
  std::set<std::string_view> known;
  for (const Container& c : containers) {
    for (std::string_view dn = c.dn; !dn.empty() && known.insert(dn).second;) dn = parent_dn(dn);
  }
  const bool canonical = !looks_like_dn(text);
  const std::string wanted = folded(text);
  std::string nearest;
  std::size_t least = ~std::size_t{0};
  for (const std::string_view dn : known) {
    const std::size_t distance =
        edit_distance(wanted, folded(canonical ? as_canonical(dn) : std::string(dn)));
    if (distance >= least) continue;
    least = distance;
    nearest = dn;
  }
  return nearest;
}

}  // namespace trueup
