// SPDX-License-Identifier: Apache-2.0
//
// Ids and user principal names of graph_sim's users, and the sorted index over those of the tenant
// as it was made. Immutable after construction, so any thread may read it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tenant/model.h"

namespace trueup::sim {

/// A user's place in the tenant: make_tenant's index, or above for those added later.
using UserIndex = std::uint32_t;

/// A GUID whose order is that of its text.
struct UserId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const UserId&) const = default;
};

UserId user_id(const tenant::Guid& guid);
void append_id(std::string& out, UserId id);
std::string id_text(UserId id);
std::optional<UserId> parse_id(std::string_view text);

/// As names are compared: ASCII letters in lower case.
std::string folded(std::string_view name);

class BaseNames {
 public:
  /// `threads` make it. Users that are not in the cloud have an id and a name, but no rank.
  BaseNames(const tenant::TenantShape& shape, unsigned threads);

  std::size_t indexes() const { return ids_.size(); }
  /// Users that are in the cloud.
  std::size_t users() const { return by_id_.size(); }
  bool in_cloud(UserIndex index) const { return id_rank_[index] != kNoRank; }
  UserId id(UserIndex index) const { return ids_[index]; }
  /// Folded.
  std::string_view name(UserIndex index) const {
    return std::string_view(names_).substr(starts_[index], starts_[index + 1] - starts_[index]);
  }
  std::optional<UserIndex> find(UserId id) const;
  std::optional<UserIndex> find_name(std::string_view folded_name) const;

  /// Positions in the order of ids or names, and who stands there.
  UserIndex at_id_rank(std::size_t rank) const { return by_id_[rank]; }
  UserIndex at_name_rank(std::size_t rank) const { return by_name_[rank]; }
  std::size_t id_rank(UserIndex index) const { return id_rank_[index]; }
  std::size_t name_rank(UserIndex index) const { return name_rank_[index]; }
  /// How many have an id up to `id`, or a name below (up to) `name`.
  std::size_t ids_up_to(UserId id) const;
  std::size_t names_below(std::string_view folded_name) const;
  std::size_t names_up_to(std::string_view folded_name) const;

 private:
  static constexpr std::uint32_t kNoRank = UINT32_MAX;

  std::vector<UserId> ids_;
  std::string names_;
  std::vector<std::uint64_t> starts_;
  std::vector<UserIndex> by_id_;
  std::vector<UserIndex> by_name_;
  std::vector<UserIndex> all_by_id_;  // those who are not in the cloud, too
  std::vector<std::uint32_t> id_rank_;
  std::vector<std::uint32_t> name_rank_;
};

}  // namespace trueup::sim
