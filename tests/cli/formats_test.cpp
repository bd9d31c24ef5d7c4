// SPDX-License-Identifier: Apache-2.0
// One tenant in all the formats and layouts that exports come in: always the same plan, byte for
// byte.
#include <filesystem>

#include "tests/cli/command_line.h"
#include "tests/cli/ldif_text.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

class CliFormats : public testing::Test {
 protected:
  void SetUp() override {
    plain_ = tenant("plain");
    expected_ = plan(plain_.inputs());
    ASSERT_GT(parse_ldif(expected_).size(), 20U);
  }

  Tenant tenant(const std::string& name, const Arguments& more = {}) const {
    return make_tenant(folder_, name, 600, Arguments{"--drift", "0.1", "--seed", "3"} + more);
  }

  /// plan.ldif of a fresh store.
  std::string plan(const Arguments& inputs) {
    const std::string name = "p" + std::to_string(++plans_);
    must(Arguments{"plan"} + inputs +
         Arguments{"--store", folder_ / name, "--out", folder_ / (name + ".ldif")});
    return read_file(folder_ / (name + ".ldif"));
  }

  Arguments inputs(const std::string& graph, const std::string& exo, const std::string& ad) const {
    return {"--graph", graph, "--exo", exo, "--ad", ad};
  }

  /// The file in another encoding, by iconv(1).
  std::string converted(const std::string& file, const std::string& name) const {
    const ProcessResult wide = run_process({"iconv", "-f", "UTF-8", "-t", "UTF-16LE", file});
    EXPECT_EQ(wide.exit_code, 0) << wide.err;
    return folder_.write(name, "\xff\xfe" + wide.out);
  }

  TempFolder folder_;
  Tenant plain_;
  std::string expected_;
  int plans_ = 0;
};

TEST_F(CliFormats, Compressed) {
  for (const char* how : {"gz", "zst"}) {
    SCOPED_TRACE(how);
    EXPECT_EQ(plan(tenant(how, {"--compress", how}).inputs()), expected_);
  }
}

TEST_F(CliFormats, LdifStylesAndEncodings) {
  EXPECT_EQ(plan(tenant("search", {"--ldif-style", "ldapsearch"}).inputs()), expected_);
  EXPECT_EQ(plan(tenant("wide", {"--ldif-encoding", "utf16"}).inputs()), expected_);
  // ldifde's file with Unix line ends, and ldapsearch's with those of Windows.
  const std::string unix_ends =
      folder_.write("unix.ldif", replaced(read_file(plain_.ad), "\r\n", "\n"));
  EXPECT_EQ(plan(inputs(plain_.graph, plain_.exo.front(), unix_ends)), expected_);
}

TEST_F(CliFormats, ExchangeStyles) {
  EXPECT_EQ(plan(tenant("value", {"--exo-format", "value"}).inputs()), expected_);
  EXPECT_EQ(plan(tenant("jsonl", {"--exo-format", "jsonl"}).inputs()), expected_);
  EXPECT_EQ(plan(inputs(plain_.graph, converted(plain_.exo.front(), "wide.json"), plain_.ad)),
            expected_);
}

TEST_F(CliFormats, FolderGlobAndFiles) {
  EXPECT_EQ(plan(inputs(plain_.graph + "/*.json", plain_.folder + "/exo*.json",
                        plain_.folder + "/*.ldif")),
            expected_);
  Arguments files{"--exo", plain_.exo.front(), "--ad", plain_.ad};
  for (const std::string& page : plain_.pages()) files = files + Arguments{"--graph", page};
  EXPECT_EQ(plan(files), expected_);
}

TEST_F(CliFormats, OnePageALineAndOtherPageSizes) {
  std::string lines;
  for (const std::string& page : plain_.pages()) {
    lines += Json::parse(read_file(page)).dump() + "\n";
  }
  const std::string file = folder_.write("pages.jsonl", lines);
  EXPECT_EQ(plan(inputs(file, plain_.exo.front(), plain_.ad)), expected_);
  EXPECT_EQ(plan(tenant("small", {"--page-size", "7"}).inputs()), expected_);
}

// page-2 comes before page-10; other files are told, not read.
TEST_F(CliFormats, DigitsInNamesAreNumbers) {
  const Tenant small = tenant("small", {"--page-size", "50"});
  const std::vector<std::string> pages = small.pages();
  ASSERT_GT(pages.size(), 10U);
  const std::string folder = folder_ / "numbered";
  for (std::size_t i = 0; i < pages.size(); ++i) {
    folder_.write("numbered/page-" + std::to_string(i + 1) + ".json", read_file(pages[i]));
  }
  folder_.write("numbered/manifest.json", R"({"note":"not a page"})");
  folder_.write("numbered/notes.txt", "not a page");
  const ProcessResult result =
      must(Arguments{"plan"} + inputs(folder, plain_.exo.front(), plain_.ad) +
           Arguments{"--store", folder_ / "s", "--out", folder_ / "n.ldif"});
  EXPECT_EQ(read_file(folder_ / "n.ldif"), expected_);
  EXPECT_NE(result.err.find("notes.txt"), std::string::npos) << result.err;
}

// The last occurrence in stream order wins, @removed takes an id away and clears nothing.
TEST_F(CliFormats, RepeatsAndRemovals) {
  const std::vector<std::string> pages = plain_.pages();
  ASSERT_GE(pages.size(), 2U);
  Json first = Json::parse(read_file(pages.front()));
  Json repeats = Json::array();
  for (const Json& user : first.at("value")) repeats.push_back(user);
  for (Json& user : first.at("value")) {
    user["mail"] = "stale@contoso.com";
    user["proxyAddresses"] = {"SMTP:stale@contoso.com"};
  }
  Json between = first;
  between["value"] = Json::array();
  for (const Json& user : repeats) {
    between["value"].push_back({{"id", user.at("id")}, {"@removed", {{"reason", "changed"}}}});
  }
  Json last = Json::parse(read_file(pages.back()));
  for (const Json& user : repeats) last["value"].push_back(user);
  folder_.write("again/page-1.json", first.dump());
  folder_.write("again/page-2.json", between.dump());
  for (std::size_t i = 1; i + 1 < pages.size(); ++i) {
    folder_.write("again/page-" + std::to_string(i + 2) + ".json", read_file(pages[i]));
  }
  folder_.write("again/page-" + std::to_string(pages.size() + 1) + ".json", last.dump());
  EXPECT_EQ(plan(inputs(folder_ / "again", plain_.exo.front(), plain_.ad)), expected_);
}

TEST_F(CliFormats, ARemovedUserIsLeftAlone) {
  const Edits all = edits_of(parse_ldif(expected_));
  const std::string anchor = all.begin()->first.first;
  std::string id;
  for (const std::string& file : plain_.pages()) {
    const Json body = Json::parse(read_file(file));
    for (const Json& user : body.at("value")) {
      const auto value = user.find("onPremisesImmutableId");
      if (value != user.end() && *value == anchor) id = user.at("id");
    }
  }
  ASSERT_NE(id, "");
  Json last = Json::parse(read_file(plain_.pages().back()));
  last["value"].push_back({{"id", id}, {"@removed", {{"reason", "deleted"}}}});
  std::ofstream(plain_.pages().back()) << last.dump();
  for (const auto& [key, edit] : edits_of(parse_ldif(plan(plain_.inputs())))) {
    EXPECT_NE(key.first, anchor) << key.second;
    EXPECT_TRUE(all.contains(key)) << key.first << key.second;
  }
}

// One export for the properties, one for the flag; by id and property, the last wins.
TEST_F(CliFormats, TwoExchangeExportsMerge) {
  const Json whole = Json::parse(read_file(plain_.exo.front()));
  Json properties = whole;
  Json flags = Json::array();
  for (Json& mailbox : properties) {
    flags.push_back({{"ExternalDirectoryObjectId", mailbox.at("ExternalDirectoryObjectId")},
                     {"IsExchangeCloudManaged", mailbox.at("IsExchangeCloudManaged")}});
    mailbox.erase("IsExchangeCloudManaged");
  }
  const std::string one = folder_.write("properties.json", properties.dump(2));
  const std::string two = folder_.write("flags.json", flags.dump());
  const Arguments sides{"--graph", plain_.graph, "--ad", plain_.ad};
  EXPECT_EQ(plan(sides + Arguments{"--exo", one, "--exo", two}), expected_);
  EXPECT_EQ(plan(sides + Arguments{"--exo", two, "--exo", one}), expected_);

  Json stale = Json::array();
  for (const Json& mailbox : whole) {
    stale.push_back({{"ExternalDirectoryObjectId", mailbox.at("ExternalDirectoryObjectId")},
                     {"CustomAttribute1", "stale"}});
  }
  const std::string before = folder_.write("stale.json", stale.dump());
  EXPECT_EQ(plan(sides + Arguments{"--exo", before, "--exo", plain_.exo.front()}), expected_);
}

// The values that are as strange as they come, in the strangest files.
TEST_F(CliFormats, QuirksChangeNoRecord) {
  const Edits edits = edits_of(parse_ldif(expected_));
  for (const Arguments& style : {Arguments{}, Arguments{"--ldif-style", "ldapsearch"},
                                 Arguments{"--ldif-encoding", "utf16", "--compress", "gz"}}) {
    SCOPED_TRACE(style.empty() ? "" : style.back());
    fs::remove_all(folder_ / "quirks");
    const Tenant quirks = tenant("quirks", Arguments{"--quirks"} + style);
    const std::string text = plan(quirks.inputs());
    EXPECT_EQ(edits_of(parse_ldif(text)), edits);
    // In the same order, to the same objects.
    std::vector<std::string> order, order_before;
    for (const LdifRecord& record : parse_ldif(text)) order.push_back(record.dn());
    for (const LdifRecord& record : parse_ldif(expected_)) order_before.push_back(record.dn());
    EXPECT_EQ(order, order_before);
  }
}

TEST_F(CliFormats, SameBytesAtAnyThreadCountAndInAnyStore) {
  for (const char* threads : {"1", "2", "5"}) {
    EXPECT_EQ(plan(plain_.inputs() + Arguments{"--threads", threads}), expected_) << threads;
  }
  // Also in a store that has seen other generations.
  must(Arguments{"load"} + plain_.inputs() + Arguments{"--store", folder_ / "p1"});
  must({"diff", "--store", folder_ / "p1", "--threads", "1", "--out", folder_ / "again.ldif"});
  EXPECT_EQ(read_file(folder_ / "again.ldif"), expected_);
}

TEST_F(CliFormats, DumpShowsWhatAFileParsesTo) {
  for (const std::string& file : {plain_.pages().front(), plain_.exo.front(), plain_.ad}) {
    SCOPED_TRACE(file);
    const ProcessResult dumped = trueup({"dump", file});
    ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
    EXPECT_EQ(dumped.err, "");
    std::size_t lines = 0;
    for (std::size_t at = 0; at < dumped.out.size(); ++lines) {
      const std::size_t end = dumped.out.find('\n', at);
      ASSERT_NE(end, std::string::npos);
      EXPECT_TRUE(Json::accept(dumped.out.substr(at, end - at)));
      at = end + 1;
    }
    EXPECT_GT(lines, 100U);
  }
  EXPECT_TRUE(fails(trueup({"dump", folder_ / "nothing.ldif"}), 1, {"nothing\\.ldif"}));
}

}  // namespace
}  // namespace trueup::cli
