// SPDX-License-Identifier: Apache-2.0
// A compressed file that was made to fill memory or disk stops early.
#include <gtest/gtest.h>
#include <zstd.h>

#include <cstring>

#include "io/files/byte_source.h"
#include "snapshots/model/errors.h"
#include "tests/support/gzip_text.h"

namespace trueup {
namespace {

class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, text_.size() - at_);
    std::memcpy(to, text_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string zstd_of(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

/// How many bytes came out; the message if it was stopped.
std::pair<std::size_t, std::string> grown(const std::string& compressed, const GrowthLimit& limit) {
  std::size_t bytes = 0;
  try {
    const auto source = decoded(std::make_unique<TextSource>(compressed), "bomb", limit);
    std::string buffer(1 << 16, '\0');
    while (const std::size_t n = source->read(buffer.data(), buffer.size())) bytes += n;
  } catch (const InputError& error) {
    return {bytes, error.what()};
  }
  return {bytes, ""};
}

constexpr std::size_t kMiB = 1 << 20;
constexpr GrowthLimit kSmall = {.free_bytes = kMiB, .fold = 200};

TEST(GrowthLimit, ABombIsStopped) {
  const std::string zeros(32 * kMiB, '\0');
  for (const std::string& compressed : {zstd_of(zeros), gzip(zeros)}) {
    const auto [bytes, message] = grown(compressed, kSmall);
    EXPECT_LT(bytes, zeros.size());
    EXPECT_EQ(message.find("bomb: the compressed file grows more than 200-fold"), 0U) << message;
    EXPECT_EQ(grown(compressed, {}), std::pair(zeros.size(), std::string()))
        << "a gigabyte is free";
  }
}

TEST(GrowthLimit, WhatIsSmallOrGrowsLessPasses) {
  const std::string small(kMiB, '\0');
  EXPECT_EQ(grown(zstd_of(small), kSmall).second, "");
  std::string text;
  for (int i = 0; text.size() < 8 * kMiB; ++i) {
    text += "user" + std::to_string(i) + "@contoso.com\n";
  }
  for (const std::string& compressed : {zstd_of(text), gzip(text)}) {
    EXPECT_EQ(grown(compressed, kSmall), std::pair(text.size(), std::string()));
  }
}

}  // namespace
}  // namespace trueup
