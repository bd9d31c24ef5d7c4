// SPDX-License-Identifier: Apache-2.0
// Every case of tests/cases through `trueup plan`, with a new store each. Prints "case, outcome".
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <regex>

#include "tests/cases/case_file.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace trueup::cases {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = std::string(TRUEUP_SOURCE_DIR) + "/tests/cases";

std::string utf16(const std::string& utf8, bool big_endian) {
  std::string out;
  const auto add = [&](unsigned unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  };
  add(0xFEFF);
  for (std::size_t i = 0; i < utf8.size(); ++i) {  // no letters beyond U+07FF in the cases
    const auto c = static_cast<unsigned char>(utf8[i]);
    add(c < 0x80 ? c : (c & 0x1FU) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3FU));
  }
  return out;
}

void make_inputs(const Case& c, const TempFolder& folder) {
  for (const std::string& from : c.folders) {
    fs::copy(from, folder.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  for (const Edit& edit : c.edits) {
    const std::string path = folder / edit.file;
    if (edit.kind == Edit::Kind::kDrop) {
      ASSERT_GT(fs::remove_all(path), 0U) << path;
      continue;
    }
    std::string text = edit.kind == Edit::Kind::kWrite ? edit.to : read_file(path);
    if (edit.kind == Edit::Kind::kReplace) {
      ASSERT_NE(text.find(edit.from), std::string::npos) << edit.file << " has no " << edit.from;
      for (std::size_t at = 0; (at = text.find(edit.from, at)) != std::string::npos;
           at += edit.to.size()) {
        text.replace(at, edit.from.size(), edit.to);
      }
    } else if (edit.kind != Edit::Kind::kWrite) {
      text = utf16(text, edit.kind == Edit::Kind::kUtf16Be);
    }
    folder.write(edit.file, text);
  }
}

std::vector<std::string> command(const Case& c, const TempFolder& folder) {
  std::vector<std::string> argv = {TRUEUP_BINARY, "plan", "--store", "store", "--no-progress"};
  const auto add = [&](const char* flag, const std::string& value, const std::string& file) {
    if (!fs::exists(folder / file)) return;
    argv.emplace_back(flag);
    argv.push_back(value);
  };
  add("--graph", "graph", "graph");
  add("--graph", "graph.json", "graph.json");
  add("--exo", "exo", "exo");
  add("--exo", "exo.json", "exo.json");
  add("--ad", "ad.ldif", "ad.ldif");
  add("--scope", "list:ring.txt", "ring.txt");
  argv.insert(argv.end(), c.arguments.begin(), c.arguments.end());
  return argv;
}

std::string text_of(const TempFolder& folder, const std::string& name) {
  const std::string path = folder / ("store/runs/1/" + name);
  return fs::exists(path) ? read_file(path) : std::string();
}

/// The plan's records; the comments name every attribute that is managed.
std::string without_comments(const std::string& ldif) {
  return std::regex_replace(ldif, std::regex("(^|\n)#[^\n]*"), "");
}

void expect_patterns(const std::string& text, const std::vector<std::string>& wanted,
                     const std::vector<std::string>& unwanted) {
  for (const std::string& pattern : wanted) {
    EXPECT_TRUE(std::regex_search(text, std::regex(pattern))) << "no /" << pattern << "/ in\n"
                                                              << text;
  }
  for (const std::string& pattern : unwanted) {
    EXPECT_FALSE(std::regex_search(text, std::regex(pattern))) << "/" << pattern << "/ in\n"
                                                               << text;
  }
}

TEST(Cases, EachHasItsOutcome) {
  const std::vector<Case> cases = all_cases(kRoot);
  ASSERT_GT(cases.size(), 20U);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const int failed_before =
        testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
    const TempFolder folder;
    make_inputs(c, folder);
    const ProcessResult result = run_process(command(c, folder), {.folder = folder.path()});
    EXPECT_EQ(result.exit_code, c.exit_code) << result.err << result.out;
    expect_patterns(result.err + result.out, c.says, c.silent);
    expect_patterns(without_comments(text_of(folder, "plan.ldif")), c.plans, c.keeps);
    expect_patterns(text_of(folder, "rejects.ldif"), c.rejects, {});
    const bool as_expected =
        testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count() ==
        failed_before;
    std::printf("%s, %s%s\n", c.name.c_str(), as_expected ? "" : "NOT ", c.outcome.c_str());
  }
}

}  // namespace
}  // namespace trueup::cases
