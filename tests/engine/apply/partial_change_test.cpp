// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/partial_change.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

namespace trueup {
namespace {

using AfterRead = PartialChange::AfterRead;
using Views = std::vector<std::string_view>;

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kProxy = Attribute::kProxyAddresses;
constexpr Attribute kFirst = extension_attribute(1);
constexpr Attribute kCustom = extension_custom_attribute(1);

Change change_of(std::vector<Edit> edits) {
  Change change;
  change.number = 7;
  change.dn = "CN=7";
  change.edits = std::move(edits);
  return change;
}

/// "extensionAttribute1 -old +new" for each edit.
std::vector<std::string> listed(const std::vector<Edit>& edits) {
  std::vector<std::string> lines;
  for (const Edit& e : edits) {
    std::string line(traits(e.attribute).name);
    for (const std::string_view v : e.deletes) line += " -" + std::string(v);
    for (const std::string_view v : e.adds) line += " +" + std::string(v);
    lines.push_back(line);
  }
  return lines;
}
using Lines = std::vector<std::string>;

Lines acknowledged(const Change& change, const JournalEntry& entry) {
  const std::optional<Change> part = acknowledged_part(change, entry);
  return part ? listed(part->edits) : Lines{};
}

TEST(PartialChange, AllOfItIsToBeSentAtFirst) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}});
  const PartialChange partial(change);
  EXPECT_EQ(listed(partial.rest().edits), listed(change.edits));
  EXPECT_FALSE(partial.nothing_left());
}

TEST(PartialChange, WhatIsThereAlreadyIsAlready) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kProxy, {}, {"smtp:b@x"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kProxy, "smtp:b@x"}},
                      AfterRead::kSend);
  ASSERT_TRUE(partial.nothing_left());
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kAlready);
  EXPECT_EQ(partial.journal_entry().number, 7U);
  EXPECT_TRUE(acknowledged(change, partial.journal_entry()).empty()) << "it was not written by us";
}

TEST(PartialChange, ADeleteThatIsGoneAlreadyIsAlready) {
  const Change change = change_of({{kFirst, {"old"}, {}}});
  PartialChange partial(change);
  partial.take_object({}, AfterRead::kSend);
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kAlready);
}

TEST(PartialChange, AClearOfAValueThatWasReplacedIsAConflict) {
  const Change change = change_of({{kFirst, {"old"}, {}}, {kMail, {"a@x"}, {}}});
  PartialChange partial(change);
  const std::vector<HeldValue> held = {{kFirst, "theirs"}, {kMail, "A@X"}};
  partial.take_object(held, AfterRead::kSend);
  ASSERT_TRUE(partial.nothing_left());
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kConflict);
  EXPECT_EQ(partial.journal_entry().held, held);
}

TEST(PartialChange, AClearInDoubtIsOursOnlyIfNothingIsThere) {
  const Change change = change_of({{kFirst, {"old"}, {}}});
  PartialChange cleared(change);
  cleared.doubt();
  cleared.take_object({}, AfterRead::kLook);
  EXPECT_EQ(cleared.journal_entry().verdict, Verdict::kDone);
  PartialChange replaced(change);
  replaced.doubt();
  replaced.take_object(std::vector<HeldValue>{{kFirst, "theirs"}}, AfterRead::kLook);
  EXPECT_FALSE(replaced.nothing_left()) << "it does not show";
}

// A server may take several values of what has one by the plan.
TEST(PartialChange, WhatWeWroteBesideAnothersValueIsOursAndInConflict) {
  const Change change = change_of({{kFirst, {"old"}, {"new"}}});
  const std::vector<HeldValue> both = {{kFirst, "new"}, {kFirst, "theirs"}};
  for (const AfterRead after_read : {AfterRead::kSend, AfterRead::kLook, AfterRead::kLeave}) {
    PartialChange ours(change);
    ours.doubt();
    ours.take_object(both, after_read);
    ASSERT_TRUE(ours.nothing_left());
    EXPECT_EQ(ours.journal_entry().verdict, Verdict::kConflict);
    EXPECT_EQ(acknowledged(change, ours.journal_entry()), Lines{"extensionAttribute1 -old +new"});
  }
  PartialChange not_ours(change);
  not_ours.take_object(both, AfterRead::kSend);
  EXPECT_EQ(not_ours.journal_entry().verdict, Verdict::kConflict);
  EXPECT_TRUE(acknowledged(change, not_ours.journal_entry()).empty());
}

TEST(PartialChange, WhatHoldsBesideAConflictIsOnRecord) {
  const Change change = change_of(
      {{kMail, {"a@x"}, {"b@x"}}, {kProxy, {}, {"smtp:b@x", "smtp:c@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.take_object(
      std::vector<HeldValue>{{kMail, "b@x"}, {kProxy, "smtp:b@x"}, {kFirst, "theirs"}},
      AfterRead::kSend);
  partial.take_acknowledgement();
  const JournalEntry entry = partial.journal_entry();
  EXPECT_EQ(entry.verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, entry), Lines{"proxyAddresses +smtp:c@x"}) << "for undo";
  EXPECT_EQ(attributes_to_hold(change, entry), (AttributeSet{kMail, kProxy})) << "for verify";
}

TEST(PartialChange, AnEditWhoseOldValuesStandStays) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kMail, "c@x"}, {kFirst, "v"}}, AfterRead::kSend);
  EXPECT_EQ(listed(partial.rest().edits), Lines{"extensionAttribute1 -v +w"});
  EXPECT_EQ(partial.rest().number, 7U);
  EXPECT_EQ(partial.rest().dn, "CN=7");
  partial.take_acknowledgement();
  const JournalEntry entry = partial.journal_entry();
  EXPECT_EQ(entry.verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, entry), Lines{"extensionAttribute1 -v +w"});
  EXPECT_EQ(entry.held, (std::vector<HeldValue>{{kMail, "c@x"}}));
  EXPECT_NE(entry.message.find("mail"), std::string::npos);
}

TEST(PartialChange, HalfOfTheOldValuesIsAConflictWithWhatIsThere) {
  const Change change = change_of({{kProxy, {"smtp:a@x", "smtp:b@x"}, {"smtp:c@x"}}});
  PartialChange partial(change);
  const std::vector<HeldValue> held = {{kProxy, "smtp:a@x"}, {kProxy, "smtp:z@x"}};
  partial.take_object(held, AfterRead::kSend);
  ASSERT_TRUE(partial.nothing_left());
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kConflict);
  EXPECT_EQ(partial.journal_entry().held, held);
}

TEST(PartialChange, HalfOfTheAddsThereLeavesTheOtherHalf) {
  const Change change = change_of({{kCustom, {"a"}, {"b", "c"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kCustom, "a"}, {kCustom, "b"}}, AfterRead::kSend);
  EXPECT_EQ(listed(partial.rest().edits), Lines{"msExchExtensionCustomAttribute1 -a +c"});
  partial.take_acknowledgement();
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kDone);
  EXPECT_EQ(acknowledged(change, partial.journal_entry()),
            Lines{"msExchExtensionCustomAttribute1 -a +c"})
      << "an undo must not take away what another one added";
}

TEST(PartialChange, AnOldValueInAnotherCaseIsAConflict) {
  const Change change = change_of({{kProxy, {"SMTP:a@x"}, {"SMTP:b@x"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kProxy, "smtp:a@x"}}, AfterRead::kSend);
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kConflict);
}

TEST(PartialChange, ATargetInAnotherCaseIsNotThere) {
  const Change change = change_of({{kProxy, {}, {"SMTP:b@x"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kProxy, "smtp:b@x"}}, AfterRead::kSend);
  EXPECT_FALSE(partial.nothing_left() && partial.journal_entry().verdict == Verdict::kAlready);
}

TEST(PartialChange, ASingleValueWhereThePlanShowedNoneIsAConflict) {
  const Change change = change_of({{kFirst, {}, {"new"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kFirst, "other"}}, AfterRead::kSend);
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kConflict);
}

TEST(PartialChange, ValuesOutsideTheEditDoNotMatter) {
  const Change change = change_of({{kProxy, {"smtp:a@x"}, {"smtp:b@x"}}});
  PartialChange stands(change);
  stands.take_object(std::vector<HeldValue>{{kProxy, "smtp:a@x"}, {kProxy, "x500:/o=z"}},
                     AfterRead::kSend);
  EXPECT_EQ(listed(stands.rest().edits), listed(change.edits));
  PartialChange there(change);
  there.take_object(std::vector<HeldValue>{{kProxy, "smtp:b@x"}, {kProxy, "x500:/o=z"}},
                    AfterRead::kSend);
  EXPECT_EQ(there.journal_entry().verdict, Verdict::kAlready);
}

TEST(PartialChange, AfterADoubtWhatHoldsIsOurs) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange whole(change);
  whole.doubt();
  EXPECT_TRUE(whole.doubtful());
  whole.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "w"}}, AfterRead::kSend);
  EXPECT_EQ(whole.journal_entry().verdict, Verdict::kDone);
  EXPECT_TRUE(whole.journal_entry().acknowledged.empty()) << "the whole change";
  PartialChange half(change);
  half.doubt();
  half.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "z"}}, AfterRead::kSend);
  EXPECT_EQ(half.journal_entry().verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, half.journal_entry()), Lines{"mail -a@x +b@x"});
}

TEST(PartialChange, WhatWasThereBeforeTheDoubtIsNotOurs) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "v"}}, AfterRead::kSend);
  partial.doubt();
  partial.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "w"}}, AfterRead::kSend);
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kDone);
  EXPECT_EQ(acknowledged(change, partial.journal_entry()), Lines{"extensionAttribute1 -v +w"});
}

TEST(PartialChange, ARefusedAttributeIsLeftOutForGood) {
  const Change change = change_of({{kMail, {}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.refuse({kFirst, kCustom}, 17, "no such attribute");
  EXPECT_EQ(listed(partial.rest().edits), Lines{"mail +b@x"});
  partial.take_object(std::vector<HeldValue>{{kFirst, "v"}}, AfterRead::kSend);
  EXPECT_EQ(listed(partial.rest().edits), Lines{"mail +b@x"});
  partial.take_acknowledgement();
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kRejected);
  EXPECT_EQ(partial.journal_entry().result_code, 17);
  EXPECT_EQ(partial.journal_entry().message, "no such attribute");
  EXPECT_EQ(acknowledged(change, partial.journal_entry()), Lines{"mail +b@x"});
}

TEST(PartialChange, AddressesThatAreNotFreeAreLeftOutTogether) {
  const Change change =
      change_of({{kMail, {}, {"b@x"}}, {kProxy, {}, {"SMTP:b@x"}}, {kFirst, {"v"}, {"w"}}});
  for (const Verdict verdict : {Verdict::kAddressTaken, Verdict::kAddressUnknown}) {
    PartialChange partial(change);
    partial.refuse_addresses(verdict, "smtp:b@x is held by CN=Group");
    EXPECT_EQ(listed(partial.rest().edits), Lines{"extensionAttribute1 -v +w"});
    partial.take_acknowledgement();
    EXPECT_EQ(partial.journal_entry().verdict, verdict);
    EXPECT_EQ(partial.journal_entry().message, "smtp:b@x is held by CN=Group");
    EXPECT_EQ(acknowledged(change, partial.journal_entry()), Lines{"extensionAttribute1 -v +w"});
  }
}

TEST(PartialChange, LookingKeepsWhatDoesNotShowYet) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.doubt();
  partial.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "z"}}, AfterRead::kLook);
  EXPECT_EQ(listed(partial.rest().edits), Lines{"extensionAttribute1 -v +w"});
  const JournalEntry given_up = partial.journal_entry(Verdict::kUnknown, 0, "not seen");
  EXPECT_EQ(given_up.verdict, Verdict::kUnknown);
  EXPECT_EQ(acknowledged(change, given_up), Lines{"mail -a@x +b@x"});
  partial.take_object(std::vector<HeldValue>{{kFirst, "w"}}, AfterRead::kLook);
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kDone);
  EXPECT_TRUE(partial.journal_entry().acknowledged.empty());
}

TEST(PartialChange, LeavingKeepsNothing) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  PartialChange partial(change);
  partial.take_object(std::vector<HeldValue>{{kMail, "a@x"}, {kFirst, "w"}}, AfterRead::kLeave);
  ASSERT_TRUE(partial.nothing_left());
  EXPECT_EQ(partial.journal_entry().verdict, Verdict::kConflict);
  EXPECT_EQ(partial.journal_entry().held, (std::vector<HeldValue>{{kMail, "a@x"}}));
}

// --- any change on any object

struct AnyWorld {
  std::deque<std::string> texts;  // what the views point into
  Change change;
  std::vector<HeldValue> held;
};

std::set<std::string_view> held_of(const AnyWorld& world, Attribute attribute) {
  std::set<std::string_view> values;
  for (const HeldValue& h : world.held) {
    if (h.attribute == attribute) values.insert(h.bytes);
  }
  return values;
}

/// Values differ in case, so that a byte comparison is told from one that folds.
AnyWorld any_world() {
  AnyWorld world;
  const std::vector<std::string> alphabet = {"A", "B", "a", "b", "c"};  // sorted, as edits are
  for (const Attribute attribute : {kMail, kProxy, kFirst, kCustom}) {
    const bool multi = traits(attribute).multi_valued;
    Edit edit{attribute, {}, {}};
    std::size_t there = 0;
    for (const std::string& value : alphabet) {
      world.texts.push_back(value);
      const int role = *rc::gen::inRange(0, 4);
      if (role == 1 && (multi || edit.deletes.empty())) edit.deletes.push_back(world.texts.back());
      if (role == 2 && (multi || edit.adds.empty())) edit.adds.push_back(world.texts.back());
      if (*rc::gen::inRange(0, 2) == 0 || (!multi && there > 0)) continue;
      world.held.push_back({attribute, value});
      ++there;
    }
    if (!edit.deletes.empty() || !edit.adds.empty()) world.change.edits.push_back(std::move(edit));
  }
  return world;
}

bool holds_all(const std::set<std::string_view>& there, const Views& values) {
  return std::ranges::all_of(values, [&](auto v) { return there.contains(v); });
}
bool holds_none(const std::set<std::string_view>& there, const Views& values) {
  return std::ranges::none_of(values, [&](auto v) { return there.contains(v); });
}

RC_GTEST_PROP(PartialChangeProperties, OnlyThePlansValuesAreLeftAndOnlyWhereItsOldOnesStand, ()) {
  const AnyWorld world = any_world();
  PartialChange partial(world.change);
  if (*rc::gen::inRange(0, 2) == 0) partial.doubt();
  partial.take_object(world.held, AfterRead::kSend);
  for (const Edit& planned : world.change.edits) {
    const std::set<std::string_view> there = held_of(world, planned.attribute);
    const bool single = !traits(planned.attribute).multi_valued;
    const bool target = holds_all(there, planned.adds) && holds_none(there, planned.deletes) &&
                        (!single || there.size() == planned.adds.size());
    const auto left = std::ranges::find(partial.rest().edits, planned.attribute, &Edit::attribute);
    if (left == partial.rest().edits.end()) {
      const bool single_filled =
          !traits(planned.attribute).multi_valued && !there.empty() && planned.deletes.empty();
      RC_ASSERT(target || single_filled || !holds_all(there, planned.deletes));
      continue;
    }
    RC_ASSERT(!target);
    RC_ASSERT(left->deletes == planned.deletes);
    RC_ASSERT(holds_all(there, left->deletes));
    RC_ASSERT(std::ranges::includes(planned.adds, left->adds));
    // Sent, it makes the target true, and touches nothing else.
    std::set<std::string_view> after = there;
    for (const std::string_view v : left->deletes) RC_ASSERT(after.erase(v) == 1U);
    for (const std::string_view v : left->adds) RC_ASSERT(after.insert(v).second);
    RC_ASSERT(holds_all(after, planned.adds) && holds_none(after, planned.deletes));
    RC_ASSERT(traits(planned.attribute).multi_valued || after.size() <= 1U);
  }
}

}  // namespace
}  // namespace trueup
