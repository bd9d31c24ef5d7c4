// SPDX-License-Identifier: Apache-2.0 What the command prints: nothing that a terminal would act
// on, whoever wrote it; and an error where it cannot be printed, or where the system gives it no
// more memory or threads.
#include <filesystem>

#include "io/bytes/visible_text.h"
#include "tests/cli/samba_tenant.h"
#include "tests/support/world.h"

namespace trueup::cli {
namespace {

/// Every line of it is fit for a terminal.
testing::AssertionResult harmless(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (!is_visible(line)) return testing::AssertionFailure() << visible(line);
    at = end + 1;
  }
  return testing::AssertionSuccess();
}

std::string shell_quoted(const Arguments& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += " '" + argument + "'";
  return line;
}

/// `trueup` by way of a shell: `before` is run first, `redirection` stands behind it.
ProcessResult in_shell(const std::string& before, const Arguments& arguments,
                       const std::string& redirection = "") {
  return run_process(
      {"sh", "-c", before + "exec " TRUEUP_BINARY + shell_quoted(arguments) + " " + redirection});
}

class CliConsole : public testing::Test {
 protected:
  CliConsole() {
    // In AD and in the cloud alike: colours, a title, C1, the order of letters, half a character.
    evil_ =
        "\x1b[31mx\x1b]0;t\x07\xC2\x9B"
        "1m\xE2\x80\xAE"
        "y\r";
    for (int n = 1; n <= 5; ++n) {
      const std::string dn = user_dn(n);
      std::string record = user_ldif(n, "extensionAttribute1: old\nextensionAttribute2: old\n");
      record.replace(record.find("dn: " + dn), 4 + dn.size(),
                     "dn:: " + world::base64_of("CN=" + evil_ + std::to_string(n) +
                                                ",OU=Staff,DC=contoso,DC=lab"));
      ldif_ += record;
      cloud_.put(n, {{"CustomAttribute1", evil_ + std::to_string(n)},
                     {"CustomAttribute2", "\n=" + std::to_string(n) + evil_}});
    }
    ldif_ += slapd_carriers_ldif();
  }
  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  Arguments planning() const {
    return Arguments{"plan"} + cloud_.inputs() + in_store() +
           Arguments{"--ad", folder_.write("ad.ldif", ldif_)} + open_guards();
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::string ldif_;
  std::string evil_;
};

TEST_F(CliConsole, NothingOfAServerReachesATerminalRaw) {
  const std::string defect = "dn:: " + world::base64_of("CN=\x1b[1m,OU=\xff,DC=contoso,DC=lab") +
                             "\nobjectClass: user\nobjectGUID:: " + world::base64_of("short") +
                             "\n\n";
  ldif_ += defect;
  const Arguments loose = {"--max-defects", "50%"};
  const Arguments fires = {"--guards-changed", "0, 0%", "--guards-overwritten", "0, 0%"};
  std::vector<ProcessResult> results = {trueup(planning() + loose),
                                        trueup(planning() + loose + fires),
                                        trueup(planning() + loose + Arguments{"--json"}),
                                        trueup(planning()),
                                        trueup(Arguments{"runs"} + in_store()),
                                        trueup(Arguments{"runs", "--json"} + in_store()),
                                        trueup({"dump", folder_ / "ad.ldif"}),
                                        trueup({"dump", folder_ / "cloud/exo.json"})};
  const std::string anchor = to_base64(user_guid(1));
  results.push_back(trueup(Arguments{"show", anchor} + in_store()));
  EXPECT_NE(results.back().out.find("CN=\\x1b[31mx\\x1b]0;t\\x07\\x9b1m\\u202ey\\x0d1,OU=Staff"),
            std::string::npos)
      << results.back().out;
  results.push_back(trueup(Arguments{"show", anchor, "--json"} + in_store()));
  EXPECT_EQ(Json::parse(results.back().out).at("ad").at("name"),
            "CN=" + evil_ + "1,OU=Staff,DC=contoso,DC=lab")
      << "JSON says what it is";
  results.push_back(trueup(Arguments{"show", "\x1b[31m"} + in_store()));
  for (const ProcessResult& result : results) {
    EXPECT_TRUE(harmless(result.out));
    EXPECT_TRUE(harmless(result.err));
  }
}

TEST_F(CliConsole, CommentsOfLdifFilesAreUtf8AndLines) {
  ldif_ += user_ldif(9, "");
  trueup(planning() + Arguments{"--exclude", "OU=Staff,DC=contoso,DC=lab"});
  const std::string held = read_file(folder_ / "store/runs/1/rejects.ldif");
  EXPECT_TRUE(harmless(held));
  EXPECT_NE(held.find("# dn:: "), std::string::npos) << held;
}

TEST_F(CliConsole, ResultsThatCannotBeWrittenAreAFailure) {
  must(planning());
  const std::vector<Arguments> commands = {
      {"--help"},
      {"--version"},
      {"plan", "--help"},
      Arguments{"runs"} + in_store(),
      Arguments{"runs", "--json"} + in_store(),
      Arguments{"show", to_base64(user_guid(1))} + in_store(),
      Arguments{"show", "--json", to_base64(user_guid(1))} + in_store(),
      {"dump", folder_ / "ad.ldif"},
      planning(),
      planning() + Arguments{"--json"},
      Arguments{"diff"} + in_store(),
      Arguments{"prune", "--dry-run"} + in_store(),
      Arguments{"load"} + cloud_.inputs() + in_store()};
  for (const Arguments& command : commands) {
    for (const char* to : {"> /dev/full", ">&-"}) {
      const ProcessResult result = in_shell("", command, to);
      EXPECT_EQ(result.exit_code, 1) << command.front() << to;
      EXPECT_NE(result.err.find("stdout"), std::string::npos)
          << command.front() << to << result.err;
    }
  }
  EXPECT_EQ(trueup(Arguments{"diff"} + in_store() + open_guards()).exit_code, 0)
      << "no file of the store was stdout";
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they reserve terabytes
// Each exits as documented and says something; a signal would be 128 and more.
TEST_F(CliConsole, ALimitOnMemoryIsAnError) {
  must(planning());
  int failed = 0;
  for (int mib = 20; mib <= 620; mib += 50) {
    const ProcessResult result =
        in_shell("ulimit -v " + std::to_string(mib * 1024) + "; ", planning());
    if (result.exit_code == 127) continue;  // not even the loader got its memory
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 1)
        << mib << " MiB: " << result.exit_code << " " << result.err;
    if (result.exit_code != 1) continue;
    ++failed;
    EXPECT_NE(result.err, "") << mib;
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(trueup(Arguments{"diff"} + in_store() + open_guards()).exit_code, 0)
      << "the store is whole";
}
#endif

TEST_F(CliConsole, ALimitOnThreadsIsAnError) {
  must(planning());
  if (::geteuid() != 0) GTEST_SKIP() << "the limit counts what else this account runs";
  // For an account that runs nothing else; root has no such limit.
  constexpr const char* kAs = "setpriv --reuid 64999 --regid 64999 --clear-groups ";
  if (run_process({"sh", "-c", std::string(kAs) + "true"}).exit_code != 0) {
    FAIL() << "setpriv (util-linux) cannot change the account";
  }
  run_process({"chmod", "-R", "a+rwX", folder_.path()});
  for (const int threads : {1, 2, 3, 5, 8}) {
    const ProcessResult result = run_process({"sh", "-c",
                                              "ulimit -u " + std::to_string(threads) + "; exec " +
                                                  kAs + TRUEUP_BINARY + shell_quoted(planning())});
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 1)
        << threads << ": " << result.exit_code << " " << result.err;
    if (result.exit_code != 1) continue;
    EXPECT_NE(result.err.find("thread"), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace trueup::cli
