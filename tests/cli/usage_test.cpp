// SPDX-License-Identifier: Apache-2.0
// What the operator got wrong: exit 2, one clear line on stderr, nothing on stdout.
#include <array>
#include <regex>

#include "tests/cli/command_line.h"

namespace trueup::cli {
namespace {

class CliUsage : public testing::Test {
 protected:
  ProcessResult with_config(std::string_view toml) const {
    return trueup({"plan", "--config", folder_.write("trueup.toml", toml)});
  }
  TempFolder folder_;
};

constexpr std::array<const char*, 13> kCommands = {"run",    "plan", "load",   "diff", "apply",
                                                   "verify", "undo", "fetch",  "runs", "prune",
                                                   "show",   "dump", "version"};

TEST_F(CliUsage, UnknownFlag) {
  for (const char* command : kCommands) {
    EXPECT_TRUE(fails(trueup({command, "--no-such-flag"}), 2, {"no-such-flag", "--help"}))
        << command;
  }
  EXPECT_TRUE(fails(trueup({"--no-such-flag"}), 2, {"--help"}));
}

TEST_F(CliUsage, UnknownOrNoCommand) {
  EXPECT_TRUE(fails(trueup({"plam"}), 2, {"plam|subcommand", "--help"}));
  EXPECT_TRUE(fails(trueup({}), 2, {"subcommand|command", "--help"}));
}

TEST_F(CliUsage, HelpShowsExamplesForEveryCommand) {
  for (const char* command : kCommands) {
    const ProcessResult help = trueup({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_EQ(help.err, "") << command;
    EXPECT_NE(help.out.find("Example"), std::string::npos) << command;
    EXPECT_NE(help.out.find(std::string("trueup ") + command), std::string::npos) << command;
  }
  const ProcessResult help = trueup({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* command : kCommands) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  }
  EXPECT_NE(help.out.find("Exit codes"), std::string::npos);
  EXPECT_EQ(trueup({"--version"}).exit_code, 0);
}

// Whatever is wrong with the settings: a report of it says the version.
TEST_F(CliUsage, VersionSaysWhatIsRunning) {
  folder_.write("trueup.toml", "no such = [");
  const ProcessResult version = trueup({"version"}, {.folder = folder_.path()});
  EXPECT_EQ(version.exit_code, 0) << version.err;
  EXPECT_EQ(version.err, "");
  const std::regex expected(
      "trueup [0-9]+\\.[0-9]+\\.[0-9]+ \\(commit [^)\n]+\\)\n"
      "formats +trueup store [0-9]+, comparison [0-9]+, plan\\.ldif [0-9]+\n"
      "compiler +.+\n"
      "([A-Za-z0-9+/]+ +[0-9]+\\.[0-9]+(\\.[0-9]+)?( \\(.+\\))?\n){15}");
  EXPECT_TRUE(std::regex_match(version.out, expected)) << version.out;
}

TEST_F(CliUsage, UnknownKeyNamesTheNearest) {
  EXPECT_TRUE(
      fails(with_config("grpah = [\"x\"]\n"), 2, {"trueup\\.toml", "1", "grpah", "'?graph"}));
  EXPECT_TRUE(fails(with_config("[proxy]\n\nkeep_type = [\"X500\"]\n"), 2,
                    {"trueup\\.toml", "3", "keep_type\\b", "keep_types"}));
  EXPECT_TRUE(fails(with_config("max_defect = \"1%\"\n"), 2, {"trueup\\.toml", "max_defects"}));
}

TEST_F(CliUsage, UnknownKeyNamesOneThatIsNearOrNone) {
  EXPECT_TRUE(
      fails(with_config("keep_types = [\"X500\"]\n"), 2, {"did you mean proxy\\.keep_types"}));
  EXPECT_TRUE(fails(with_config("[guard]\nchanged = \"1, 1%\"\n"), 2, {"did you mean guards"}));
  EXPECT_TRUE(fails(with_config("keep_day = 3\n"), 2, {"did you mean keep_days"}));
  for (const char* line :
       {"frobnicate = 1", "x = 1", "colour_of_the_output = \"red\"", "[database]\nurl = \"x\""}) {
    SCOPED_TRACE(line);
    const ProcessResult result = with_config(std::string(line) + "\n");
    EXPECT_TRUE(fails(result, 2, {"trueup\\.toml:1", "not a setting", "--help"}));
    EXPECT_EQ(result.err.find("did you mean"), std::string::npos) << result.err;
  }
}

TEST_F(CliUsage, FloatsOfTheConfigKeepTheirDigits) {
  EXPECT_TRUE(fails(with_config("max_defects = 1.0000001\n"), 2, {"'1\\.0000001'"}));
  EXPECT_TRUE(fails(with_config("max_defects = -1e-9\n"), 2, {"'-0\\.000000001'"}));
  EXPECT_TRUE(fails(with_config("[guards]\nchanged = 5.25\n"), 2, {"'5\\.25' is not a count"}));
  EXPECT_TRUE(fails(with_config("threads = 0.1\n"), 2, {"'0\\.1'"}));
  EXPECT_TRUE(fails(with_config("max_changes_per_second = inf\n"), 2, {"not a number"}));
  // Good ones: the next thing that is wrong is told.
  EXPECT_TRUE(fails(with_config("max_defects = 0.0000001\nthreads = 2.0\n"
                                "max_changes_per_second = 0.1\n"),
                    2, {"--graph"}));
}

TEST_F(CliUsage, AConfigThatIsAFolder) {
  std::filesystem::create_directory(folder_ / "trueup.toml");
  EXPECT_TRUE(fails(trueup({"plan", "--config", folder_ / "trueup.toml"}), 2,
                    {"trueup\\.toml is a folder"}));
  EXPECT_TRUE(
      fails(trueup({"plan"}, {.folder = folder_.path()}), 2, {"trueup\\.toml is a folder"}));
}

TEST_F(CliUsage, WrongValueInTheConfig) {
  for (const char* line :
       {"threads = \"many\"", "threads = -1", "scope = \"everything\"",
        "attributes = [\"proxyAdresses\"]", "protect_admin_count = \"yes\"", "auth = \"basic\"",
        "max_defects = \"7\"", "address_case = \"upper\"", "clear_at_first_sight = \"some\"",
        "connections = 0", "store = [1, 2]", "[guards]\nchanged = \"5%\""}) {
    SCOPED_TRACE(line);
    std::string key = line;
    key = key.substr(0, key.find(' '));
    if (key.starts_with("[")) key = "changed";
    EXPECT_TRUE(fails(with_config(std::string(line) + "\n"), 2, {"trueup\\.toml", key}));
  }
}

TEST_F(CliUsage, ConfigThatIsNoToml) {
  EXPECT_TRUE(fails(with_config("graph = [\"x\"\nad = 1\n"), 2, {"trueup\\.toml", "[0-9]"}));
  EXPECT_TRUE(fails(trueup({"plan", "--config", folder_ / "none.toml"}), 2, {"none\\.toml"}));
}

TEST_F(CliUsage, WrongValueOfAFlag) {
  const auto plan = [&](const Arguments& more) {
    return trueup(Arguments{"plan", "--graph", "x", "--ad", "y"} + more);
  };
  EXPECT_TRUE(fails(plan({"--threads", "two"}), 2, {"--threads", "two"}));
  EXPECT_TRUE(fails(plan({"--scope", "all"}), 2, {"--scope", "all", "synced"}));
  EXPECT_TRUE(fails(plan({"--attributes", "mail,title"}), 2, {"--attributes", "title"}));
  EXPECT_TRUE(fails(plan({"--max-defects", "200%"}), 2, {"--max-defects", "200"}));
  EXPECT_TRUE(fails(plan({"--guards-changed", "5%"}), 2, {"--guards-changed", "500, 5%|such as"}));
}

TEST_F(CliUsage, AScopeListThatCannotBeRead) {
  const Tenant tenant = make_tenant(folder_, "t", 50);
  const auto plan = [&](const std::string& list) {
    return trueup(Arguments{"plan"} + tenant.inputs() +
                  Arguments{"--store", folder_ / "s", "--scope", "list:" + list});
  };
  EXPECT_TRUE(fails(plan(folder_ / "none.txt"), 2, {"none\\.txt", "scope"}));
  EXPECT_TRUE(fails(plan(folder_.write("empty.txt", "\n")), 2, {"empty\\.txt", "scope"}));
}

TEST_F(CliUsage, ASideIsMissing) {
  const std::string store = folder_ / "s";
  EXPECT_TRUE(fails(trueup({"plan", "--ad", "x.ldif", "--store", store}), 2, {"--graph"}));
  const std::string graph = make_tenant(folder_, "t", 50).graph;
  EXPECT_TRUE(fails(trueup({"plan", "--graph", graph, "--store", store}), 2, {"--ad"}));
  EXPECT_TRUE(fails(trueup({"load", "--store", store}), 2, {"--graph", "--ad"}));
  EXPECT_TRUE(fails(trueup({"show", "--store", store}), 2, {"address", "GUID"}));
  EXPECT_TRUE(fails(trueup({"dump"}), 2, {"dump", "LDIF"}));
}

TEST_F(CliUsage, NothingToApply) {
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s"));
  const Arguments lab{"--ad", "ldap://127.0.0.1:1", "--store", folder_ / "s"};
  EXPECT_TRUE(fails(trueup(Arguments{"apply"} + lab), 2, {"plan", "trueup plan|--store"}));
  EXPECT_TRUE(
      fails(trueup(Arguments{"apply", "--plan", folder_ / "none.ldif"} + lab), 1, {"none\\.ldif"}));
  EXPECT_TRUE(fails(trueup(Arguments{"apply", "--accept", "abc"} + lab), 2, {"abc"}));
}

// A secret on the command line would be seen by every user of the machine.
TEST_F(CliUsage, NoPasswordFlag) {
  EXPECT_TRUE(fails(trueup({"apply", "--password", "x"}), 2, {"password"}));
  for (const char* command : {"run", "apply", "plan"}) {
    EXPECT_EQ(trueup({command, "--help"}).out.find("--password "), std::string::npos) << command;
  }
}

TEST_F(CliUsage, TheConfigOfTheFolderIsRead) {
  const Tenant tenant = make_tenant(folder_, "t", 50);
  folder_.write("trueup.toml",
                "store = \"here\"\ngraph = [\"t/graph\"]\nexo = \"t/exo.json\"\n"
                "ad = [\"t/ad.ldif\"]\nscope = \"synced\"\n[proxy]\n"
                "keep_types = [\"X500\", \"SIP\"]\n");
  const ProcessResult result = trueup({"plan"}, {.folder = folder_.path()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "here/runs/1/plan.ldif"));
}

}  // namespace
}  // namespace trueup::cli
