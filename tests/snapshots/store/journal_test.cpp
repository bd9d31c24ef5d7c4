// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/journal.h"

#include <gtest/gtest.h>

#include <deque>

#include "snapshots/model/bytes.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/store.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { reopen(); }

  void reopen() {
    store_.reset();
    store_ = Store::open(folder_ / "store", Store::Mode::kReadWrite);
  }
  Store& store() { return *store_; }
  Journal journal(std::uint64_t run = 1) { return {*store_, run}; }

  void append(std::vector<JournalEntry> entries, std::uint64_t run = 1) {
    journal(run).append(entries);
  }
  std::vector<JournalEntry> all(std::uint64_t run = 1) {
    std::vector<JournalEntry> entries;
    journal(run).read([&](const JournalEntry& e) { entries.push_back(e); });
    return entries;
  }
  std::vector<std::uint32_t> numbers(std::uint64_t run = 1) {
    std::vector<std::uint32_t> numbers;
    for (const JournalEntry& e : all(run)) numbers.push_back(e.number);
    return numbers;
  }
  /// "1-10 5-12"
  std::string intents(std::uint64_t run = 1) {
    std::string text;
    for (const Intent& i : journal(run).intents()) {
      text += (text.empty() ? "" : " ") + std::to_string(i.first) + "-" + std::to_string(i.last);
    }
    return text;
  }
  /// Where the entry of change 5 of run 1 lies.
  std::string key_of_five() {
    append({{.number = 5}});
    std::string found;
    store().scan("", [&](std::string_view key, std::string_view) {
      if (key.starts_with("journal/")) found = key;
      return true;
    });
    return found;
  }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

void expect_same(const JournalEntry& a, const JournalEntry& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.result_code, b.result_code);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.acknowledged, b.acknowledged);
  EXPECT_EQ(a.held, b.held);
  EXPECT_EQ(a.holding, b.holding);
}

TEST_F(JournalTest, GivesBackWhatWasAppended) {
  using namespace std::string_literals;
  std::vector<JournalEntry> entries;
  std::uint32_t number = 0;
  for (const Verdict verdict :
       {Verdict::kDone, Verdict::kAlready, Verdict::kRejected, Verdict::kConflict,
        Verdict::kDependsOn, Verdict::kUnknown, Verdict::kNotSent, Verdict::kAddressTaken,
        Verdict::kAddressUnknown}) {
    entries.push_back({.number = ++number, .verdict = verdict});
  }
  entries.push_back({.number = 4'000'000'000,
                     .verdict = Verdict::kConflict,
                     .result_code = -1,
                     .message = "zero \0 and \xFF"s,
                     .acknowledged = "bytes \0"s,
                     .held = {{Attribute::kMail, ""}, {Attribute::kMailNickname, "n\0n"s}},
                     .holding = {Attribute::kProxyAddresses, extension_attribute(15)}});
  append(entries);
  reopen();
  const std::vector<JournalEntry> back = all();
  ASSERT_EQ(back.size(), entries.size());
  for (std::size_t i = 0; i < back.size(); ++i) expect_same(back[i], entries[i]);
  expect_same(journal().find(4'000'000'000).value(), entries.back());
  EXPECT_FALSE(journal().find(99));
}

TEST_F(JournalTest, ALaterOutcomeReplacesAnEarlierOne) {
  append({{.number = 1, .verdict = Verdict::kUnknown, .message = "cut"}, {.number = 2}});
  append({{.number = 1, .verdict = Verdict::kDone}});
  ASSERT_EQ(numbers(), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(journal().find(1)->verdict, Verdict::kDone);
  EXPECT_EQ(journal().find(1)->message, "");
}

TEST_F(JournalTest, IsReadByRisingNumber) {
  append({{.number = 70'000}, {.number = 256}, {.number = 3}});
  append({{.number = 255}, {.number = 65'536}});
  EXPECT_EQ(numbers(), (std::vector<std::uint32_t>{3, 255, 256, 65'536, 70'000}));
}

TEST_F(JournalTest, KeepsIntentsThatWereCutOtherwise) {
  journal().append(Intent{1, 100});
  journal().append(Intent{101, 200});
  journal().append(Intent{101, 130});  // of a resumed run
  journal().append(Intent{1, 100});
  EXPECT_EQ(intents(), "1-100 101-130 101-200");
}

TEST_F(JournalTest, IntentsComeByRisingNumber) {
  for (const std::uint32_t first : {300U, 2U, 70'000U, 256U}) {
    journal().append(Intent{first, first + 1});
  }
  EXPECT_EQ(intents(), "2-3 256-257 300-301 70000-70001");
}

TEST_F(JournalTest, RunsDoNotMix) {
  for (const std::uint64_t run : {1U, 2U, 256U, 257U}) {
    append({{.number = static_cast<std::uint32_t>(run)}}, run);
    journal(run).append(Intent{1, static_cast<std::uint32_t>(run)});
  }
  for (const std::uint64_t run : {1U, 2U, 256U, 257U}) {
    EXPECT_EQ(numbers(run), std::vector{static_cast<std::uint32_t>(run)});
    EXPECT_EQ(intents(run), "1-" + std::to_string(run));
  }
  EXPECT_TRUE(numbers(3).empty());
  EXPECT_EQ(intents(3), "");
}

TEST_F(JournalTest, OutlivesTheStoreBeingClosed) {
  journal().append(Intent{1, 10});
  append({{.number = 1}});
  journal().sync();
  reopen();
  EXPECT_EQ(intents(), "1-10");
  EXPECT_EQ(numbers(), std::vector<std::uint32_t>{1});
  append({{.number = 2}});
  reopen();
  EXPECT_EQ(numbers(), (std::vector<std::uint32_t>{1, 2})) << "also without a sync";
}

TEST_F(JournalTest, ADamagedRecordIsAStoreError) {
  const std::string key = key_of_five();
  ASSERT_FALSE(key.empty());
  std::string whole = store().get(key).value();
  append_u32(0, whole);  // one value held
  append_bytes("a@x", whole);
  store().put_ordered(key, whole);
  ASSERT_EQ(journal().find(5)->held.size(), 1U);
  const std::size_t without = store().get(key)->size() - 11;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == without) continue;  // a whole one without what it holds
    store().put_ordered(key, whole.substr(0, size));
    EXPECT_THROW((void)journal().find(5), StoreError) << size;
    EXPECT_THROW(all(), StoreError) << size;
  }
}

TEST_F(JournalTest, AVerdictOrAttributeThatThereIsNotIsAStoreError) {
  const std::string key = key_of_five();
  for (const std::uint32_t verdict : {0U, 10U, 257U, 0xFFFFFFFFU}) {
    std::string record;
    append_u32(verdict, record);
    record += store().get(key)->substr(4);
    store().put_ordered(key, record);
    EXPECT_THROW(all(), StoreError) << verdict;
  }
  append({{.number = 5}});
  std::string record = store().get(key).value();
  append_u32(kAttributeCount, record);
  append_bytes("a@x", record);
  store().put_ordered(key, record);
  EXPECT_THROW(all(), StoreError);
}

// Undo takes back what was acknowledged; verify looks for all that is to be there.
TEST_F(JournalTest, WhatIsToHoldIsTheWholeEditOfWhatIsDoneOrAlready) {
  constexpr Attribute kMail = Attribute::kMail;
  constexpr Attribute kSet = Attribute::kProxyAddresses;
  Change change;
  change.number = 3;
  change.edits = {{kMail, {}, {"a@x"}}, {kSet, {}, {"smtp:a@x", "smtp:b@x"}}};
  Change part = change;
  part.edits = {{kSet, {}, {"smtp:b@x"}}};  // the other one was there
  const auto entry = [&](Verdict verdict, AttributeSet holding = {}) {
    JournalEntry e{.number = 3, .verdict = verdict, .holding = holding};
    encode(part, e.acknowledged);
    return e;
  };
  const AttributeSet both = {kMail, kSet};
  EXPECT_EQ(attributes_to_hold(change, entry(Verdict::kDone)), both);
  EXPECT_EQ(attributes_to_hold(change, {.number = 3, .verdict = Verdict::kAlready}), both);
  EXPECT_EQ(attributes_to_hold(change, entry(Verdict::kConflict, both)), both);
  EXPECT_EQ(attributes_to_hold(change, entry(Verdict::kConflict)), AttributeSet{kSet})
      << "of a store that kept no more";
  EXPECT_TRUE(attributes_to_hold(change, {.number = 3, .verdict = Verdict::kConflict}).empty());
}

TEST_F(JournalTest, WhatWasAcknowledgedIsAllOfItOrThePartOrNothing) {
  Change change;
  change.number = 3;
  change.dn = "CN=3";
  change.edits = {{Attribute::kMail, {}, {"a@x"}}, {extension_attribute(1), {"v"}, {}}};
  EXPECT_EQ(acknowledged_part(change, {.number = 3})->edits.size(), 2U);
  for (const Verdict verdict : {Verdict::kAlready, Verdict::kRejected, Verdict::kConflict,
                                Verdict::kDependsOn, Verdict::kUnknown, Verdict::kNotSent}) {
    EXPECT_FALSE(acknowledged_part(change, {.number = 3, .verdict = verdict}));
  }
  Change part = change;
  part.edits.pop_back();
  JournalEntry entry{.number = 3, .verdict = Verdict::kConflict};
  encode(part, entry.acknowledged);
  append({entry});
  const JournalEntry back = journal().find(3).value();
  const std::optional<Change> got = acknowledged_part(change, back);
  ASSERT_EQ(got->edits.size(), 1U);
  EXPECT_EQ(got->edits[0].attribute, Attribute::kMail);
  EXPECT_EQ(got->edits[0].adds, std::vector<std::string_view>{"a@x"});
  EXPECT_EQ(got->dn, "CN=3");
}

}  // namespace
}  // namespace trueup
