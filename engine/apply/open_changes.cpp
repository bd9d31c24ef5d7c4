// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/open_changes.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

#include "snapshots/model/canonical.h"

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

void OpenChange::reset() {
  record.clear();
  state = State::kWaiting;
  to_read = awaited = unrecorded = counted = false;
  read_at.reset();
  partial.reset();
  conflicts = lost = lost_reads = retries = too_much = result_code = 0;
  not_before = patience = {};
}

bool OpenChanges::read_page(const ApplyRecords& records, std::size_t page_size,
                            std::deque<OpenChange*>& fresh) {
  Page page;
  if (!spare_.empty()) {
    page = std::move(spare_.back());
    spare_.pop_back();
  }
  if (page.changes.size() < page_size) page.changes.resize(page_size);
  page.size = page.settled = 0;
  Change given;
  std::exception_ptr failure;
  bool more = true;
  const auto next = [&] {
    try {
      return more = records.next(given);
    } catch (...) {  // what was read before is taken up all the same
      failure = std::current_exception();
      return more = false;
    }
  };
  while (page.size < page_size && next()) {
    OpenChange& open = page.changes[page.size++];
    open.reset();
    encode(given, open.record);
    decode(open.record, open.change);
    const std::uint32_t number = open.change.number;
    open.awaited = history_.awaited.contains(number);
    open.unrecorded = history_.recorded.contains(number);
    open.to_read = open.awaited || history_.doubtful.contains(number);
    if (open.to_read) open.begin_partial().doubt();
    record_object(open);
    seen_.add(number);
    fresh.push_back(&open);
  }
  if (page.size > 0) {
    const Intent intent{.first = page.changes[0].change.number,
                        .last = page.changes[page.size - 1].change.number};
    size_ += page.size;
    pages_.push_back(std::move(page));  // moves the vector, not what `fresh` points to
    pages_.back().intent = records.intend(intent);
  }
  if (failure) std::rethrow_exception(failure);
  return more;
}

bool OpenChanges::intended(const OpenChange& open) {
  Page& page = page_of(open.change.number);
  if (!page.intent.valid()) return true;
  if (page.intent.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  page.intent.get();
  return true;
}

void OpenChanges::await_intents() {
  for (Page& page : pages_) {
    if (page.intent.valid()) page.intent.wait();
  }
}

void OpenChanges::record_object(OpenChange& open) {
  open.object_keys = {hash_anchor(open.change.anchor), hash_folded(open.change.dn)};
  open.same_object = {};
  for (std::size_t i = 0; i < open.object_keys.size(); ++i) {
    const auto [last, added] = last_of_object_.try_emplace(open.object_keys[i], open.change.number);
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
    return seen_.contains(n) && !succeeded_.contains(n) && !failed_.contains(n) &&
           !undecided_.contains(n);
  };
  // Also before a hopeless one is settled: then one settled change of an object means that all the
  // earlier ones are.
  if (std::ranges::any_of(open.same_object, is_open)) return Readiness::kBlocked;
  bool blocked = false;
  bool undecided =
      std::ranges::any_of(open.same_object, [&](auto n) { return undecided_.contains(n); });
  for (const std::uint32_t giver : open.change.after) {
    if (succeeded_.contains(giver)) continue;
    if (undecided_.contains(giver)) {
      undecided = true;
      continue;
    }
    if (is_open(giver) && giver < open.change.number) {
      blocked = true;
      continue;
    }
    why = "it comes after change " + std::to_string(giver) +
          (failed_.contains(giver) ? ", which did not succeed" : ", which is not part of this run");
    return Readiness::kHopeless;
  }
  if (undecided) return Readiness::kUndecided;
  return blocked ? Readiness::kBlocked : Readiness::kReady;
}

void OpenChanges::settle(OpenChange& open, JournalEntry outcome) {
  const std::uint32_t number = open.change.number;
  const bool success = outcome.verdict == Verdict::kDone || outcome.verdict == Verdict::kAlready;
  const bool undecided = outcome.verdict == Verdict::kUnknown;
  (success ? succeeded_ : undecided ? undecided_ : failed_).add(number);
  open.outcome = std::move(outcome);
  open.outcome.number = number;
  close(open);
}

void OpenChanges::leave(OpenChange& open) {
  undecided_.add(open.change.number);
  open.unrecorded = true;
  close(open);
}

void OpenChanges::close(OpenChange& open) {
  open.state = OpenChange::State::kSettled;
  forget_object(open);
  ++page_of(open.change.number).settled;
}

bool OpenChanges::take_settled_page(std::vector<JournalEntry>& entries) {
  if (pages_.empty() || pages_.front().settled < pages_.front().size) return false;
  return take_page(entries);
}

bool OpenChanges::take_page(std::vector<JournalEntry>& entries) {
  entries.clear();
  if (pages_.empty()) return false;
  Page& page = pages_.front();
  if (page.intent.valid()) page.intent.wait();  // its outcomes come after it
  for (std::size_t i = 0; i < page.size; ++i) {
    OpenChange& open = page.changes[i];
    if (open.state != OpenChange::State::kSettled || open.unrecorded) continue;
    entries.push_back(std::move(open.outcome));
  }
  size_ -= page.size;
  page.intent = {};
  spare_.push_back(std::move(page));
  pages_.pop_front();
  return true;
}

void OpenChanges::for_each_unsettled(const std::function<void(OpenChange&)>& visit) {
  for (Page& page : pages_) {
    for (std::size_t i = 0; i < page.size; ++i) {
      if (page.changes[i].state != OpenChange::State::kSettled) visit(page.changes[i]);
    }
  }
}

}  // namespace trueup
