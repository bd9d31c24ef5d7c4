// SPDX-License-Identifier: Apache-2.0
// What must not be off without a word, as an operator meets it: a nightly job in the wrong folder,
// an export without its protections, settings that are lost, a base that is left.
#include <algorithm>
#include <filesystem>

#include "tests/cli/slapd_tenant.h"

namespace trueup::cli {
namespace {

constexpr int kUsage = 2;
constexpr int kGuard = 3;

class CliProtections : public testing::Test {
 protected:
  void SetUp() override { tenant_ = make_tenant(folder_, "t", 300, {"--drift", "0"}); }
  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  Json plan(const Arguments& more = {}, int exit_code = 0) const {
    return trueup_json(Arguments{"plan"} + tenant_.inputs() + in_store() + more, exit_code);
  }
  std::vector<std::string> fired(const Json& report) const {
    std::vector<std::string> names;
    for (const Json& guard : report.at("guards")) {
      if (guard.at("fired")) names.push_back(guard.at("guard"));
    }
    return names;
  }
  /// The export as another tool would have made it.
  void without(const std::string& attribute) const {
    std::string out;
    bool dropped = false;
    const std::string text = read_file(tenant_.ad);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
      const std::string line = text.substr(at, end - at);
      dropped = line.starts_with(attribute + ":") || (dropped && line.starts_with(' '));
      if (!dropped) out += line;
      at = end;
    }
    folder_.write("t/ad.ldif", out);
  }

  TempFolder folder_;
  Tenant tenant_;
};

using Names = std::vector<std::string>;

TEST_F(CliProtections, ARunWithoutAConfigurationIsRefused) {
  EXPECT_TRUE(
      fails(trueup(Arguments{"run"} + tenant_.inputs() + in_store(), {.folder = folder_.path()}),
            kUsage, {"--config", "trueup.toml"}));
}

TEST_F(CliProtections, ARunSaysWhichStoreAndConfigItHas) {
  const ProcessResult result =
      trueup(nightly(folder_) + tenant_.inputs() + Arguments{"--store", "store", "--dry-run"},
             {.folder = folder_.path()});
  EXPECT_EQ(result.out.rfind(
                "store:  " + folder_ / "store" + "\nconfig: " + folder_ / "nightly.toml" + "\n", 0),
            0U)
      << result.out;
}

TEST_F(CliProtections, ARunWithoutHistoryStopsAndAPlanMakesIt) {
  const Arguments run =
      nightly(folder_) + tenant_.inputs() + in_store() + Arguments{"--dry-run", "--json"};
  const Json first = Json::parse(trueup(run).out);
  EXPECT_EQ(first.at("exit_code"), kGuard);
  EXPECT_EQ(fired(first), Names{"no-history"});
  EXPECT_EQ(first.at("store"), folder_ / "store");
  EXPECT_EQ(first.at("config"), folder_ / "nightly.toml");
  plan();
  // Past its guards it misses what it would write to.
  const ProcessResult second = trueup(run);
  EXPECT_EQ(second.exit_code, kUsage);
  EXPECT_NE(second.err.find("no directory"), std::string::npos) << second.err;
}

TEST_F(CliProtections, NumbersThatAreNoneAreRefused) {
  for (const char* value : {"nan", "inf", "-inf", "1e999", "10, nan", "10, inf", "nan, 5%",
                            "10, -1", "-1, 5%", "10, 200%"}) {
    EXPECT_EQ(trueup(Arguments{"plan"} + tenant_.inputs() + in_store() +
                     Arguments{"--guards-changed=" + std::string(value)})
                  .exit_code,
              kUsage)
        << value;
  }
  for (const char* setting : {"--guards-time-apart", "--guards-max-input-age",
                              "--guards-older-than-last", "--guards-creep-days", "--max-defects"}) {
    for (const char* value : {"nan", "inf", "0x10", "", "-5"}) {
      EXPECT_EQ(trueup(Arguments{"plan"} + tenant_.inputs() + in_store() +
                       Arguments{std::string(setting) + "=" + value})
                    .exit_code,
                kUsage)
          << setting << "=" << value;
    }
  }
}

TEST_F(CliProtections, AnExportWithoutItsProtectionIsAcceptedByNameOnly) {
  without("adminCount");
  const Json stopped = plan({}, kGuard);
  EXPECT_EQ(fired(stopped), Names{"unseen-protection adminCount"});
  const std::string digest = stopped.at("plan").at("digest");
  const Arguments apply = Arguments{"apply", "--dry-run", "--accept", digest} + in_store();
  EXPECT_TRUE(fails(trueup(apply), kGuard, {"adminCount", "--accept-unprotected adminCount"}));
  EXPECT_TRUE(fails(trueup(apply + Arguments{"--accept-unprotected", "homeMDB"}), kUsage,
                    {"homeMDB", "does not lack"}));
  EXPECT_TRUE(fails(trueup(apply + Arguments{"--accept-unprotected", "adminCount"}), kUsage,
                    {"no directory", "--ad"}));
}

TEST_F(CliProtections, WithAnExcludeThatHoldsNothingNothingIsPlanned) {
  EXPECT_TRUE(fails(
      trueup(Arguments{"plan"} + tenant_.inputs() + in_store() +
             Arguments{"--exclude", "OU=Grops, DC=contoso,DC=lab", "--out", folder_ / "plan.ldif"}),
      kUsage, {"OU=Grops, DC=contoso,DC=lab", "OU=Groups,DC=contoso,DC=lab"}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plan.ldif"));
  EXPECT_TRUE(fails(trueup(Arguments{"apply", "--dry-run"} + in_store()), kUsage, {"no plan"}));
}

TEST_F(CliProtections, AFlagTakesNoExcludeOfTheFileBack) {
  plan({"--config", folder_.write("c.toml", "exclude = [\"OU=Groups,DC=contoso,DC=lab\"]\n"),
        "--exclude", "contoso.lab/Staff"});
  const std::string text = read_file(folder_ / "store/runs/1/plan.ldif");
  EXPECT_NE(text.find("# exclude: OU=Groups,DC=contoso,DC=lab\n"), std::string::npos) << text;
  EXPECT_NE(text.find("# exclude: contoso.lab/Staff\n"), std::string::npos);
}

TEST_F(CliProtections, AnEmptyNameIsNotLeftOutInSilence) {
  for (const Arguments& empty :
       {Arguments{"--exclude", ""}, {"--exclude="}, {"--base", ""}, {"--exclude", "  "}}) {
    EXPECT_EQ(trueup(Arguments{"plan"} + tenant_.inputs() + in_store() + empty).exit_code, kUsage)
        << empty[0];
  }
  for (const char* line : {"exclude = \"\"", "exclude = [\"\"]", "base = \"\"",
                           "exclude = [\"OU=Groups,DC=contoso,DC=lab\", \"\"]"}) {
    EXPECT_EQ(trueup(Arguments{"plan"} + tenant_.inputs() + in_store() +
                     Arguments{"--config", folder_.write("c.toml", std::string(line) + "\n")})
                  .exit_code,
              kUsage)
        << line;
  }
  EXPECT_EQ(trueup(Arguments{"plan"} + tenant_.inputs() + in_store() +
                   Arguments{"--config", folder_.write("c.toml", "exclude = []\n")})
                .exit_code,
            0)
      << "an empty list says so in so many words";
}

class CliProtectionsSlapd : public CliProtections {
 protected:
  void SetUp() override {
    CliProtections::SetUp();
    slapd_ = std::make_unique<Slapd>(with_ad_of(tenant_));
  }
  ProcessResult apply(const Arguments& more) const {
    return trueup(Arguments{"apply"} + server(*slapd_) + in_store() + more);
  }
  std::unique_ptr<Slapd> slapd_;
};

TEST_F(CliProtectionsSlapd, WhatIsAcceptedUnprotectedIsSaidUntilItIsThereAgain) {
  const std::string whole = read_file(tenant_.ad);
  without("adminCount");
  const std::string digest = plan({}, kGuard).at("plan").at("digest");
  const ProcessResult accepted = apply({"--accept", digest, "--accept-unprotected", "adminCount"});
  ASSERT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_NE(accepted.out.find("NOT PROTECTED: adminCount"), std::string::npos) << accepted.out;
  EXPECT_NE(read_file(folder_ / "store/runs/1/run.json").find("NOT PROTECTED: adminCount"),
            std::string::npos);

  const Json next = plan();
  EXPECT_EQ(fired(next), Names{});
  ASSERT_EQ(next.at("unprotected").size(), 1U);
  const std::string line = next.at("unprotected")[0];
  EXPECT_EQ(line.rfind("NOT PROTECTED: adminCount, accepted 20", 0), 0U) << line;
  EXPECT_NE(read_file(folder_ / "store/runs/2/plan.ldif").find("# " + line), std::string::npos);
  EXPECT_NE(must(Arguments{"plan"} + tenant_.inputs() + in_store()).out.find(line),
            std::string::npos);

  folder_.write("t/ad.ldif", whole);
  EXPECT_FALSE(plan().contains("unprotected")) << "it is protected again";
  without("adminCount");
  EXPECT_EQ(fired(plan({}, kGuard)),
            (Names{"protection-count adminCount", "unseen-protection adminCount"}))
      << "and is to be accepted anew";
}

TEST_F(CliProtectionsSlapd, ALiveReadFindsWhatProtectsElsewhere) {
  const Json report =
      trueup_json(Arguments{"plan", "--graph", tenant_.graph, "--exo", tenant_.exo.front()} +
                  server(*slapd_) + in_store());
  EXPECT_EQ(fired(report), Names{}) << "the service account has no address, and is not read";
}

TEST_F(CliProtectionsSlapd, WithTheExcludesTheNightStops) {
  const Arguments exclude = {"--exclude", "OU=Groups,DC=contoso,DC=lab"};
  plan(exclude);
  const Json stopped = plan({}, kGuard);
  EXPECT_EQ(fired(stopped), Names{"settings-loosened"});
  EXPECT_NE(stopped.dump().find("OU=Groups,DC=contoso,DC=lab is no longer excluded"),
            std::string::npos);
}

TEST_F(CliProtectionsSlapd, ApplyAndUndoKeepToTheBase) {
  tenant_ = make_tenant(folder_, "drifted", 300, {"--drift", "0.2"});
  slapd_ = std::make_unique<Slapd>(with_ad_of(tenant_));
  const Json whole = plan(open_guards());
  ASSERT_GT(whole.at("plan").at("changes"), 10);
  Arguments narrow = server(*slapd_);
  const auto base = std::find(narrow.begin(), narrow.end(), "--base");
  // The OU of the first change, so that some are below it and most are not.
  const std::string first = parse_ldif(read_file(folder_ / "store/runs/1/plan.ldif"))[0].dn();
  base[1] = first.substr(first.find(",OU=") + 1);
  EXPECT_TRUE(fails(trueup(Arguments{"apply"} + narrow + in_store()), kUsage,
                    {"--base", "which is not below"}));
  const ProcessResult applied = apply({});
  ASSERT_TRUE(applied.exit_code == 0 || applied.exit_code == 4) << applied.err;
  EXPECT_TRUE(fails(trueup(Arguments{"undo", "1"} + narrow + in_store()), kUsage,
                    {"--base", "which is not below"}));

  const Arguments fresh = {"--store", folder_ / "narrow"};
  const Json planned = trueup_json(Arguments{"plan"} + tenant_.inputs() + open_guards() + fresh +
                                   Arguments{"--base", base[1]});
  EXPECT_LT(planned.at("ad").at("mailboxes"), whole.at("ad").at("mailboxes"));
  EXPECT_TRUE(fails(trueup(Arguments{"diff", "--base", "DC=contoso,DC=lab"} + fresh), kUsage,
                    {"--base", "load AD again"}));
}

TEST_F(CliProtectionsSlapd, AnExcludeThatCameAfterThePlanHoldsItsObjectsToo) {
  tenant_ = make_tenant(folder_, "drifted", 300, {"--drift", "0.2"});
  slapd_ = std::make_unique<Slapd>(with_ad_of(tenant_));
  plan(open_guards());
  const auto with = [&](const std::string& exclude) {
    return Arguments{"--config", folder_.write("later.toml", "exclude = [\"" + exclude + "\"]\n")};
  };
  const auto before = content(*slapd_);
  EXPECT_TRUE(fails(apply(with("DC=contoso,DC=lab")), kUsage, {"exclude", "DC=contoso,DC=lab"}));
  EXPECT_TRUE(fails(apply(with("OU=Nope,DC=contoso,DC=lab")), kUsage, {"OU=Nope", "nearest"}));
  EXPECT_EQ(content(*slapd_), before);
  ASSERT_LE(apply({}).exit_code, 4);
  EXPECT_TRUE(fails(trueup(Arguments{"undo", "1"} + server(*slapd_) + in_store() +
                           open_guards_of_undo() + with("DC=contoso,DC=lab")),
                    kUsage, {"exclude"}));
}

TEST_F(CliProtectionsSlapd, ACanonicalNameIsABaseOfALiveReadToo) {
  const auto mailboxes = [&](const std::string& base, int number) {
    Arguments at = server(*slapd_);
    std::find(at.begin(), at.end(), "--base")[1] = base;
    return trueup_json(Arguments{"load"} + at +
                       Arguments{"--store", folder_ / ("live" + std::to_string(number))})
        .at("ad")
        .at("mailboxes");
  };
  const std::string dn = [&] {
    for (const LdifRecord& record : parse_ldif(read_file(tenant_.ad))) {
      const bool plain = record.dn().find('\\') == std::string::npos;
      if (plain && record.dn().find(",OU=Staff,") != std::string::npos) {
        return record.dn().substr(record.dn().find(",OU=") + 1);
      }
    }
    throw std::runtime_error("no user");
  }();
  // OU=a,OU=b,DC=contoso,DC=lab is contoso.lab/b/a.
  std::string canonical = "contoso.lab";
  std::string path;
  for (std::size_t at = 0; dn.compare(at, 3, "DC=") != 0; at = dn.find(',', at) + 1) {
    path = "/" + dn.substr(at + 3, dn.find(',', at) - at - 3) + path;
  }
  EXPECT_EQ(mailboxes(canonical + path, 1), mailboxes(dn, 2));
  EXPECT_TRUE(fails(
      trueup(Arguments{"load", "--ad", slapd_->plain().urls.front(), "--base",
                       "contoso.lab/Nowhere", "--bind-dn", slapd_->plain().bind_dn,
                       "--password-file", slapd_->plain().password_file, "--allow-plaintext"} +
             in_store()),
      kUsage, {"contoso.lab/Nowhere", "Nowhere"}));
}

}  // namespace
}  // namespace trueup::cli
