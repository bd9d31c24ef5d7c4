// SPDX-License-Identifier: Apache-2.0
// `show` gives the verdict of the newest plan, whatever settings it is called with; where it
// cannot, it says so.
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"
#include "tests/cli/every_verdict.h"

namespace trueup::cli {
namespace {

class CliShowSlapd : public EveryVerdict {
 protected:
  Json show(int n, const Arguments& more = {}) const {
    return trueup_json(Arguments{"show", address(n)} + in_store() + more);
  }
  std::string verdict(int n, const Arguments& more = {}) const {
    return show(n, more).at("verdict").get<std::string>();
  }
  static std::string notes(const Json& shown) {
    std::string all;
    for (const Json& note : shown.at("notes")) all += note.get<std::string>() + "\n";
    return all;
  }
  Arguments config(const std::string& text) const {
    return {"--config", folder_.write("later.toml", text)};
  }
};

TEST_F(CliShowSlapd, ThePlansOptionsDecide) {
  plan(exclude() + Arguments{"--attributes", "proxyAddresses,extensionAttribute2",
                             "--protect-admin-count", "false"});
  const Json shown = show(10);
  EXPECT_NE(shown.at("verdict").get<std::string>().find("in agreement"), std::string::npos)
      << "extensionAttribute1 is not managed: " << shown;
  EXPECT_EQ(shown.at("plan"), 1);
  EXPECT_EQ(notes(shown), "");
  plan(exclude() + Arguments{"--protect-admin-count", "false"});
  EXPECT_NE(verdict(10).find("held: excluded"), std::string::npos) << verdict(10);
  EXPECT_EQ(verdict(11), "to be changed") << "adminCount does not protect by that plan";
  EXPECT_NE(verdict(12).find("refused: on-prem-mailbox"), std::string::npos) << verdict(12);
  EXPECT_NE(verdict(9).find("refused: depends-on"), std::string::npos) << verdict(9);
  const std::string text = must(Arguments{"show", address(10)} + in_store()).out;
  EXPECT_NE(text.find("verdict: held: excluded"), std::string::npos) << text;
  EXPECT_NE(text.find("plan: run 2\n"), std::string::npos) << text;
}

TEST_F(CliShowSlapd, AFlagThatSaysOtherwiseIsTold) {
  plan(exclude());
  const Json shown = show(11, {"--protect-admin-count", "false"});
  EXPECT_EQ(shown.at("verdict"), "to be changed");
  EXPECT_TRUE(shown.at("plan").is_null());
  for (const char* part : {"plan of run 1", "protect_admin_count"}) {
    EXPECT_NE(notes(shown).find(part), std::string::npos) << notes(shown);
  }
  const std::string text =
      must(Arguments{"show", address(11), "--protect-admin-count", "false"} + in_store()).out;
  EXPECT_NE(text.find("note: by the options of the plan of run 1 but for protect_admin_count"),
            std::string::npos)
      << text;
  // One that says the same is none.
  EXPECT_EQ(notes(show(10, exclude())), "");
}

TEST_F(CliShowSlapd, AConfigurationThatWasChangedIsTold) {
  plan(config("exclude = [\"" + board_ + "\"]\n"));
  const Json shown = show(10, config("protect_admin_count = false\n"));
  EXPECT_NE(shown.at("verdict").get<std::string>().find("held: excluded"), std::string::npos);
  EXPECT_EQ(shown.at("plan"), 1);
  EXPECT_NE(notes(shown).find("protect_admin_count"), std::string::npos) << notes(shown);
  EXPECT_NE(notes(shown).find("the next plan may say otherwise"), std::string::npos);
  EXPECT_NE(verdict(11, config("protect_admin_count = false\n")).find("held: admin-count"),
            std::string::npos);
}

TEST_F(CliShowSlapd, WithoutAPlanOfTheNewestSnapshotsItSaysSo) {
  must(Arguments{"load"} + from_export() + in_store());
  EXPECT_NE(notes(show(1)).find("no plan"), std::string::npos) << notes(show(1));
  plan();
  EXPECT_EQ(notes(show(1)), "");
  must(Arguments{"load"} + from_export() + in_store());
  EXPECT_EQ(show(1).at("plan"), 1) << "the same content, read again";
  mailbox(14, {primary(14)}, {primary(14)});
  must(Arguments{"load"} + from_export() + in_store());
  EXPECT_TRUE(show(1).at("plan").is_null());
  EXPECT_NE(notes(show(1)).find("no plan"), std::string::npos) << notes(show(1));
}

TEST_F(CliShowSlapd, AScopeListIsThatOfThePlan) {
  const std::string list = folder_.write("ring1.txt", address(1) + "\n");
  plan({"--scope", "list:" + list});
  EXPECT_EQ(verdict(1), "to be changed");
  EXPECT_NE(verdict(2).find("not in scope"), std::string::npos) << verdict(2);
  EXPECT_EQ(notes(show(2)), "");
  folder_.write("ring1.txt", address(1) + "\n" + address(2) + "\n");
  const Json changed = show(2);
  EXPECT_NE(notes(changed).find("ring1.txt is no longer what the plan of run 1"), std::string::npos)
      << notes(changed);
  EXPECT_NE(notes(changed).find("is not the plan of run 1"), std::string::npos) << notes(changed);
}

// As it is without the record of its options.
TEST_F(CliShowSlapd, APlanOfAnEarlierTrueupIsTold) {
  plan(exclude());
  {
    const auto store = Store::open(folder_ / store_, Store::Mode::kReadWrite);
    RunDescription run = run_description(*store, 1).value();
    run.options.clear();
    put(*store, run);
    store->sync();
  }
  EXPECT_NE(notes(show(10)).find("did not record its options"), std::string::npos);
  EXPECT_TRUE(show(10).at("plan").is_null());
}

}  // namespace
}  // namespace trueup::cli
