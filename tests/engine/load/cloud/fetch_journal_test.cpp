// SPDX-License-Identifier: Apache-2.0
// The journal of a read that was cut off, as a disk or a hand may have spoiled it: each number and
// name is looked at before it is used, and what cannot be relied on is read again.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/load/cloud/dump_writer.h"
#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBody = R"x({"@odata.context":"x#users(id)","value":[]})x";

UpnRange range(std::uint64_t number) {
  UpnRange p;
  p.number = number;
  return p;
}

class FetchJournal : public testing::Test {
 protected:
  FetchJournal() {
    read_.service = "https://graph tenant";
    read_.read = "pieces";
    read_.select = "id";
    DumpWriter dump(dump_, read_);
    dump.replay([](const KeptPage&) {});
    dump.journal_token("https://graph/delta?token=1", 1'700'000'000);
    dump.journal_ranges({range(0), range(1)}, std::nullopt);
    dump.add(kBody, {.kind = PageOrigin::Kind::kListed, .range = 1}, "https://graph/next", "");
    dump.journal_ranges({range(2), range(3)}, 1);
    dump.add(kBody, {.kind = PageOrigin::Kind::kDelta, .changes = true}, "", "https://graph/end");
    whole_ = read_file(dump_ + "/fetch.journal");
    fs::copy(dump_, folder_ / "copy");
  }

  struct Found {
    std::size_t pages = 0;
    ReadCheckpoint state;
  };
  Found replay(const std::string& journal) {
    fs::remove_all(dump_);
    fs::copy(folder_ / "copy", dump_);
    folder_.write("dump/fetch.journal", journal);
    DumpWriter dump(dump_, read_);
    Found found;
    found.state = dump.replay([&](const KeptPage&) { ++found.pages; });
    return found;
  }
  /// With `from` turned into `to`, once.
  Found spoiled(const std::string& from, const std::string& to) {
    std::string text = whole_;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << text;
    return replay(text.replace(at, from.size(), to));
  }

  TempFolder folder_;
  const std::string dump_ = folder_ / "dump";
  DumpManifest read_;
  std::string whole_;
};

TEST_F(FetchJournal, AWholeOneIsGoneOnWith) {
  const Found found = replay(whole_);
  EXPECT_EQ(found.pages, 2U);
  ASSERT_EQ(found.state.ranges.size(), 4U);
  EXPECT_TRUE(found.state.ranges[1].done);
  EXPECT_EQ(found.state.delta_link, "https://graph/end");
}

TEST_F(FetchJournal, AWildNumberIsNeverUsed) {
  for (const char* number : {"4", "18446744073709551615", "-1", "1.5", "\"1\"", "null", "[]"}) {
    SCOPED_TRACE(number);
    EXPECT_EQ(spoiled("\"replaced\":1", std::string("\"replaced\":") + number).pages, 1U);
    EXPECT_EQ(spoiled("\"piece\":1", std::string("\"piece\":") + number).pages, 0U);
    EXPECT_EQ(spoiled("\"number\":1", std::string("\"number\":") + number).state.ranges.size(), 0U);
    EXPECT_EQ(spoiled("\"kind\":0", std::string("\"kind\":") + number).pages, 0U);
    EXPECT_EQ(spoiled("\"bytes\":", std::string("\"bytes\":") + number + ",\"x\":").pages, 0U);
  }
  EXPECT_EQ(spoiled("\"at\":1700000000", "\"at\":-5").state.token, "");
  EXPECT_EQ(spoiled("\"link\":\"https://graph/delta?token=1\"", "\"link\":7").state.token, "");
  EXPECT_EQ(spoiled("\"changes\":false", "\"changes\":2").pages, 0U);
}

TEST_F(FetchJournal, APieceIsReplacedOnce) {
  std::string text = whole_;
  const std::size_t at = text.find("\"replaced\":1");
  const std::size_t begin = text.rfind('\n', at) + 1;
  const std::string line = text.substr(begin, text.find('\n', at) + 1 - begin);
  EXPECT_EQ(replay(text.insert(begin, line)).state.ranges.size(), 4U);
}

// The page is removed by its name when the read begins anew.
TEST_F(FetchJournal, AForeignFileIsNoPageOfIt) {
  const std::string theirs = folder_.write("theirs", "theirs");
  for (const char* name : {"../theirs", "page-000002.json.zst", "manifest.json", ""}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(spoiled("page-000001.json.zst", name).pages, 0U);
    EXPECT_EQ(read_file(theirs), "theirs");
  }
}

TEST_F(FetchJournal, LinesThatAreNoEventsEndIt) {
  for (const char* line : {"[]", "7", "null", "\"token\"", "{\"token\":3}", "{\"pieces\":{}}",
                           "{\"pieces\":[5]}", "{\"page\":[]}"}) {
    SCOPED_TRACE(line);
    const std::size_t first_end = whole_.find('\n') + 1;
    const Found found = replay(std::string(whole_).insert(first_end, std::string(line) + "\n"));
    EXPECT_EQ(found.pages, 0U);
    EXPECT_EQ(found.state.token, "");
  }
}

}  // namespace
}  // namespace trueup
