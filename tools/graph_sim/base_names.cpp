// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/base_names.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "tools/tenant/output.h"

namespace trueup::sim {

using tenant::Guid;

UserId user_id(const Guid& g) {
  // The first three groups of the text are little-endian in the octets.
  const Guid text{g[3], g[2], g[1],  g[0],  g[5],  g[4],  g[7],  g[6],
                  g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]};
  UserId id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.high = id.high << 8 | text[i];
    id.low = id.low << 8 | text[i + 8];
  }
  return id;
}

void append_id(std::string& out, UserId id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out.push_back('-');
    const std::uint64_t half = digit < 16 ? id.high : id.low;
    out.push_back(kDigits[half >> (60 - 4 * (digit % 16)) & 15]);
  }
}

std::string id_text(UserId id) {
  std::string text;
  append_id(text, id);
  return text;
}

std::optional<UserId> parse_id(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  UserId id;
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const char c = text[i];
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (value < 0) return std::nullopt;
    std::uint64_t& half = digits++ < 16 ? id.high : id.low;
    half = half << 4 | static_cast<std::uint64_t>(value);
  }
  return id;
}

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

BaseNames::BaseNames(const tenant::TenantShape& shape, unsigned threads)
    : ids_(shape.mailboxes),
      starts_(shape.mailboxes + 1),
      id_rank_(shape.mailboxes, kNoRank),
      name_rank_(shape.mailboxes, kNoRank) {
  // One stretch a thread; the names follow one another in the order of the stretches.
  const std::uint64_t stretch = (shape.mailboxes + threads - 1) / threads;
  std::vector<std::string> parts(threads);
  std::vector<std::uint8_t> in_cloud(shape.mailboxes);
  tenant::run_threads(threads, [&](unsigned thread) {
    tenant::TextArena arena;
    tenant::Mailbox mailbox;
    const std::uint64_t end = std::min(shape.mailboxes, (thread + 1) * stretch);
    for (std::uint64_t i = thread * stretch; i < end; ++i) {
      arena.reset();
      tenant::describe_mailbox(shape, i, arena, mailbox);
      ids_[i] = user_id(mailbox.cloud_id);
      const std::string name = folded(mailbox.user_principal_name);
      starts_[i + 1] = name.size();
      parts[thread] += name;
      in_cloud[i] = mailbox.in_cloud();
    }
  });
  for (const std::string& part : parts) names_ += part;
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  all_by_id_.resize(shape.mailboxes);
  std::iota(all_by_id_.begin(), all_by_id_.end(), UserIndex{0});
  std::sort(all_by_id_.begin(), all_by_id_.end(),
            [this](UserIndex a, UserIndex b) { return ids_[a] < ids_[b]; });
  for (const UserIndex index : all_by_id_) {
    if (in_cloud[index] != 0) by_id_.push_back(index);
  }
  by_name_ = by_id_;
  std::sort(by_name_.begin(), by_name_.end(),
            [this](UserIndex a, UserIndex b) { return name(a) < name(b); });
  for (std::uint32_t rank = 0; rank < by_id_.size(); ++rank) {
    id_rank_[by_id_[rank]] = rank;
    name_rank_[by_name_[rank]] = rank;
  }
}

std::optional<UserIndex> BaseNames::find(UserId id) const {
  const auto found = std::lower_bound(all_by_id_.begin(), all_by_id_.end(), id,
                                      [this](UserIndex a, UserId b) { return ids_[a] < b; });
  if (found == all_by_id_.end() || ids_[*found] != id) return std::nullopt;
  return *found;
}

std::optional<UserIndex> BaseNames::find_name(std::string_view folded_name) const {
  const std::size_t rank = names_below(folded_name);
  if (rank == by_name_.size() || name(by_name_[rank]) != folded_name) return std::nullopt;
  return by_name_[rank];
}

std::size_t BaseNames::ids_up_to(UserId id) const {
  return static_cast<std::size_t>(
      std::upper_bound(by_id_.begin(), by_id_.end(), id,
                       [this](UserId a, UserIndex b) { return a < ids_[b]; }) -
      by_id_.begin());
}

std::size_t BaseNames::names_below(std::string_view folded_name) const {
  return static_cast<std::size_t>(
      std::lower_bound(by_name_.begin(), by_name_.end(), folded_name,
                       [this](UserIndex a, std::string_view b) { return name(a) < b; }) -
      by_name_.begin());
}

std::size_t BaseNames::names_up_to(std::string_view folded_name) const {
  return static_cast<std::size_t>(
      std::upper_bound(by_name_.begin(), by_name_.end(), folded_name,
                       [this](std::string_view a, UserIndex b) { return a < name(b); }) -
      by_name_.begin());
}

}  // namespace trueup::sim
