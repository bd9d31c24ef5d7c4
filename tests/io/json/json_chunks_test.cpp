// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_chunks.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// A file in a folder of its own, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "json-chunks-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    std::ofstream(path(), std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove_all(folder_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return folder_ + "/dump.json"; }

 private:
  std::string folder_;
};

std::vector<std::string> chunks_of(const std::string& content, std::size_t chunk_bytes) {
  const TemporaryFile file(content);
  const auto source = open_json_chunks(file.path(), chunk_bytes);
  std::vector<std::string> chunks;
  std::uint64_t offset = 0;
  bool last = false;
  while (const auto chunk = source->next()) {
    EXPECT_EQ(chunk->offset, offset);
    EXPECT_EQ(chunk->first, offset == 0);
    EXPECT_FALSE(last);
    last = chunk->last;
    offset += chunk->text.size();
    chunks.emplace_back(chunk->text);
  }
  EXPECT_TRUE(last);
  return chunks;
}

using Strings = std::vector<std::string>;

TEST(JsonChunks, CutsBeforeTheCommaBehindAnElement) {
  const std::string text = R"({"@odata.context":"c","value":[{"id":"1"},{"id":"2"}],"n":"x"})";
  EXPECT_EQ(cut_json(text.substr(0, 45)), 41U);  // {...,"value":[{"id":"1"}
  EXPECT_EQ(text[41], ',');
  EXPECT_EQ(cut_json(text.substr(0, 41)), 0U);
  EXPECT_EQ(cut_json(text), text.size());
  EXPECT_EQ(cut_json("[{},{}"), 3U);
  EXPECT_EQ(cut_json("[{} \n , {}"), 6U);
}

TEST(JsonChunks, GoesOnBehindAComma) {
  EXPECT_EQ(cut_json(R"(,{"a":1},{"b":[)"), 8U);
  EXPECT_EQ(cut_json(R"(,{"a":1}],"Count":2})"), 20U);
  EXPECT_EQ(cut_json(R"(,{"a":1}],"more":[{},{},)"), 0U);  // no list: its key is not "value"
  EXPECT_EQ(cut_json(",{\"a\":1}]\n[{},{}"), 13U);
}

TEST(JsonChunks, CutsInListsOnly) {
  EXPECT_EQ(cut_json(R"({"a":[{},{}])"), 0U);
  EXPECT_EQ(cut_json(R"({"a":{"value":[{},{}])"), 0U);
  EXPECT_EQ(cut_json(R"({"xvalue":[{},{}])"), 0U);
  EXPECT_EQ(cut_json(R"([[{},{}])"), 0U);
  EXPECT_EQ(cut_json(R"({"Value" : [{},{}])"), 14U);
  EXPECT_EQ(cut_json(R"({"value":[{"a":[{},{}]},)"), 23U);
}

TEST(JsonChunks, IsNotMisledByStrings) {
  EXPECT_EQ(cut_json(R"([{"a":"},{"},{)"), 12U);
  EXPECT_EQ(cut_json(R"([{"a":"\"},{"},{)"), 14U);
  EXPECT_EQ(cut_json(R"([{"a":"\\"},{"b":"},{)"), 11U);
  // Escapes on the border of a block of 64 bytes.
  for (std::size_t pad = 50; pad < 80; ++pad) {
    for (const char* escapes : {"\\\"", "\\\\", "\\\\\\\"", "\\\\\\\\"}) {
      const std::string element = "[{\"a\":\"" + std::string(pad, 'x') + escapes + "},{\"}";
      EXPECT_EQ(cut_json(element + ",{}"), element.size());
    }
  }
}

TEST(JsonChunks, CutsBetweenDocuments) {
  EXPECT_EQ(cut_json("{\"a\":1}\n{\"b\":"), 7U);
  EXPECT_EQ(cut_json("{\"a\":1}\n{\"b\":2}\n"), 15U);
  EXPECT_EQ(cut_json("{\"value\":[]} {\"value\":[{}"), 12U);
}

TEST(JsonChunks, OneChunkForASmallFile) {
  const std::string text = R"([{"a":1},{"b":2}])";
  EXPECT_EQ(chunks_of(text, 100), Strings{text});
  EXPECT_EQ(chunks_of("", 100), Strings{""});
}

TEST(JsonChunks, CutsAFileIntoRunsOfElements) {
  EXPECT_EQ(chunks_of(R"({"x":1,"value":[{"a":1},{"b":2},{"c":3}],"Count":3})", 26),
            (Strings{R"({"x":1,"value":[{"a":1})", R"(,{"b":2})", R"(,{"c":3}],"Count":3})"}));
}

TEST(JsonChunks, CutsNewlineDelimitedRecordsBehindLines) {
  EXPECT_EQ(chunks_of("{\"a\":1}\n{\"b\":2}\r\n{\"c\":3}\n{\"d\":4}\n", 20),
            (Strings{"{\"a\":1}\n{\"b\":2}\r\n", "{\"c\":3}\n{\"d\":4}\n"}));
  // A line with a quote too many does not spoil the cuts behind it.
  std::string text;
  for (int i = 0; i < 100; ++i) text += i == 1 ? "{\"a\":\"x\"\"}\n" : "{\"a\":\"x\"}\n";
  const Strings chunks = chunks_of(text, 50);
  EXPECT_GT(chunks.size(), 20U);
  for (const std::string& chunk : chunks) EXPECT_EQ(chunk.back(), '\n');
}

TEST(JsonChunks, CutsALargeFile) {
  std::string text = "{\"value\":[";
  while (text.size() < (std::size_t{5} << 20)) {
    text += text.back() == '[' ? "{\"a\":\"x\"}" : ",{\"a\":\"xx\"}";
  }
  text += "]}";
  const Strings chunks = chunks_of(text, 100000);
  EXPECT_GT(chunks.size(), 50U);
  std::string together;
  for (const std::string& chunk : chunks) {
    EXPECT_LE(chunk.size(), 100000U);
    together += chunk;
  }
  EXPECT_EQ(together, text);
}

TEST(JsonChunks, RefusesARecordWithoutEnd) {
  const TemporaryFile file("[{\"a\":\"");
  std::filesystem::resize_file(file.path(), std::uintmax_t{100} << 20);  // sparse
  const auto source = open_json_chunks(file.path(), std::size_t{1} << 20);
  EXPECT_THROW(source->next(), InputError);
}

/// A list of random objects, as JSON.
std::string random_value(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 4 : 2);
  if (kind == 0) return *rc::gen::element<std::string>("1", "null", "true", "-2.5");
  if (kind == 1) {
    return "\"" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab{}[],: "))) +
           *rc::gen::element<std::string>("", "\\\"", "\\\\", "\\\\\\\"") + "\"";
  }
  std::string inside;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
    if (!inside.empty()) inside += *rc::gen::element<std::string>(",", " ,\n");
    if (kind == 3) inside += *rc::gen::element<std::string>("\"k\":", "\"value\": ", "\"a\\\"\" :");
    inside += random_value(depth - 1);
  }
  return kind == 2 ? "[" + inside + "]" : "{" + inside + "}";
}

/// Where a text may be cut, told by the elements it was made of.
TEST(JsonChunks, FindsTheLastCutOfAnyPrefix) {
  EXPECT_TRUE(rc::check([] {
    std::string text = *rc::gen::element<std::string>("[", "{\"a\":[{},{}],\"value\":[", "\n [ ");
    const bool in_object = text[0] == '{';
    std::vector<std::size_t> cuts;
    for (int i = 0; i < 12; ++i) {
      if (i > 0) {
        cuts.push_back(text.size());
        text += ",";
      }
      text += "{\"x\":" + random_value(3) + "}";
    }
    text += in_object ? "]}" : "]";
    const std::size_t all = text.size();
    const std::size_t from =
        *rc::gen::element<std::size_t>(0, cuts[2]);  // of the text, or a later chunk
    const std::size_t size = *rc::gen::inRange<std::size_t>(from + 1, all + 1);
    std::size_t expected = size == all ? all - from : 0;
    for (std::size_t cut : cuts) {
      if (size != all && cut > from && cut < size) expected = cut - from;
    }
    RC_ASSERT(cut_json(std::string_view(text).substr(from, size - from)) == expected);
  }));
}

TEST(JsonChunks, ChunksMakeUpTheFile) {
  EXPECT_TRUE(rc::check([] {
    std::string text = "[";
    for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
      text += "{\"x\":" + random_value(2) + (i > 1 ? "}," : "}]");
    }
    const std::size_t chunk_bytes = *rc::gen::inRange<std::size_t>(1, 400);
    std::string together;
    for (const std::string& chunk : chunks_of(text, chunk_bytes)) {
      RC_ASSERT(together.empty() || chunk.empty() || chunk[0] == ',');
      together += chunk;
    }
    RC_ASSERT(together == text);
  }));
}

}  // namespace
}  // namespace trueup
