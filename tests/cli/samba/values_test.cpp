// SPDX-License-Identifier: Apache-2.0
// Changes that a domain controller's way of comparing values makes hard (without case, width and
// accents), or their number does: written to a Samba AD byte for byte, and taken back the same way.
#include <memory>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

using Values = std::set<std::string>;

constexpr int kDone = 0;
constexpr int kSomeRejected = 4;

std::string lines(const std::string& attribute, const Values& values) {
  std::string ldif;
  for (const std::string& value : values) ldif += attribute + ": " + value + "\n";
  return ldif;
}

class CliValuesSamba : public testing::Test {
 protected:
  Arguments in_store() const { return {"--store", folder_ / "store"}; }

  void addresses(int user, const Values& in_ad, const Values& in_cloud) {
    ldif_[user] += lines("proxyAddresses", in_ad) + lines("mail", {primary(in_ad)});
    cloud_of_[user]["EmailAddresses"] = in_cloud;
    cloud_of_[user]["WindowsEmailAddress"] = primary(in_cloud);
    wanted_[user]["proxyAddresses"] = in_cloud;
    wanted_[user]["mail"] = {primary(in_cloud)};
  }
  void first(int user, const std::string& in_ad, const std::string& in_cloud) {
    ldif_[user] += lines("extensionAttribute1", {in_ad});
    cloud_of_[user]["CustomAttribute1"] = in_cloud;
    wanted_[user]["extensionAttribute1"] = {in_cloud};
  }
  void many(int user, const Values& in_ad, const Values& in_cloud) {
    ldif_[user] += lines("msExchExtensionCustomAttribute1", in_ad);
    cloud_of_[user]["ExtensionCustomAttribute1"] = in_cloud;
    wanted_[user]["msExchExtensionCustomAttribute1"] = in_cloud;
  }
  void start() {
    std::string ldif;
    for (const auto& [user, attributes] : ldif_) ldif += user_ldif(user, attributes);
    dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = ldif + carriers_ldif()});
    for (const auto& [user, properties] : cloud_of_) cloud_.put(user, properties);
    before_ = managed_content(dc_->admin());
  }
  Content wanted() const {
    Content content;
    for (const auto& [user, attributes] : wanted_) {
      content[folded_dn(samba_user_dn(user))] = attributes;
    }
    return content;
  }

  /// Runs, compares, undoes, compares.
  void there_and_back(const Arguments& options = {}, int exit_code = kDone) {
    const Versions versions_before = versions(dc_->admin());
    const ProcessResult done =
        nightly_run(folder_, cloud_.inputs() + reach(dc_->delegated()) + in_store() + options);
    ASSERT_EQ(done.exit_code, exit_code) << done.err << done.out;
    EXPECT_EQ(managed_content(dc_->admin()), wanted());
    EXPECT_EQ(writes_between(versions_before, versions(dc_->admin())),
              writes_of(read_file(folder_ / "store/runs/2/plan.ldif")));
    const ProcessResult undone = trueup(Arguments{"undo", "2"} + reach(dc_->delegated()) +
                                        in_store() + open_guards_of_undo());
    ASSERT_EQ(undone.exit_code, kDone) << undone.err << undone.out;
    EXPECT_EQ(managed_content(dc_->admin()), before_);
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
  Content before_;
  std::map<int, Content::mapped_type> wanted_;

 private:
  static std::string primary(const Values& addresses) {
    for (const std::string& address : addresses) {
      if (address.starts_with("SMTP:")) return address.substr(5);
    }
    throw std::runtime_error("no primary");
  }

  std::map<int, std::string> ldif_;
  std::map<int, Json> cloud_of_;
};

TEST_F(CliValuesSamba, ThePrimaryIsSwapped) {
  addresses(1, {"SMTP:old@contoso.com", "smtp:new@contoso.com"},
            {"SMTP:new@contoso.com", "smtp:old@contoso.com"});
  start();
  there_and_back();
}

TEST_F(CliValuesSamba, OnlyCaseDiffers) {
  addresses(1, {"SMTP:John.Doe@Contoso.com", "smtp:JD@contoso.com"},
            {"SMTP:john.doe@contoso.com", "smtp:jd@Contoso.com"});
  first(2, "VIP", "vip");
  many(3, {"One", "two", "THREE"}, {"one", "two", "Three"});
  start();
  there_and_back({"--address-case", "exact"});
}

// By default the addresses stay as they are, and what is compared exactly is written.
TEST_F(CliValuesSamba, TheCaseOfAddressesIsLeftAlone) {
  addresses(1, {"SMTP:John.Doe@Contoso.com", "smtp:gone@contoso.com"},
            {"SMTP:john.doe@contoso.com", "smtp:come@contoso.com"});
  first(2, "VIP", "vip");
  start();
  wanted_[1]["mail"] = {"John.Doe@Contoso.com"};
  wanted_[1]["proxyAddresses"] = {"SMTP:John.Doe@Contoso.com", "smtp:come@contoso.com"};
  there_and_back();
}

TEST_F(CliValuesSamba, OnlyAccentsOrWidthDiffer) {
  first(1, "rene", "rené");
  first(2, "Ａｂｃ", "Abc");
  first(3, "cafe\u0301", "café");
  many(4, {"rene", "x"}, {"rené", "x"});
  addresses(5, {"SMTP:a@contoso.com", "smtp:rene@contoso.com"},
            {"SMTP:a@contoso.com", "smtp:rené@contoso.com"});
  start();
  there_and_back();
}

// Between plan and apply somebody replaces a value that is to be cleared: it is not "already" so.
TEST_F(CliValuesSamba, AClearOfAValueThatWasReplacedIsAConflict) {
  first(1, "old", "new");
  first(2, "old", "");
  first(3, "old", "");
  first(4, "as it is", "as it is");
  start();
  const Arguments at_dc = reach(dc_->delegated()) + in_store();
  must(Arguments{"plan"} + cloud_.inputs() + at_dc + open_guards());
  const auto replace = [&](int user, const std::string& value) {
    modify_by_hand(dc_->admin(), "dn: " + samba_user_dn(user) +
                                     "\nchangetype: modify\nreplace: extensionAttribute1\n"
                                     "extensionAttribute1: " +
                                     value + "\n-\n\n");
  };
  replace(2, "theirs");
  const Json applied = trueup_json(Arguments{"apply"} + at_dc, kSomeRejected).at("applied");
  EXPECT_EQ(applied.at("conflict"), 1);
  EXPECT_EQ(applied.at("already"), 0);
  EXPECT_EQ(applied.at("done"), 2);
  wanted_[2]["extensionAttribute1"] = {"theirs"};
  wanted_.erase(3);
  Content now = managed_content(dc_->admin());
  now.erase(folded_dn(samba_user_dn(3)));
  EXPECT_EQ(now, wanted());
  trueup_json(Arguments{"verify"} + at_dc);
  // And afterwards verify sees it too.
  replace(3, "theirs");
  const Json found = trueup_json(Arguments{"verify"} + at_dc, kSomeRejected).at("verified");
  EXPECT_EQ(found.at("differing"), 1);
  EXPECT_EQ(found.at("findings").at(0).at("finding"), "other-value");
  EXPECT_EQ(found.at("findings").at(0).at("message"), "theirs");
}

// A DC compares without case: the delete of the old primary goes through where that was made a
// secondary one by hand, and so does the add beside the new primary of theirs.
TEST_F(CliValuesSamba, APrimaryThatWasGivenByHandIsNotDoubled) {
  addresses(1, {"SMTP:old@contoso.com"}, {"SMTP:new@contoso.com"});
  addresses(2, {"SMTP:two@contoso.com"}, {"SMTP:second@contoso.com"});
  start();
  const Arguments at_dc = reach(dc_->delegated()) + in_store();
  must(Arguments{"plan"} + cloud_.inputs() + at_dc + open_guards());
  modify_by_hand(dc_->admin(),
                 "dn: " + samba_user_dn(1) + "\nchangetype: modify\nreplace: proxyAddresses\n" +
                     lines("proxyAddresses", {"SMTP:theirs@contoso.com", "smtp:old@contoso.com"}) +
                     "-\n\n");
  const Json applied = trueup_json(Arguments{"apply"} + at_dc, kSomeRejected).at("applied");
  EXPECT_EQ(applied.at("conflict"), 1);
  EXPECT_EQ(applied.at("done"), 1);
  const Content now = managed_content(dc_->admin());
  EXPECT_EQ(now.at(folded_dn(samba_user_dn(1))).at("proxyAddresses"),
            (Values{"SMTP:theirs@contoso.com", "smtp:old@contoso.com"}));
  EXPECT_EQ(now.at(folded_dn(samba_user_dn(2))).at("proxyAddresses"),
            Values{"SMTP:second@contoso.com"});
}

// Two values that a domain controller takes as one: refused when planning, the rest goes through.
TEST_F(CliValuesSamba, ValuesThatAreOneToADcAreRefused) {
  many(1, {"x"}, {"rene", "rené"});
  first(1, "old", "new");
  first(2, "old", "new");
  start();
  wanted_[1]["msExchExtensionCustomAttribute1"] = {"x"};
  there_and_back({}, kSomeRejected);
}

TEST_F(CliValuesSamba, SixteenHundredValues) {
  constexpr int kValues = 1600;
  const auto numbered = [](int from, int to, const std::string& suffix = "") {
    Values values;
    for (int i = from; i < to; ++i) values.insert("value " + std::to_string(i) + suffix);
    return values;
  };
  const auto both = [](Values left, const Values& right) {
    left.insert(right.begin(), right.end());
    return left;
  };
  many(1, numbered(0, 2), numbered(0, kValues));  // added
  many(2, numbered(0, kValues), numbered(0, 2));  // removed
  many(3, numbered(0, kValues),                   // some of each
       both(numbered(200, kValues), numbered(0, 150, " changed")));
  many(4, numbered(0, kValues), numbered(0, kValues, "!"));  // all
  Values in_ad = {"SMTP:a@contoso.com"}, in_cloud = in_ad;
  for (int i = 0; i < kValues; ++i) {
    in_ad.insert("smtp:a" + std::to_string(i) + "@contoso.com");
    in_cloud.insert("smtp:a" + std::to_string(i + 300) + "@contoso.com");
  }
  addresses(5, in_ad, in_cloud);
  start();
  there_and_back();
}

TEST_F(CliValuesSamba, AddressesMoveBetweenMailboxes) {
  const auto at = [](int user) { return "SMTP:user" + std::to_string(user) + "@contoso.com"; };
  const std::string a = "smtp:a@contoso.com", b = "smtp:b@contoso.com", c = "smtp:c@contoso.com";
  const std::string d = "smtp:d@contoso.com", e = "smtp:e@contoso.com", f = "smtp:f@contoso.com";
  addresses(1, {at(1), a}, {at(1)});  // handed over
  addresses(2, {at(2)}, {at(2), a});
  addresses(3, {at(3), b}, {at(3), c});  // swapped
  addresses(4, {at(4), c}, {at(4), b});
  addresses(5, {at(5), d}, {at(5), e});  // round three
  addresses(6, {at(6), e}, {at(6), f});
  addresses(7, {at(7), f}, {at(7), d});
  const std::string g = "smtp:g@contoso.com", h = "smtp:h@contoso.com";
  addresses(8, {at(8), g}, {at(8), h});  // a primary becomes another's secondary
  addresses(9, {"SMTP:h@contoso.com", "smtp:user9@contoso.com"}, {at(9), g});
  start();
  there_and_back();
}

// There is no order in which neither is without its primary for a while.
TEST_F(CliValuesSamba, PrimariesAreNotSwapped) {
  addresses(1, {"SMTP:a@contoso.com"}, {"SMTP:b@contoso.com"});
  addresses(2, {"SMTP:b@contoso.com"}, {"SMTP:a@contoso.com"});
  first(3, "old", "new");
  start();
  std::swap(wanted_[1], wanted_[2]);
  there_and_back({}, kSomeRejected);
}

}  // namespace
}  // namespace trueup::cli
