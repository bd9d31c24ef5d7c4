// SPDX-License-Identifier: Apache-2.0
// A Graph dump that is incomplete or foreign is an input error: exit 1, no plan, nothing touched.
#include "tests/cli/input_fixture.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNextLink = R"("@odata.nextLink")";
constexpr const char* kDeltaLink = R"("@odata.deltaLink")";

using CliSpoiledGraph = SpoiledInput;

TEST_F(CliSpoiledGraph, NoDeltaLink) {
  edit_file(tenant_.pages().back(), kDeltaLink, R"("@odata.other")");
  EXPECT_TRUE(fails(plan(), 1, {"graph", "deltaLink", "complete|again|--assume-complete"}));
}

TEST_F(CliSpoiledGraph, LastPageMissing) {
  fs::remove(tenant_.pages().back());
  EXPECT_TRUE(fails(plan(), 1, {"graph", "deltaLink", "complete|again"}));
}

TEST_F(CliSpoiledGraph, PageMissingInTheSequence) {
  fs::remove(page(3));
  EXPECT_TRUE(
      fails(plan(), 1, {"page-0*[234]\\.json", "missing|gap|follow", "again|complete|all"}));
}

TEST_F(CliSpoiledGraph, CutPage) {
  const std::string text = read_file(page(2));
  for (const std::size_t size : {text.size() / 2, text.size() - 2, std::size_t{1}}) {
    SCOPED_TRACE(size);
    write_text(page(2), text.substr(0, size));
    EXPECT_TRUE(
        fails(plan(), 1,
              {"page-0*2\\.json", "cut|incomplete|ends|end of|not JSON", "again|export|fetch"}));
  }
}

TEST_F(CliSpoiledGraph, EmptyFile) {
  write_text(page(2), "");
  EXPECT_TRUE(fails(plan(), 1, {"page-0*2\\.json", "empty|ends", "again|export|fetch"}));
}

TEST_F(CliSpoiledGraph, NotJson) {
  write_text(page(2), "<html><body>502 Bad Gateway</body></html>\n");
  EXPECT_TRUE(fails(plan(), 1, {"page-0*2\\.json", "JSON", "again|export|fetch"}));
}

TEST_F(CliSpoiledGraph, OtherJson) {
  for (const char* text : {R"({"name":"x"})", "[1,2,3]", "17", R"({"value":{"id":"x"}})"}) {
    SCOPED_TRACE(text);
    write_text(page(2), text);
    EXPECT_TRUE(fails(plan(), 1, {"page-0*2\\.json"}));
  }
}

TEST_F(CliSpoiledGraph, ErrorBody) {
  write_text(page(2), R"({"error":{"code":"syncStateNotFound","message":"The sync state )"
                      R"(generation is not found.","innerError":{"request-id":"1"}}})");
  EXPECT_TRUE(fails(plan(), 1, {"page-0*2\\.json", "syncStateNotFound", "again|export|fetch"}));
}

TEST_F(CliSpoiledGraph, DeltaLinkOnTwoPages) {
  edit_file(page(2), kNextLink, kDeltaLink);
  EXPECT_TRUE(fails(plan(), 1, {"page-0*[0-9]\\.json", "2 .*deltaLink", "again"}));
}

TEST_F(CliSpoiledGraph, DeltaLinkNotOnTheLastPage) {
  edit_file(page(2), kNextLink, kDeltaLink);
  edit_file(tenant_.pages().back(), kDeltaLink, kNextLink);
  EXPECT_TRUE(fails(plan(), 1, {"page-0*[2-9]\\.json", "deltaLink"}));
}

TEST_F(CliSpoiledGraph, PagesOfTwoSelects) {
  edit_file(page(2), "mail,", "");
  EXPECT_TRUE(fails(plan(), 1, {"page-0*[12]\\.json", "select", "again|same|one"}));
}

TEST_F(CliSpoiledGraph, NoAnchorSelected) {
  for (const std::string& file : tenant_.pages()) {
    write_text(file, replaced(read_file(file), "onPremisesImmutableId", "onPremisesOther"));
  }
  EXPECT_TRUE(fails(plan(), 1, {"onPremisesImmutableId", "select|again"}));
}

TEST_F(CliSpoiledGraph, CutCompressedPage) {
  const Tenant packed = make_tenant(folder_, "gz", 200, {"--page-size", "40", "--compress", "gz"});
  const std::string file = packed.pages().at(1);
  write_text(file, read_file(file).substr(0, fs::file_size(file) / 2));
  EXPECT_TRUE(fails(plan_of(packed.inputs()), 1, {"page-0*2\\.json\\.gz", "cut|incomplete|end"}));
}

TEST_F(CliSpoiledGraph, NothingThere) {
  EXPECT_TRUE(fails(plan_of({"--graph", folder_ / "nowhere", "--ad", tenant_.ad}), 1,
                    {"nowhere", "neither a file nor a folder"}));
  fs::create_directories(folder_ / "empty");
  EXPECT_TRUE(fails(plan_of({"--graph", folder_ / "empty", "--ad", tenant_.ad}), 1,
                    {"empty", "no .*(file|page)", "\\.json"}));
}

TEST_F(CliSpoiledGraph, BareUsersOnlyWithAssumeComplete) {
  std::string lines;
  for (const std::string& file : tenant_.pages()) {
    const Json body = Json::parse(read_file(file));
    for (const Json& user : body.at("value")) lines += user.dump() + "\n";
  }
  const std::string file = folder_.write("users.jsonl", lines);
  const Arguments inputs{"--graph", file, "--exo", tenant_.exo.front(), "--ad", tenant_.ad};
  EXPECT_TRUE(fails(plan_of(inputs), 1, {"users\\.jsonl", "--assume-complete"}));
  // Allowed, it gives the same records: bare users state no select, so a property counts as
  // selected if any record carries it.
  const Json planned = trueup_json(
      Arguments{"plan"} + inputs +
      Arguments{"--assume-complete", "--store", folder_ / "two", "--out", folder_ / "bare.ldif"});
  EXPECT_EQ(planned.at("plan").at("digest"), digest_);
}

TEST_F(CliSpoiledGraph, AnAnchorThatIsNot16OctetsIsAReject) {
  Json body = Json::parse(read_file(page(1)));
  for (Json& user : body.at("value")) {
    if (!user.value("onPremisesImmutableId", "").empty()) {
      user["onPremisesImmutableId"] = "ZW1wbG95ZWUxMjM=";
      break;
    }
  }
  write_text(page(1), body.dump());
  const Json planned =
      trueup_json(Arguments{"plan"} + tenant_.inputs() + Arguments{"--store", folder_ / "two"});
  EXPECT_EQ(planned.at("cloud").at("bad_anchors"), 1);
}

}  // namespace
}  // namespace trueup::cli
