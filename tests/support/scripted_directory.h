// SPDX-License-Identifier: Apache-2.0
// A directory, a clock and a plan that do what a test says, for the tests of apply().
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/apply.h"
#include "snapshots/errors.h"

namespace trueup {

class FakeClock : public Clock {
 public:
  TimePoint now() const override { return now_; }
  void sleep_for(Duration duration) override { now_ += duration; }
  Duration passed() const { return now_ - TimePoint{}; }

 private:
  TimePoint now_{};
};

/// Answers what the test wants, in an order of its choice, and watches over the order of the
/// submits: no object twice in flight.
class ScriptedWriter : public DirectoryWriter {
 public:
  std::size_t window = 16;
  std::size_t answers_a_poll = 1000;
  std::map<std::uint32_t, std::deque<int>> results;  // by number; then, and else, 0
  std::set<std::uint32_t> never_answered;
  std::optional<std::size_t> dies_after;  // submits
  std::mt19937* shuffle = nullptr;
  Clock* clock = nullptr;
  std::function<void()> on_poll;

  std::vector<std::uint32_t> sent;  // numbers, in order of submit
  std::set<std::uint32_t> succeeded;

  bool has_room() const override { return !dead() && flying_.size() < window; }

  void submit(const Change& change) override {
    EXPECT_TRUE(has_room());
    sent.push_back(change.number);
    for (const Flying& other : flying_) {
      EXPECT_NE(other.anchor, change.anchor);
      EXPECT_NE(other.dn, change.dn);
    }
    for (const std::uint32_t giver : change.after) EXPECT_TRUE(succeeded.contains(giver));
    flying_.push_back({change.number, change.anchor, std::string(change.dn)});
  }

  void poll(std::chrono::milliseconds timeout, std::vector<Outcome>& outcomes) override {
    if (on_poll) on_poll();
    if (dead()) {
      if (flying_.empty()) throw DirectoryError("all connections are lost");
      for (const Flying& f : flying_) outcomes.push_back({.number = f.number, .message = "cut"});
      flying_.clear();
      return;
    }
    if (shuffle != nullptr) std::ranges::shuffle(flying_, *shuffle);
    std::vector<Flying> waiting;
    std::size_t answered = 0;
    for (Flying& f : flying_) {
      if (answered == answers_a_poll || never_answered.contains(f.number)) {
        waiting.push_back(f);
        continue;
      }
      ++answered;
      outcomes.push_back(answer(f.number));
    }
    flying_ = std::move(waiting);
    if (answered == 0 && clock != nullptr) clock->sleep_for(timeout);
  }

  std::size_t in_flight() const override { return flying_.size(); }

 private:
  struct Flying {
    std::uint32_t number;
    Anchor anchor;
    std::string dn;
  };

  bool dead() const { return dies_after && sent.size() >= *dies_after; }

  Outcome answer(std::uint32_t number) {
    std::deque<int>& script = results[number];
    int code = 0;
    if (!script.empty()) {
      code = script.front();
      script.pop_front();
    }
    if (code == 0) succeeded.insert(number);
    return {.number = number,
            .answered = true,
            .result_code = code,
            .message = code == 0 ? "" : "result " + std::to_string(code)};
  }

  std::vector<Flying> flying_;
};

/// A plan of changes that each concern an object of their own, unless told otherwise.
class ScriptedPlan {
 public:
  Change& add(std::vector<std::uint32_t> after = {}) {
    Change& change = changes_.emplace_back();
    change.number = static_cast<std::uint32_t>(changes_.size());
    change.anchor.octets[0] = static_cast<std::uint8_t>(change.number >> 8);
    change.anchor.octets[1] = static_cast<std::uint8_t>(change.number);
    change.dn = names_.emplace_back("CN=" + std::to_string(change.number));
    change.after = std::move(after);
    change.edits = {{Attribute::kMail, {}, {"a@b"}}};
    return change;
  }
  /// A text that lives as long as the plan, for changes to view.
  std::string_view keep(std::string text) { return names_.emplace_back(std::move(text)); }
  void add_many(int count) {
    for (int i = 0; i < count; ++i) add();
  }
  /// Gives each change from one buffer that is used again, as a cursor does.
  std::function<bool(Change&)> source() {
    return [this, next = std::size_t{0}, buffer = std::string()](Change& out) mutable {
      if (next == changes_.size()) return false;
      std::ranges::fill(buffer, '?');
      buffer.clear();
      encode(changes_[next++], buffer);
      decode(buffer, out);
      return true;
    };
  }
  const std::deque<Change>& changes() const { return changes_; }

 private:
  std::deque<Change> changes_;
  std::deque<std::string> names_;
};

struct Applied {
  ApplyResult result;
  std::vector<std::vector<JournalEntry>> pages;
  std::map<std::uint32_t, JournalEntry> journal;

  std::string verdict(std::uint32_t number) const {
    const auto found = journal.find(number);
    if (found == journal.end()) return "none";
    constexpr const char* kNames[] = {"?", "done", "already", "rejected", "conflict", "depends-on",
                                      "unknown"};
    return kNames[static_cast<int>(found->second.verdict)];
  }
};

inline Applied apply_plan(ScriptedPlan& plan, ScriptedWriter& writer, const ApplyOptions& options,
                          Clock& clock, const std::atomic<bool>* stop = nullptr) {
  Applied applied;
  std::atomic<std::uint64_t> settled = 0;
  applied.result = apply(
      plan.source(), writer,
      [&](std::span<const JournalEntry> page) {
        EXPECT_FALSE(page.empty());
        std::vector<JournalEntry>& kept = applied.pages.emplace_back(page.begin(), page.end());
        for (JournalEntry& entry : kept) {
          // Pages come in plan order, and so do the entries of a page.
          EXPECT_TRUE(applied.journal.empty() || applied.journal.rbegin()->first < entry.number);
          applied.journal.emplace(entry.number, entry);
        }
      },
      options, clock, &settled, stop);
  EXPECT_EQ(settled.load(), applied.journal.size());
  EXPECT_EQ(applied.result.settled(), applied.journal.size());
  EXPECT_EQ(writer.in_flight(), 0U);
  EXPECT_EQ(applied.result.stop == ApplyResult::Stop::kNone,
            applied.result.stop_message.empty());
  return applied;
}

inline Applied apply_plan(ScriptedPlan& plan, ScriptedWriter& writer,
                          const ApplyOptions& options = {}) {
  FakeClock clock;
  return apply_plan(plan, writer, options, clock);
}

}  // namespace trueup
