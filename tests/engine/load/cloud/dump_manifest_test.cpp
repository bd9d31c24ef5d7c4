// SPDX-License-Identifier: Apache-2.0
// A manifest that is not as `trueup fetch` writes it is an error, and not half believed.
#include "engine/load/cloud/dump_manifest.h"

#include <gtest/gtest.h>

#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class DumpManifestTest : public testing::Test {
 protected:
  DumpManifestTest() {
    DumpManifest m;
    m.service = "https://graph tenant";
    m.read = "delta";
    m.select = "id";
    m.started_at = m.finished_at = 1'700'000'000;
    m.users = 12;
    m.pages.push_back({"page-000001.json.zst", 7, "aa", DumpManifest::Holds::kUsers});
    whole_ = to_json(m);
  }
  std::string complaint(const std::string& text) {
    folder_.write("manifest.json", text);
    try {
      std::vector<std::string> warnings;
      return manifest_in(folder_.path(), warnings) ? "" : "passed over";
    } catch (const InputError& error) {
      return error.what();
    }
  }
  std::string with(const std::string& from, const std::string& to) {
    std::string text = whole_;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return complaint(text.replace(at, from.size(), to));
  }

  TempFolder folder_;
  std::string whole_;
};

TEST_F(DumpManifestTest, AWholeOneIsTaken) { EXPECT_EQ(complaint(whole_), ""); }

TEST_F(DumpManifestTest, WhatItCannotMeanIsNamed) {
  const auto names = [](const std::string& complaint, const std::string& what) {
    return complaint.find("manifest.json") != std::string::npos &&
           complaint.find(what) != std::string::npos;
  };
  EXPECT_TRUE(names(with("\"users\"\n", "\"everything\"\n"), "'everything'"));
  for (const char* time : {"yesterday", "", "2026-13-01T00:00:00Z", "2026-11-22T01:02:03Zx",
                           "2026-11-22", "1969-12-31T00:00:00Z"}) {
    EXPECT_TRUE(names(with("\"finished_at\": \"2023-11-14T22:13:20Z\"",
                           "\"finished_at\": \"" + std::string(time) + "\""),
                      "finished_at is no time"))
        << time;
  }
  EXPECT_TRUE(names(with("\"users\": 12", "\"users\": -12"), "users is no count"));
  EXPECT_TRUE(names(with("\"bytes\": 7", "\"bytes\": 7.5"), "bytes is no count"));
  EXPECT_TRUE(names(with("\"sha256\": \"aa\"", "\"sha256\": 3"), "damaged"));
  EXPECT_TRUE(names(with("trueup-dump-1", "trueup-dump-9"), "trueup-dump-9"));
}

TEST_F(DumpManifestTest, JunkIsDamageAndAForeignOneIsPassedOver) {
  for (const std::string& junk : {std::string("not json"), whole_.substr(0, whole_.size() / 2),
                                  std::string(), std::string("{\"format\": \"trueup-dump-1\"}")}) {
    EXPECT_NE(complaint(junk).find("damaged"), std::string::npos) << junk;
  }
  EXPECT_EQ(complaint("{\"name\": \"of another program\"}"), "passed over");
  EXPECT_EQ(complaint("[1, 2]"), "passed over");
}

}  // namespace
}  // namespace trueup
