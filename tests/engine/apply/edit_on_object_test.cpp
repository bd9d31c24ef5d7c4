// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/edit_on_object.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace trueup {
namespace {

using Views = std::vector<std::string_view>;

constexpr Attribute kSingle = extension_attribute(1);
constexpr Attribute kSet = Attribute::kProxyAddresses;

/// What the object of one edit holds.
class Holding {
 public:
  Holding(Edit edit, std::initializer_list<const char*> there) : edit_(std::move(edit)) {
    for (const char* value : there) values_.push_back({edit_.attribute, value});
    values_.push_back({Attribute::kMail, "of another attribute"});
  }
  EditOnObject on_object() const { return {edit_, std::span<const HeldValue>(values_)}; }
  bool target_holds() const { return on_object().target_holds(); }

 private:
  Edit edit_;
  std::vector<HeldValue> values_;
};

TEST(EditOnObject, AClearHoldsOnlyOfNothing) {
  const Edit clear{kSingle, {"old"}, {}};
  EXPECT_TRUE(Holding(clear, {}).target_holds());
  EXPECT_FALSE(Holding(clear, {"old"}).target_holds());
  EXPECT_FALSE(Holding(clear, {"theirs"}).target_holds()) << "replaced, and not by nothing";
  EXPECT_EQ(Holding(clear, {"theirs"}).on_object().strangers(), Views{"theirs"});
  EXPECT_FALSE(Holding(clear, {"theirs"}).on_object().old_values_stand());
}

TEST(EditOnObject, ASingleValueHoldsOnlyAsItWasShown) {
  const Edit set{kSingle, {"old"}, {"new"}};
  EXPECT_TRUE(Holding(set, {"new"}).target_holds());
  for (const char* other : {"old", "NEW", "theirs"}) {
    EXPECT_FALSE(Holding(set, {other}).target_holds()) << other;
  }
  EXPECT_FALSE(Holding(set, {}).target_holds());
}

// As a server has it whose schema takes several values of what has one in an AD.
TEST(EditOnObject, ASecondValueBesideTheShownOneIsNotExactlyThat) {
  const Holding both({kSingle, {"old"}, {"new"}}, {"new", "theirs"});
  EXPECT_FALSE(both.target_holds());
  EXPECT_TRUE(both.on_object().as_written());
  EXPECT_EQ(both.on_object().strangers(), Views{"theirs"});
  EXPECT_FALSE(Holding({kSingle, {"old"}, {}}, {"theirs", "more"}).target_holds());
}

TEST(EditOnObject, OtherValuesOfASetDoNotMatter) {
  const Edit edit{kSet, {"smtp:a@x"}, {"smtp:b@x"}};
  EXPECT_TRUE(Holding(edit, {"smtp:b@x", "smtp:theirs@x"}).target_holds());
  EXPECT_TRUE(Holding({kSet, {"smtp:a@x"}, {}}, {"smtp:theirs@x"}).target_holds());
  EXPECT_FALSE(Holding(edit, {"smtp:b@x", "smtp:a@x"}).target_holds());
  EXPECT_FALSE(Holding(edit, {"SMTP:b@x"}).target_holds());
  EXPECT_TRUE(Holding(edit, {"smtp:theirs@x"}).on_object().strangers().empty());
}

// What another value is to a single-valued attribute, another primary is to the one that is added.
TEST(EditOnObject, AnObjectHasOnePrimaryOfAType) {
  const Edit edit{kSet, {"SMTP:a@x"}, {"SMTP:b@x", "smtp:a@x"}};
  const Holding two(edit, {"SMTP:b@x", "smtp:a@x", "SMTP:theirs@x"});
  EXPECT_FALSE(two.target_holds());
  EXPECT_TRUE(two.on_object().as_written());
  EXPECT_EQ(two.on_object().strangers(), Views{"SMTP:theirs@x"});
  EXPECT_EQ(two.on_object().displaced_by("SMTP:theirs@x"), "SMTP:b@x");
  EXPECT_FALSE(Holding(edit, {"SMTP:a@x", "SMTP:theirs@x"}).on_object().old_values_stand());
  EXPECT_TRUE(Holding(edit, {"SMTP:a@x", "smtp:theirs@x"}).on_object().old_values_stand());
  EXPECT_TRUE(Holding(edit, {"SMTP:a@x", "SIP:theirs@x"}).on_object().old_values_stand());
  // The old one made a secondary one by hand, and a new one.
  EXPECT_FALSE(Holding(edit, {"smtp:a@x", "SMTP:theirs@x"}).on_object().old_values_stand());
  // Where none is added, those that are there are no business of the edit's.
  EXPECT_TRUE(
      Holding({kSet, {}, {"smtp:b@x"}}, {"smtp:b@x", "SMTP:c@x", "SMTP:d@x"}).target_holds());
  EXPECT_TRUE(Holding({kSet, {}, {"SIP:b@x"}}, {"SIP:b@x", "SMTP:c@x"}).target_holds());
  EXPECT_FALSE(Holding({kSet, {}, {"SIP:b@x"}}, {"SIP:b@x", "SIP:c@x"}).target_holds());
}

TEST(EditOnObject, OtherValuesOfAnotherSetDoNotMatterEither) {
  const Edit edit{extension_custom_attribute(1), {"a"}, {"SMTP:b@x"}};
  EXPECT_TRUE(Holding(edit, {"SMTP:b@x", "SMTP:theirs@x"}).target_holds());
  EXPECT_TRUE(Holding(edit, {"a", "SMTP:theirs@x"}).on_object().old_values_stand());
}

TEST(EditOnObject, AValueDeletedAndAddedAgainIsToBeThere) {
  EXPECT_TRUE(Holding({kSingle, {"v"}, {"v"}}, {"v"}).target_holds());
  EXPECT_FALSE(Holding({kSingle, {"v"}, {"v"}}, {}).target_holds());
}

}  // namespace
}  // namespace trueup
