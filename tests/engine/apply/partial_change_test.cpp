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

using Then = Detour::Then;
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

TEST(Detour, AllOfItIsToBeSentAtFirst) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}});
  const Detour detour(change);
  EXPECT_EQ(listed(detour.rest().edits), listed(change.edits));
  EXPECT_FALSE(detour.nothing_left());
}

TEST(Detour, WhatIsThereAlreadyIsAlready) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kProxy, {}, {"smtp:b@x"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kProxy, "smtp:b@x"}}, Then::kSend);
  ASSERT_TRUE(detour.nothing_left());
  EXPECT_EQ(detour.outcome().verdict, Verdict::kAlready);
  EXPECT_EQ(detour.outcome().number, 7U);
  EXPECT_TRUE(acknowledged(change, detour.outcome()).empty()) << "it was not written by us";
}

TEST(Detour, ADeleteThatIsGoneAlreadyIsAlready) {
  const Change change = change_of({{kFirst, {"old"}, {}}});
  Detour detour(change);
  detour.take_object({}, Then::kSend);
  EXPECT_EQ(detour.outcome().verdict, Verdict::kAlready);
}

TEST(Detour, AClearOfAValueThatWasReplacedIsAConflict) {
  const Change change = change_of({{kFirst, {"old"}, {}}, {kMail, {"a@x"}, {}}});
  Detour detour(change);
  const std::vector<HeldValue> held = {{kFirst, "theirs"}, {kMail, "A@X"}};
  detour.take_object(held, Then::kSend);
  ASSERT_TRUE(detour.nothing_left());
  EXPECT_EQ(detour.outcome().verdict, Verdict::kConflict);
  EXPECT_EQ(detour.outcome().held, held);
}

TEST(Detour, AClearInDoubtIsOursOnlyIfNothingIsThere) {
  const Change change = change_of({{kFirst, {"old"}, {}}});
  Detour cleared(change);
  cleared.doubt();
  cleared.take_object({}, Then::kLook);
  EXPECT_EQ(cleared.outcome().verdict, Verdict::kDone);
  Detour replaced(change);
  replaced.doubt();
  replaced.take_object(std::vector<HeldValue>{{kFirst, "theirs"}}, Then::kLook);
  EXPECT_FALSE(replaced.nothing_left()) << "it does not show";
}

// A server may take several values of what has one by the plan.
TEST(Detour, WhatWeWroteBesideAnothersValueIsOursAndInConflict) {
  const Change change = change_of({{kFirst, {"old"}, {"new"}}});
  const std::vector<HeldValue> both = {{kFirst, "new"}, {kFirst, "theirs"}};
  for (const Then then : {Then::kSend, Then::kLook, Then::kLeave}) {
    Detour ours(change);
    ours.doubt();
    ours.take_object(both, then);
    ASSERT_TRUE(ours.nothing_left());
    EXPECT_EQ(ours.outcome().verdict, Verdict::kConflict);
    EXPECT_EQ(acknowledged(change, ours.outcome()), Lines{"extensionAttribute1 -old +new"});
  }
  Detour not_ours(change);
  not_ours.take_object(both, Then::kSend);
  EXPECT_EQ(not_ours.outcome().verdict, Verdict::kConflict);
  EXPECT_TRUE(acknowledged(change, not_ours.outcome()).empty());
}

TEST(Detour, WhatHoldsBesideAConflictIsOnRecord) {
  const Change change = change_of(
      {{kMail, {"a@x"}, {"b@x"}}, {kProxy, {}, {"smtp:b@x", "smtp:c@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.take_object(
      std::vector<HeldValue>{{kMail, "b@x"}, {kProxy, "smtp:b@x"}, {kFirst, "theirs"}},
      Then::kSend);
  detour.take_acknowledgement();
  const JournalEntry entry = detour.outcome();
  EXPECT_EQ(entry.verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, entry), Lines{"proxyAddresses +smtp:c@x"}) << "for undo";
  EXPECT_EQ(attributes_to_hold(change, entry), (AttributeSet{kMail, kProxy})) << "for verify";
}

TEST(Detour, AnEditWhoseOldValuesStandStays) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kMail, "c@x"}, {kFirst, "v"}}, Then::kSend);
  EXPECT_EQ(listed(detour.rest().edits), Lines{"extensionAttribute1 -v +w"});
  EXPECT_EQ(detour.rest().number, 7U);
  EXPECT_EQ(detour.rest().dn, "CN=7");
  detour.take_acknowledgement();
  const JournalEntry entry = detour.outcome();
  EXPECT_EQ(entry.verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, entry), Lines{"extensionAttribute1 -v +w"});
  EXPECT_EQ(entry.held, (std::vector<HeldValue>{{kMail, "c@x"}}));
  EXPECT_NE(entry.message.find("mail"), std::string::npos);
}

TEST(Detour, HalfOfTheOldValuesIsAConflictWithWhatIsThere) {
  const Change change = change_of({{kProxy, {"smtp:a@x", "smtp:b@x"}, {"smtp:c@x"}}});
  Detour detour(change);
  const std::vector<HeldValue> held = {{kProxy, "smtp:a@x"}, {kProxy, "smtp:z@x"}};
  detour.take_object(held, Then::kSend);
  ASSERT_TRUE(detour.nothing_left());
  EXPECT_EQ(detour.outcome().verdict, Verdict::kConflict);
  EXPECT_EQ(detour.outcome().held, held);
}

TEST(Detour, HalfOfTheAddsThereLeavesTheOtherHalf) {
  const Change change = change_of({{kCustom, {"a"}, {"b", "c"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kCustom, "a"}, {kCustom, "b"}}, Then::kSend);
  EXPECT_EQ(listed(detour.rest().edits), Lines{"msExchExtensionCustomAttribute1 -a +c"});
  detour.take_acknowledgement();
  EXPECT_EQ(detour.outcome().verdict, Verdict::kDone);
  EXPECT_EQ(acknowledged(change, detour.outcome()), Lines{"msExchExtensionCustomAttribute1 -a +c"})
      << "an undo must not take away what another one added";
}

TEST(Detour, AnOldValueInAnotherCaseIsAConflict) {
  const Change change = change_of({{kProxy, {"SMTP:a@x"}, {"SMTP:b@x"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kProxy, "smtp:a@x"}}, Then::kSend);
  EXPECT_EQ(detour.outcome().verdict, Verdict::kConflict);
}

TEST(Detour, ATargetInAnotherCaseIsNotThere) {
  const Change change = change_of({{kProxy, {}, {"SMTP:b@x"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kProxy, "smtp:b@x"}}, Then::kSend);
  EXPECT_FALSE(detour.nothing_left() && detour.outcome().verdict == Verdict::kAlready);
}

TEST(Detour, ASingleValueWhereThePlanShowedNoneIsAConflict) {
  const Change change = change_of({{kFirst, {}, {"new"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kFirst, "other"}}, Then::kSend);
  EXPECT_EQ(detour.outcome().verdict, Verdict::kConflict);
}

TEST(Detour, ValuesOutsideTheEditDoNotMatter) {
  const Change change = change_of({{kProxy, {"smtp:a@x"}, {"smtp:b@x"}}});
  Detour stands(change);
  stands.take_object(std::vector<HeldValue>{{kProxy, "smtp:a@x"}, {kProxy, "x500:/o=z"}},
                     Then::kSend);
  EXPECT_EQ(listed(stands.rest().edits), listed(change.edits));
  Detour there(change);
  there.take_object(std::vector<HeldValue>{{kProxy, "smtp:b@x"}, {kProxy, "x500:/o=z"}},
                    Then::kSend);
  EXPECT_EQ(there.outcome().verdict, Verdict::kAlready);
}

TEST(Detour, AfterADoubtWhatHoldsIsOurs) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour whole(change);
  whole.doubt();
  EXPECT_TRUE(whole.doubtful());
  whole.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "w"}}, Then::kSend);
  EXPECT_EQ(whole.outcome().verdict, Verdict::kDone);
  EXPECT_TRUE(whole.outcome().acknowledged.empty()) << "the whole change";
  Detour half(change);
  half.doubt();
  half.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "z"}}, Then::kSend);
  EXPECT_EQ(half.outcome().verdict, Verdict::kConflict);
  EXPECT_EQ(acknowledged(change, half.outcome()), Lines{"mail -a@x +b@x"});
}

TEST(Detour, WhatWasThereBeforeTheDoubtIsNotOurs) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "v"}}, Then::kSend);
  detour.doubt();
  detour.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "w"}}, Then::kSend);
  EXPECT_EQ(detour.outcome().verdict, Verdict::kDone);
  EXPECT_EQ(acknowledged(change, detour.outcome()), Lines{"extensionAttribute1 -v +w"});
}

TEST(Detour, ARefusedAttributeIsLeftOutForGood) {
  const Change change = change_of({{kMail, {}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.refuse({kFirst, kCustom}, 17, "no such attribute");
  EXPECT_EQ(listed(detour.rest().edits), Lines{"mail +b@x"});
  detour.take_object(std::vector<HeldValue>{{kFirst, "v"}}, Then::kSend);
  EXPECT_EQ(listed(detour.rest().edits), Lines{"mail +b@x"});
  detour.take_acknowledgement();
  EXPECT_EQ(detour.outcome().verdict, Verdict::kRejected);
  EXPECT_EQ(detour.outcome().result_code, 17);
  EXPECT_EQ(detour.outcome().message, "no such attribute");
  EXPECT_EQ(acknowledged(change, detour.outcome()), Lines{"mail +b@x"});
}

TEST(Detour, AddressesThatAreNotFreeAreLeftOutTogether) {
  const Change change =
      change_of({{kMail, {}, {"b@x"}}, {kProxy, {}, {"SMTP:b@x"}}, {kFirst, {"v"}, {"w"}}});
  for (const Verdict verdict : {Verdict::kAddressTaken, Verdict::kAddressUnknown}) {
    Detour detour(change);
    detour.refuse_addresses(verdict, "smtp:b@x is held by CN=Group");
    EXPECT_EQ(listed(detour.rest().edits), Lines{"extensionAttribute1 -v +w"});
    detour.take_acknowledgement();
    EXPECT_EQ(detour.outcome().verdict, verdict);
    EXPECT_EQ(detour.outcome().message, "smtp:b@x is held by CN=Group");
    EXPECT_EQ(acknowledged(change, detour.outcome()), Lines{"extensionAttribute1 -v +w"});
  }
}

TEST(Detour, LookingKeepsWhatDoesNotShowYet) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.doubt();
  detour.take_object(std::vector<HeldValue>{{kMail, "b@x"}, {kFirst, "z"}}, Then::kLook);
  EXPECT_EQ(listed(detour.rest().edits), Lines{"extensionAttribute1 -v +w"});
  const JournalEntry given_up = detour.outcome(Verdict::kUnknown, 0, "not seen");
  EXPECT_EQ(given_up.verdict, Verdict::kUnknown);
  EXPECT_EQ(acknowledged(change, given_up), Lines{"mail -a@x +b@x"});
  detour.take_object(std::vector<HeldValue>{{kFirst, "w"}}, Then::kLook);
  EXPECT_EQ(detour.outcome().verdict, Verdict::kDone);
  EXPECT_TRUE(detour.outcome().acknowledged.empty());
}

TEST(Detour, LeavingKeepsNothing) {
  const Change change = change_of({{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}});
  Detour detour(change);
  detour.take_object(std::vector<HeldValue>{{kMail, "a@x"}, {kFirst, "w"}}, Then::kLeave);
  ASSERT_TRUE(detour.nothing_left());
  EXPECT_EQ(detour.outcome().verdict, Verdict::kConflict);
  EXPECT_EQ(detour.outcome().held, (std::vector<HeldValue>{{kMail, "a@x"}}));
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

RC_GTEST_PROP(DetourProperties, OnlyThePlansValuesAreLeftAndOnlyWhereItsOldOnesStand, ()) {
  const AnyWorld world = any_world();
  Detour detour(world.change);
  if (*rc::gen::inRange(0, 2) == 0) detour.doubt();
  detour.take_object(world.held, Then::kSend);
  for (const Edit& planned : world.change.edits) {
    const std::set<std::string_view> there = held_of(world, planned.attribute);
    const bool single = !traits(planned.attribute).multi_valued;
    const bool target = holds_all(there, planned.adds) && holds_none(there, planned.deletes) &&
                        (!single || there.size() == planned.adds.size());
    const auto left = std::ranges::find(detour.rest().edits, planned.attribute, &Edit::attribute);
    if (left == detour.rest().edits.end()) {
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
