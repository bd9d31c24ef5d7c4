// SPDX-License-Identifier: Apache-2.0
// A person's first walk through the commands. All that they print is kept in walk.expected, so that
// a change of it is read by somebody before it is taken.
#include <fstream>
#include <regex>

#include "tests/cli/every_verdict.h"

namespace trueup::cli {
namespace {

class CliWalkSlapd : public EveryVerdict {
 protected:
  void walk(const Arguments& arguments) {
    const ProcessResult result = trueup(arguments);
    text_ += "$ trueup " + arguments.front() + "\n" + result.out + result.err + "exit " +
             std::to_string(result.exit_code) + "\n\n";
  }
  /// Without what differs from one time to the next: paths, times, ports, digests.
  std::string steady() const {
    std::string text = replaced(text_, folder_.path(), "FOLDER");
    const std::pair<const char*, const char*> kRules[] = {
        {"[0-9a-f]{64}", "DIGEST"},
        {"\\b[0-9a-f]{12}\\b", "DIGEST"},
        {"20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d( to 20\\d\\d-\\d\\d-\\d\\d "
         "\\d\\d:\\d\\d:\\d\\d)?",
         "TIME"},
        {"127\\.0\\.0\\.1:\\d+", "127.0.0.1:PORT"},
        {"\\d+\\.\\d\\d s(: [^\n]*)?\n", "SECONDS\n"},
        {"(input-age \\w+ +)\\d+ ", "$1N "},
        {"[0-9,]+ bytes", "N bytes"},
    };
    for (const auto& [pattern, with] : kRules) {
      text = std::regex_replace(text, std::regex(pattern), with);
    }
    return text;
  }

  std::string text_;
};

TEST_F(CliWalkSlapd, ReadsAsItIsKept) {
  start();
  const Arguments at = server(*slapd_);
  walk(Arguments{"plan"} + from_export() + in_store() + exclude() + open_guards());
  for (const int n : {1, 5, 6, 7, 8, 9, 10, 11, 12, 13}) {
    walk(Arguments{"show", address(n)} + in_store() + exclude());
  }
  walk(Arguments{"apply"} + at + in_store());
  walk(Arguments{"runs"} + in_store());
  walk(Arguments{"undo", "1"} + at + in_store() + open_guards_of_undo());
  walk(Arguments{"runs"} + in_store());
  walk(Arguments{"prune", "--dry-run"} + in_store());
  walk(Arguments{"prune"} + in_store());
  const std::string kept = TRUEUP_SOURCE_DIR "/tests/cli/walk.expected";
  if (std::getenv("TRUEUP_KEEP_WALK") != nullptr) std::ofstream(kept) << steady();
  EXPECT_EQ(steady(), read_file(kept))
      << "TRUEUP_KEEP_WALK=1 keeps it as it is now; read what has changed";
}

}  // namespace
}  // namespace trueup::cli
