// SPDX-License-Identifier: Apache-2.0
// Inputs that are whole by their form, and yet not what the tenant has: as many records as a server
// gives by default, properties that were not exported, users that come again with next to nothing.
#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

class CliCutShort : public testing::Test {
 protected:
  void mailboxes(int count, const Json& properties) {
    for (int n = 1; n <= count; ++n) cloud_.put(n, properties);
  }
  std::string ldif(int users) const {
    std::string text = carriers_ldif();
    for (int n = 1; n <= users; ++n) text += user_ldif(n, "");
    return text;
  }
  ProcessResult load(const Arguments& inputs) const {
    return must(Arguments{"load", "--store", folder_ / "store"} + inputs);
  }
  static int entries(const std::string& ldif) {
    int count = 0;
    for (std::size_t at = 0; (at = ldif.find("dn: ", at)) != std::string::npos; at += 4) {
      count += at == 0 || ldif[at - 1] == '\n' ? 1 : 0;
    }
    return count;
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
};

TEST_F(CliCutShort, ExactlyAThousandIsToldOfEachFeed) {
  mailboxes(1000, {{"CustomAttribute1", "x"}});
  const ProcessResult cloud = load(cloud_.inputs());
  EXPECT_NE(cloud.err.find("warning: the Exchange export holds exactly 1,000 mailboxes"),
            std::string::npos)
      << cloud.err;
  EXPECT_NE(cloud.err.find("-ResultSize Unlimited"), std::string::npos);
  EXPECT_NE(cloud.err.find("warning: the Graph dump holds exactly 1,000 users"), std::string::npos);
  const int others = entries(ldif(0));
  const ProcessResult ad = load({"--ad", folder_.write("ad.ldif", ldif(1000 - others))});
  EXPECT_NE(ad.err.find("warning: the AD export holds exactly 1,000 entries"), std::string::npos)
      << ad.err;
}

// Over several files together: it is the server that stops, not the file.
TEST_F(CliCutShort, TheFilesOfAFeedCountTogether) {
  const std::string all = ldif(1000 - entries(ldif(0)));
  const std::size_t half = all.find("\n\n", all.size() / 2) + 2;
  const Arguments two = {"--ad", folder_.write("ad1.ldif", all.substr(0, half)), "--ad",
                         folder_.write("ad2.ldif", all.substr(half))};
  EXPECT_NE(load(two).err.find("exactly 1,000 entries"), std::string::npos);
}

TEST_F(CliCutShort, OneMoreOrLessIsNot) {
  for (const int count : {999, 1001}) {
    mailboxes(count, {{"CustomAttribute1", "x"}});
    const std::string warnings =
        load(cloud_.inputs()).err +
        load({"--ad", folder_.write("ad.ldif", ldif(count - entries(ldif(0))))}).err;
    EXPECT_EQ(warnings.find("exactly"), std::string::npos) << warnings;
  }
}

TEST_F(CliCutShort, WhatTheExportLacksIsNamedAsUnmanaged) {
  mailboxes(3, {{"CustomAttribute1", "x"}, {"EmailAddresses", Json::array({"SMTP:a@b.c"})}});
  const Arguments plan = Arguments{"plan", "--store", folder_ / "store"} + cloud_.inputs() +
                         Arguments{"--ad", folder_.write("ad.ldif", ldif(3))};
  const ProcessResult text = trueup(plan);
  EXPECT_NE(text.out.find("not managed, as the cloud side does not supply them: mail, "
                          "extensionAttribute2 to 15, "),
            std::string::npos)
      << text.out;
  const Json report = last_block(folder_ / "store", 1);
  std::set<std::string> unmanaged;
  for (const Json& name : report.at("unmanaged_attributes")) unmanaged.insert(name);
  EXPECT_EQ(unmanaged.size(), 22U) << "24 but for proxyAddresses and extensionAttribute1";
  EXPECT_TRUE(unmanaged.contains("msExchRecipientTypeDetails"));
  EXPECT_FALSE(unmanaged.contains("proxyAddresses"));
  const Json narrow =
      Json::parse(trueup(plan + Arguments{"--attributes", "extensionAttribute1", "--json"}).out);
  EXPECT_EQ(narrow.at("unmanaged_attributes"), Json::array()) << "only of what is to be managed";
}

class CliGraphRepeats : public testing::Test {
 protected:
  /// A dump of one page; gives the digest of the cloud side.
  std::string digest(const Json& users) {
    const Json page = {{"@odata.context",
                        "https://graph.microsoft.com/v1.0/$metadata#users("
                        "id,userPrincipalName,mail,onPremisesImmutableId)"},
                       {"value", users},
                       {"@odata.deltaLink", "https://graph.microsoft.com/v1.0/users/delta?x"}};
    const std::string number = std::to_string(++loads_);
    return trueup_json({"load", "--store", folder_ / number, "--graph",
                        folder_.write("graph" + number + ".json", page.dump())})
        .at("cloud")
        .at("digest");
  }
  static Json user(int number, const std::string& mail) {
    return {{"id", "00000000-0000-4000-8000-00000000000" + std::to_string(number)},
            {"userPrincipalName", "u" + std::to_string(number) + "@contoso.com"},
            {"mail", mail},
            {"onPremisesImmutableId", to_base64(user_guid(number))}};
  }
  static Json id_of(const Json& user) { return {{"id", user.at("id")}}; }

  TempFolder folder_;
  int loads_ = 0;
};

TEST_F(CliGraphRepeats, OneThatTellsNothingTakesNothingBack) {
  const Json one = user(1, "a@contoso.com"), two = user(2, "b@contoso.com");
  const std::string whole = digest({one, two});
  Json annotated = id_of(one);
  annotated["manager@delta"] = Json::array({{{"id", "x"}, {"@removed", {{"reason", "deleted"}}}}});
  annotated["@odata.type"] = "#microsoft.graph.user";
  annotated["displayName"] = "Somebody";
  EXPECT_EQ(digest({one, two, annotated}), whole);
  EXPECT_EQ(digest({one, two, id_of(one)}), whole);
  EXPECT_EQ(digest({one, id_of(one), two, annotated, id_of(two), id_of(one)}), whole);
  EXPECT_EQ(digest({id_of(one), one, two}), whole);
}

TEST_F(CliGraphRepeats, OneThatTellsSomethingWins) {
  const Json one = user(1, "a@contoso.com"), two = user(2, "b@contoso.com");
  Json cleared = user(1, "");
  cleared["mail"] = nullptr;
  EXPECT_EQ(digest({one, two, cleared, id_of(one)}), digest({cleared, two}));
  Json removed = id_of(one);
  removed["@removed"] = {{"reason", "deleted"}};
  EXPECT_EQ(digest({one, two, removed, id_of(one)}), digest({two, removed}));
  Json left = id_of(one);  // not synced from AD any more
  left["onPremisesImmutableId"] = nullptr;
  EXPECT_NE(digest({one, two, left}), digest({one, two}));
}

}  // namespace
}  // namespace trueup::cli
