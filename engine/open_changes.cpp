// SPDX-License-Identifier: Apache-2.0
#include "engine/open_changes.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "snapshots/canonical.h"

namespace trueup {
namespace {

/// FNV-1a. DNs compare without case (here: ASCII case, as two spellings of one DN in one snapshot
/// would come from one server).
std::uint64_t hash_folded(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(fold_ascii(c));
    hash *= 0x100000001b3;
  }
  return hash;
}

/// Not folded: every octet counts.
std::uint64_t hash_anchor(const Anchor& anchor) {
  std::uint64_t halves[2];
  std::memcpy(halves, anchor.octets.data(), sizeof halves);
  return halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15);
}

}  // namespace

bool OpenChanges::read_page(const std::function<bool(Change&)>& next_change,
                            std::vector<OpenChange*>& unsent) {
  Page page;
  if (!spare_.empty()) {
    page = std::move(spare_.back());
    spare_.pop_back();
  }
  page.changes.resize(page_size_);
  page.size = page.settled = 0;
  Change given;
  const auto next = [&] {
    try {
      return next_change(given);
    } catch (...) {  // what was read before stays: `unsent` points to it
      if (page.size > 0) pages_.push_back(std::move(page));
      throw;
    }
  };
  while (page.size < page_size_ && next()) {
    OpenChange& open = page.changes[page.size++];
    open.record.clear();
    encode(given, open.record);
    decode(open.record, open.change);
    open.state = OpenChange::State::kUnsent;
    open.retries = 0;
    open.not_before = {};
    note_object(open);
    seen_.add(open.change.number);
    unsent.push_back(&open);
  }
  if (page.size == 0) return false;
  pages_.push_back(std::move(page));  // moves the vector, not the changes that `unsent` points to
  return true;
}

void OpenChanges::note_object(OpenChange& open) {
  open.object_keys = {hash_anchor(open.change.anchor), hash_folded(open.change.dn)};
  open.same_object = {};
  for (std::size_t i = 0; i < open.object_keys.size(); ++i) {
    const auto [last, added] =
        last_of_object_.try_emplace(open.object_keys[i], open.change.number);
    if (!added) open.same_object[i] = std::exchange(last->second, open.change.number);
  }
}

void OpenChanges::forget_object(const OpenChange& open) {
  for (const std::uint64_t key : open.object_keys) {
    const auto last = last_of_object_.find(key);
    if (last != last_of_object_.end() && last->second == open.change.number) {
      last_of_object_.erase(last);
    }
  }
}

OpenChanges::Page& OpenChanges::page_of(std::uint32_t number) {
  for (Page& page : pages_) {
    if (number <= page.changes[page.size - 1].change.number) return page;
  }
  throw std::logic_error("change " + std::to_string(number) + " is not open");
}

OpenChange& OpenChanges::find(std::uint32_t number) {
  Page& page = page_of(number);
  const auto end = page.changes.begin() + static_cast<std::ptrdiff_t>(page.size);
  const auto found = std::lower_bound(
      page.changes.begin(), end, number,
      [](const OpenChange& open, std::uint32_t n) { return open.change.number < n; });
  if (found == end || found->change.number != number) {
    throw std::logic_error("change " + std::to_string(number) + " is not open");
  }
  return *found;
}

OpenChanges::Readiness OpenChanges::readiness(const OpenChange& open, std::string& why) const {
  const auto is_open = [&](std::uint32_t n) {
    return seen_.contains(n) && !succeeded_.contains(n) && !failed_.contains(n);
  };
  // Also before a hopeless one is settled: then one settled change of an object means that all the
  // earlier ones are.
  if (std::ranges::any_of(open.same_object, is_open)) return Readiness::kBlocked;
  bool blocked = false;
  for (const std::uint32_t giver : open.change.after) {
    if (succeeded_.contains(giver)) continue;
    if (is_open(giver) && giver < open.change.number) {
      blocked = true;
      continue;
    }
    why = "it comes after change " + std::to_string(giver) +
          (failed_.contains(giver) ? ", which did not succeed" : ", which is not part of this run");
    return Readiness::kHopeless;
  }
  return blocked ? Readiness::kBlocked : Readiness::kReady;
}

void OpenChanges::settle(OpenChange& open, Verdict verdict, int result_code, std::string message) {
  const std::uint32_t number = open.change.number;
  const bool success = verdict == Verdict::kDone || verdict == Verdict::kAlready;
  (success ? succeeded_ : failed_).add(number);
  open.state = OpenChange::State::kSettled;
  open.outcome = {.number = number,
                  .verdict = verdict,
                  .result_code = result_code,
                  .message = std::move(message)};
  forget_object(open);
  ++page_of(number).settled;
}

bool OpenChanges::take_settled_page(std::vector<JournalEntry>& entries) {
  if (pages_.empty() || pages_.front().settled < pages_.front().size) return false;
  return take_page(entries);
}

bool OpenChanges::take_page(std::vector<JournalEntry>& entries) {
  entries.clear();
  if (pages_.empty()) return false;
  Page& page = pages_.front();
  for (std::size_t i = 0; i < page.size; ++i) {
    OpenChange& open = page.changes[i];
    if (open.state == OpenChange::State::kSettled) entries.push_back(std::move(open.outcome));
  }
  spare_.push_back(std::move(page));
  pages_.pop_front();
  return true;
}

void OpenChanges::for_each_in_flight(const std::function<void(OpenChange&)>& visit) {
  for (Page& page : pages_) {
    for (std::size_t i = 0; i < page.size; ++i) {
      if (page.changes[i].state == OpenChange::State::kInFlight) visit(page.changes[i]);
    }
  }
}

}  // namespace trueup
