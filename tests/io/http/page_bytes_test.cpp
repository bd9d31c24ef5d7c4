// SPDX-License-Identifier: Apache-2.0
#include "io/http/page_bytes.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "io/files/input_file.h"
#include "tests/support/gzip_text.h"

namespace trueup {
namespace {

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "user " + std::to_string(text.size() * 2654435761U) + "\n";
  return text.substr(0, size);
}

TEST(PageBytes, GrowsAndIsPadded) {
  PageBytes bytes;
  const std::string text = text_of(300'001);
  for (std::size_t i = 0; i < text.size(); i += 7'000) {
    const std::string_view piece = std::string_view(text).substr(i, 7'000);
    ASSERT_TRUE(bytes.append(piece.data(), piece.size()));
  }
  bytes.pad();
  EXPECT_EQ(bytes.view(), text);
  const char* const end = bytes.view().data() + bytes.view().size();
  EXPECT_TRUE(std::all_of(end, end + kChunkPadding, [](char c) { return c == 0; }));
}

TEST(PageBytes, RefusesWhatIsTooLarge) {
  PageBytes bytes;
  const char byte = 'x';
  ASSERT_TRUE(bytes.append(&byte, 1));
  EXPECT_FALSE(bytes.append(&byte, kLargestBody));
  EXPECT_EQ(bytes.view(), "x");
}

TEST(PagePool, GivesTheSameMemoryAgain) {
  PagePool pool(1);
  PageBytes bytes = pool.take();
  bytes.reserve(100'000);
  const char* const where = bytes.view().data();
  pool.give_back(std::move(bytes));
  bytes = pool.take();
  EXPECT_EQ(bytes.view().data(), where);
  EXPECT_EQ(bytes.view().size(), 0U);
}

TEST(Gunzip, UnpacksOneAndSeveralMembers) {
  Gunzip gunzip;
  PageBytes out;
  const std::string text = text_of(500'000);
  ASSERT_TRUE(gunzip.unpack(gzip(text), out));
  EXPECT_EQ(out.view(), text);
  // The trailer tells the size of the last member alone.
  ASSERT_TRUE(gunzip.unpack(gzip(text) + gzip("") + gzip("}"), out));
  EXPECT_EQ(out.view(), text + "}");
  ASSERT_TRUE(gunzip.unpack(gzip(std::string(5'000'000, ' ')), out));
  EXPECT_EQ(out.view().size(), 5'000'000U);
}

TEST(Gunzip, RefusesWhatIsCorruptCutOrNoGzip) {
  Gunzip gunzip;
  PageBytes out;
  const std::string whole = gzip(text_of(50'000));
  EXPECT_FALSE(gunzip.unpack("", out));
  EXPECT_FALSE(gunzip.unpack("{}", out));
  EXPECT_FALSE(gunzip.unpack(whole + "{", out));
  for (const std::size_t size : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    EXPECT_FALSE(gunzip.unpack(whole.substr(0, size), out)) << size;
  }
  for (std::size_t at = 20; at < whole.size(); at += 997) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_FALSE(gunzip.unpack(bad, out)) << at;
  }
}

TEST(Gunzip, EndsWithABomb) {
  Gunzip gunzip;
  PageBytes out;
  EXPECT_FALSE(gunzip.unpack(gzip(std::string(kLargestBody + 1, 'x')), out));
}

}  // namespace
}  // namespace trueup
