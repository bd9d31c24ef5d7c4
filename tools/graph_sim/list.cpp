// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/list.h"

#include <algorithm>

namespace trueup::sim {
namespace {

struct Ranks {
  std::size_t begin;
  std::size_t end;
};

/// The names of the base that the filter accepts: they stand in a row.
Ranks accepted_names(const BaseNames& base, const Filter& filter) {
  Ranks ranks{0, base.users()};
  if (filter.from) ranks.begin = base.names_below(*filter.from);
  if (filter.to) ranks.end = std::min(ranks.end, base.names_up_to(*filter.to));
  if (filter.prefix && !filter.prefix->empty()) {
    ranks.begin = std::max(ranks.begin, base.names_below(*filter.prefix));
    ranks.end = std::min(ranks.end, base.names_up_to(*filter.prefix + "\xff"));
  }
  ranks.end = std::max(ranks.begin, ranks.end);
  return ranks;
}

struct Candidate {
  std::string key;
  UserIndex index;
  bool operator<(const Candidate& other) const { return key < other.key; }
  bool operator==(const Candidate& other) const { return key == other.key; }
};

class PageFinder {
 public:
  PageFinder(const Tenant& tenant, Version version, const Filter& filter, ListOrder order,
             std::size_t top, const std::string& after)
      : tenant_(tenant),
        base_(tenant.base()),
        version_(version),
        filter_(filter),
        order_(order),
        top_(top),
        after_(after) {}

  ListPage find() {
    if (filter_.by_id) {
      take_ids();
    } else {
      const Ranks names = accepted_names(base_, filter_);
      if (order_ == ListOrder::kByName) {
        walk_names(names);
      } else if ((names.end - names.begin) * 4 > base_.users()) {
        walk_ids(names);
      } else {
        pick_from(names);
      }
      take_given_names();
    }
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    ListPage page;
    page.more = found_.size() > top_;
    if (page.more) found_.resize(top_);
    for (const Candidate& candidate : found_) page.indexes.push_back(candidate.index);
    return page;
  }

 private:
  void take(UserIndex index) {
    std::string key = list_key(tenant_, version_, order_, index);
    if (after_.empty() || key > after_) found_.push_back({std::move(key), index});
  }

  /// Whether a user of the base lives under the name it was made with; the others are found by the
  /// names that were given.
  bool as_made(UserIndex index) const {
    return !tenant_.touched(index) || (tenant_.standing(index, version_) == UserState::kLive &&
                                       tenant_.name(index, version_) == base_.name(index));
  }

  void take_ids() {
    for (const UserId id : filter_.ids) {
      const std::optional<UserIndex> index = tenant_.find(id);
      if (index && tenant_.standing(*index, version_) == UserState::kLive &&
          filter_.accepts_name(tenant_.name(*index, version_))) {
        take(*index);
      }
    }
  }

  void walk_names(Ranks names) {
    // The key is the name and the id; who has the very name is let through, and take() decides.
    const std::string_view last_name = std::string_view(after_).substr(0, after_.find('\t'));
    if (!after_.empty()) names.begin = std::max(names.begin, base_.names_below(last_name));
    for (std::size_t rank = names.begin; rank < names.end && found_.size() <= top_; ++rank) {
      const UserIndex index = base_.at_name_rank(rank);
      if (as_made(index)) take(index);
    }
  }

  std::size_t first_id_rank() const {
    const std::optional<UserId> id = parse_id(after_);
    return id ? base_.ids_up_to(*id) : 0;
  }

  void walk_ids(Ranks names) {
    for (std::size_t rank = first_id_rank(); rank < base_.users() && found_.size() <= top_;
         ++rank) {
      const UserIndex index = base_.at_id_rank(rank);
      const std::size_t name_rank = base_.name_rank(index);
      if (name_rank >= names.begin && name_rank < names.end && as_made(index)) take(index);
    }
  }

  void pick_from(Ranks names) {
    const std::size_t first = first_id_rank();
    std::vector<std::size_t> ranks;
    for (std::size_t rank = names.begin; rank < names.end; ++rank) {
      const UserIndex index = base_.at_name_rank(rank);
      if (base_.id_rank(index) >= first && as_made(index)) ranks.push_back(base_.id_rank(index));
    }
    const std::size_t wanted = std::min(ranks.size(), top_ + 1);
    std::partial_sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(wanted),
                      ranks.end());
    for (std::size_t i = 0; i < wanted; ++i) take(base_.at_id_rank(ranks[i]));
  }

  void take_given_names() {
    const auto& given = tenant_.given_names();
    std::string from = filter_.from.value_or("");
    if (filter_.prefix) from = std::max(from, *filter_.prefix);
    for (auto it = given.lower_bound(from); it != given.end(); ++it) {
      if (!filter_.accepts_name(it->first)) break;
      const UserIndex index = it->second;
      if (tenant_.standing(index, version_) == UserState::kLive &&
          tenant_.name(index, version_) == it->first) {
        take(index);
      }
    }
  }

  const Tenant& tenant_;
  const BaseNames& base_;
  Version version_;
  const Filter& filter_;
  ListOrder order_;
  std::size_t top_;
  const std::string& after_;
  std::vector<Candidate> found_;
};

}  // namespace

std::string list_key(const Tenant& tenant, Version version, ListOrder order, UserIndex index) {
  if (order == ListOrder::kById) return id_text(tenant.id(index));
  return tenant.name(index, version) + "\t" + id_text(tenant.id(index));
}

ListPage find_page(const Tenant& tenant, Version version, const Filter& filter, ListOrder order,
                   std::size_t top, const std::string& after) {
  return PageFinder(tenant, version, filter, order, top, after).find();
}

std::size_t count_users(const Tenant& tenant, Version version, const Filter& filter) {
  if (filter.by_id) {
    return find_page(tenant, version, filter, ListOrder::kById, filter.ids.size(), "")
        .indexes.size();
  }
  const Ranks names = accepted_names(tenant.base(), filter);
  std::size_t users = names.end - names.begin;
  for (const UserIndex index : tenant.touched_slots()) {
    if (index < tenant.base().indexes() && tenant.base().in_cloud(index) &&
        filter.accepts_name(tenant.base().name(index))) {
      --users;
    }
    if (tenant.standing(index, version) == UserState::kLive &&
        filter.accepts_name(tenant.name(index, version))) {
      ++users;
    }
  }
  return users;
}

}  // namespace trueup::sim
