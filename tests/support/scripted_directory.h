// SPDX-License-Identifier: Apache-2.0
// A directory, a clock and a plan that do what a test says, for the tests of apply().
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "snapshots/model/errors.h"

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
  std::map<std::uint32_t, std::string> messages;     // with results that are not 0
  std::set<std::uint32_t> never_answered;
  /// What reads give, by number, one after the other; the last one stays. Where there is none, the
  /// object holds another mail than any plan wants.
  std::map<std::uint32_t, std::deque<std::vector<HeldValue>>> held;
  std::map<std::uint32_t, int> read_results;  // by number; else 0
  std::optional<std::size_t> dies_after;      // submits and reads; what is in flight then is lost
  std::size_t lives_again_after = SIZE_MAX;   // tries to reconnect
  std::string refuses_reconnect;              // with this for a reason, for good
  std::mt19937* shuffle = nullptr;
  Clock* clock = nullptr;
  std::chrono::nanoseconds latency{0};
  std::function<void()> on_poll;
  /// The server's own state: what it answers to a modify whatever the object; 0: what the script
  /// says.
  std::function<int()> state;
  std::string state_message;  // with it

  std::vector<std::uint32_t> sent;            // numbers, in order of submit
  std::vector<std::vector<Edit>> sent_edits;  // good as long as the plan's values are
  std::vector<std::uint32_t> read_numbers;
  std::set<std::uint32_t> succeeded;
  std::size_t reconnects_tried = 0;
  std::size_t dropped = 0;  // times that the connections were given up
  std::size_t most_in_flight = 0;

  bool has_room() const override { return !dead() && flying_.size() < window; }

  void submit(const Change& change) override {
    EXPECT_TRUE(has_room());
    sent.push_back(change.number);
    sent_edits.push_back(change.edits);
    for (const Flying& other : flying_) {
      if (other.request == WriterAnswer::Request::kRead) continue;
      EXPECT_NE(other.anchor, change.anchor);
      EXPECT_NE(other.dn, change.dn);
    }
    for (const std::uint32_t giver : change.after) EXPECT_TRUE(succeeded.contains(giver));
    fly(change, WriterAnswer::Request::kModify);
  }

  void read(const Change& change) override {
    EXPECT_TRUE(has_room());
    EXPECT_FALSE(change.edits.empty());
    read_numbers.push_back(change.number);
    fly(change, WriterAnswer::Request::kRead);
  }

  void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) override {
    if (on_poll) on_poll();
    if (dead()) {
      for (const Flying& f : flying_) {
        outcomes.push_back({.number = f.number, .request = f.request, .message = "cut"});
      }
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
      outcomes.push_back(f.request == WriterAnswer::Request::kRead ? read_answer(f.number)
                                                                   : answer(f.number));
    }
    flying_ = std::move(waiting);
    if (clock != nullptr) clock->sleep_for(answered == 0 ? timeout : latency);
  }

  std::size_t in_flight() const override { return flying_.size(); }
  std::size_t connections() const override { return dead() ? 0 : 1; }
  std::size_t lost_connections() const override { return dead() ? 1 : 0; }

  void drop_connections() override {
    EXPECT_TRUE(flying_.empty());
    ++dropped;
  }

  bool reconnect(std::string& why) override {
    if (!refuses_reconnect.empty()) throw DirectoryError(refuses_reconnect);
    if (++reconnects_tried < lives_again_after) {
      why = "connection refused";
      return false;
    }
    dies_after.reset();
    return true;
  }

 private:
  struct Flying {
    std::uint32_t number;
    WriterAnswer::Request request;
    Anchor anchor;
    std::string dn;
  };

  bool dead() const { return dies_after && sent.size() + read_numbers.size() >= *dies_after; }

  void fly(const Change& change, WriterAnswer::Request request) {
    flying_.push_back({change.number, request, change.anchor, std::string(change.dn)});
    most_in_flight = std::max(most_in_flight, flying_.size());
  }

  WriterAnswer answer(std::uint32_t number) {
    if (const int code = state ? state() : 0; code != 0) {
      return {.number = number, .answered = true, .result_code = code, .message = state_message};
    }
    std::deque<int>& script = results[number];
    int code = 0;
    if (!script.empty()) {
      code = script.front();
      script.pop_front();
    }
    if (code == 0) succeeded.insert(number);
    const auto message = messages.find(number);
    return {.number = number,
            .answered = true,
            .result_code = code,
            .message = code == 0                   ? ""
                       : message != messages.end() ? message->second
                                                   : "result " + std::to_string(code),
            .latency = latency};
  }

  WriterAnswer read_answer(std::uint32_t number) {
    WriterAnswer outcome{
        .number = number, .request = WriterAnswer::Request::kRead, .answered = true};
    const auto code = read_results.find(number);
    if (code != read_results.end()) {
      outcome.result_code = code->second;
      outcome.message = "result " + std::to_string(code->second);
      return outcome;
    }
    std::deque<std::vector<HeldValue>>& script = held[number];
    if (script.empty()) {
      outcome.values = {{Attribute::kMail, "other@x"}};
    } else {
      outcome.values = script.front();
      if (script.size() > 1) script.pop_front();
    }
    return outcome;
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
  std::vector<Intent> intents;
  std::vector<std::vector<JournalEntry>> pages;
  std::map<std::uint32_t, JournalEntry> journal;

  std::string verdict(std::uint32_t number) const {
    const auto found = journal.find(number);
    return found == journal.end() ? "none" : std::string(to_string(found->second.verdict));
  }
};

inline std::future<void> on_disk() {
  std::promise<void> promise;
  promise.set_value();
  return promise.get_future();
}

/// Records that are thrown away, from `source`.
inline ApplyRecords records_of(std::function<bool(Change&)> source,
                               std::function<void(std::span<const JournalEntry>)> record) {
  return {.next = std::move(source),
          .intend = [](const Intent&) { return on_disk(); },
          .record = std::move(record)};
}

struct Circumstances {
  ApplyOptions options{};
  ApplyHistory history{};
  const std::atomic<bool>* stop = nullptr;
  const std::atomic<double>* changes_per_second = nullptr;
  std::function<void(const std::string&)> say{};
};

inline Applied apply_plan(ScriptedPlan& plan, ScriptedWriter& writer,
                          const Circumstances& circumstances, Clock& clock) {
  Applied applied;
  std::atomic<std::uint64_t> settled = 0;
  const auto source = plan.source();
  const ApplyHistory& history = circumstances.history;
  for (const Change& change : plan.changes()) {
    if (history.succeeded.contains(change.number)) writer.succeeded.insert(change.number);
  }
  const ApplyRecords records{.next =
                                 [&](Change& out) {
                                   while (source(out)) {
                                     const bool known = history.succeeded.contains(out.number) ||
                                                        history.failed.contains(out.number);
                                     if (!known) return true;
                                   }
                                   return false;
                                 },
                             .intend =
                                 [&](const Intent& intent) {
                                   // Before anything of it is sent.
                                   for (const std::uint32_t number : writer.sent)
                                     EXPECT_LT(number, intent.first);
                                   applied.intents.push_back(intent);
                                   return on_disk();
                                 },
                             .record =
                                 [&](std::span<const JournalEntry> page) {
                                   EXPECT_FALSE(page.empty());
                                   std::vector<JournalEntry>& kept =
                                       applied.pages.emplace_back(page.begin(), page.end());
                                   for (JournalEntry& entry : kept) {
                                     // Pages come in plan order, and so do the entries of a page.
                                     EXPECT_TRUE(applied.journal.empty() ||
                                                 applied.journal.rbegin()->first < entry.number);
                                     applied.journal.emplace(entry.number, entry);
                                   }
                                 }};
  applied.result = apply(records, writer, history, circumstances.options, clock,
                         {.settled = &settled,
                          .stop = circumstances.stop,
                          .say = circumstances.say,
                          .changes_per_second = circumstances.changes_per_second});
  EXPECT_EQ(settled.load(), applied.result.settled());
  EXPECT_EQ(writer.in_flight(), 0U);
  EXPECT_EQ(applied.result.stop == ApplyResult::Stop::kNone, applied.result.stop_message.empty());
  return applied;
}

inline Applied apply_plan(ScriptedPlan& plan, ScriptedWriter& writer,
                          const Circumstances& circumstances = {}) {
  FakeClock clock;
  return apply_plan(plan, writer, circumstances, clock);
}

}  // namespace trueup
