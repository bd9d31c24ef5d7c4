// SPDX-License-Identifier: Apache-2.0
// An Exchange Online export that is cut or flattened is an input error; one without the flag cannot
// establish the default scope; a mailbox that is missing from it is not managed.
#include "tests/cli/input_fixture.h"
#include "tests/cli/ldif_text.h"

namespace trueup::cli {
namespace {

class CliSpoiledExo : public SpoiledInput {
 protected:
  const std::string& exo() const { return tenant_.exo.front(); }
  Json mailboxes() const { return Json::parse(read_file(exo())); }
};

TEST_F(CliSpoiledExo, CutExport) {
  const std::string text = read_file(exo());
  write_text(exo(), text.substr(0, text.size() / 2));
  EXPECT_TRUE(
      fails(plan(), 1, {"exo\\.json", "cut|incomplete|ends|end of|not JSON", "again|export"}));
}

TEST_F(CliSpoiledExo, EmptyExport) {
  write_text(exo(), "");
  EXPECT_TRUE(fails(plan(), 1, {"exo\\.json", "empty|ends", "again|export"}));
}

TEST_F(CliSpoiledExo, FlattenedMultiValues) {
  const Json good = mailboxes();
  for (const char* flat : {"System.Collections.ArrayList", "SMTP:a@contoso.com smtp:b@contoso.com",
                           "SMTP:a@contoso.com,smtp:b@contoso.com"}) {
    SCOPED_TRACE(flat);
    Json body = good;
    for (Json& mailbox : body) mailbox["EmailAddresses"] = flat;
    write_text(exo(), body.dump());
    EXPECT_TRUE(
        fails(plan(), 1, {"exo\\.json", "EmailAddresses", "flatten", "ConvertTo-Json|JSON"}));
  }
}

TEST_F(CliSpoiledExo, OneFlattenedMailboxIsAnInputErrorToo) {
  Json body = mailboxes();
  body.back()["EmailAddresses"] = "System.Collections.ArrayList";
  write_text(exo(), body.dump());
  EXPECT_TRUE(fails(plan(), 1, {"exo\\.json", "EmailAddresses", "flatten"}));
}

TEST_F(CliSpoiledExo, WithoutTheFlagTheScopeCannotBeEstablished) {
  Json body = mailboxes();
  for (Json& mailbox : body) mailbox.erase("IsExchangeCloudManaged");
  write_text(exo(), body.dump());
  EXPECT_TRUE(fails(plan({"--store", folder_ / "two"}), 2, {"IsExchangeCloudManaged", "--scope"}));
}

TEST_F(CliSpoiledExo, WithoutAnExportTheScopeCannotBeEstablished) {
  EXPECT_TRUE(fails(plan_of(tenant_.graph_and_ad(), {"--store", folder_ / "two"}), 2,
                    {"IsExchangeCloudManaged", "--exo", "--scope"}));
}

// What is missing is not empty: no edit for an attribute that only this feed supplies, and none
// that clears anything.
TEST_F(CliSpoiledExo, AMailboxMissingFromTheExportIsNotManaged) {
  const Edits before = edits_of(parse_ldif(plan_text_));
  ASSERT_FALSE(before.empty());
  std::map<std::string, std::string> anchor_of;
  for (const std::string& file : tenant_.pages()) {
    const Json body = Json::parse(read_file(file));
    for (const Json& user : body.at("value")) {
      if (user.contains("onPremisesImmutableId") && user.at("onPremisesImmutableId").is_string()) {
        anchor_of[user.at("id")] = user.at("onPremisesImmutableId");
      }
    }
  }
  // Half of the mailboxes that the plan changes, and half of the others.
  Json left = Json::array();
  std::set<std::string> missing;
  for (const Json& mailbox : mailboxes()) {
    if (left.size() <= missing.size()) {
      left.push_back(mailbox);
    } else {
      missing.insert(anchor_of[mailbox.at("ExternalDirectoryObjectId")]);
    }
  }
  write_text(exo(), left.dump());
  for (const char* scope : {"exchange-cloud-managed", "synced"}) {
    SCOPED_TRACE(scope);
    const std::string out = folder_ / "half.ldif";
    must(Arguments{"plan"} + tenant_.inputs() +
         Arguments{"--store", folder_ / scope, "--scope", scope, "--out", out});
    for (const auto& [key, edit] : edits_of(parse_ldif(read_file(out)))) {
      if (!missing.contains(key.first)) continue;
      EXPECT_STREQ(scope, "synced") << "not in scope: nobody says that it is cloud-managed";
      EXPECT_FALSE(key.second.starts_with("msExch")) << key.second << " is not supplied";
      EXPECT_TRUE(before.contains(key) || key.second.starts_with("extension") ||
                  key.second == "mail" || key.second == "proxyAddresses");
    }
  }
}

// A property that the export lacks in one record is not supplied for that mailbox.
TEST_F(CliSpoiledExo, AnAbsentPropertyClearsNothing) {
  Json body = mailboxes();
  for (Json& mailbox : body) {
    for (int i = 1; i <= 5; ++i) mailbox.erase("ExtensionCustomAttribute" + std::to_string(i));
    mailbox.erase("RecipientTypeDetails");
    mailbox.erase("EmailAddresses");
  }
  write_text(exo(), body.dump());
  const std::string out = folder_ / "some.ldif";
  must(Arguments{"plan"} + tenant_.inputs() + Arguments{"--store", folder_ / "two", "--out", out});
  for (const auto& [key, edit] : edits_of(parse_ldif(read_file(out)))) {
    EXPECT_FALSE(key.second.starts_with("msExch")) << key.second;
  }
}

TEST_F(CliSpoiledExo, GraphPagesGivenAsTheExport) {
  EXPECT_TRUE(fails(plan_of({"--graph", tenant_.graph, "--exo", page(1), "--ad", tenant_.ad}), 1,
                    {"page-0*1\\.json", "ExternalDirectoryObjectId", "export"}));
}

}  // namespace
}  // namespace trueup::cli
