// SPDX-License-Identifier: Apache-2.0
#include "io/files/input_file.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/files/input_paths.h"
#include "io/ldif/ldif_reader.h"
#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) out.push_back(fs::path(path).filename().string());
  return out;
}
using Names = std::vector<std::string>;

std::vector<std::string> expand(const std::vector<std::string>& specs,
                                std::vector<std::string>* passed_over = nullptr) {
  return expand_input(specs, {".json", ".jsonl"}, passed_over);
}

std::string error_of(const std::vector<std::string>& specs) {
  try {
    expand(specs);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ExpandInput, TakesTheListedFilesOfAFolderInNumberOrder) {
  const TempFolder folder;
  for (const char* name :
       {"page-10.json", "page-2.json", "page-1.json.gz", "page-3.json.zst", "page-4.json",
        "page-5.json", "page-6.json", "page-7.json", "page-8.jsonl", "page-9.json", "manifest.json",
        "notes.txt", ".page-11.json", ".json"}) {
    folder.write(name, "x");
  }
  fs::create_directory(folder / "sub.json");
  std::vector<std::string> passed_over;
  // page-8.jsonl is a name of another kind; without it 8 is missing among the others.
  EXPECT_NE(error_of({folder.path()}).find("page-8.json"), std::string::npos);
  fs::rename(folder / "page-8.jsonl", folder / "page-8.json");
  EXPECT_EQ(names(expand({folder.path()}, &passed_over)),
            (Names{"page-1.json.gz", "page-2.json", "page-3.json.zst", "page-4.json", "page-5.json",
                   "page-6.json", "page-7.json", "page-8.json", "page-9.json", "page-10.json"}));
  EXPECT_EQ(names(passed_over), (Names{".json", ".page-11.json", "notes.txt", "sub.json"}));
}

TEST(ExpandInput, TakesWhatAPatternNames) {
  const TempFolder folder;
  for (const char* name : {"b-2.txt", "b-10.txt", "b-1.txt", "c.txt", "manifest.json"}) {
    folder.write(name, "x");
  }
  EXPECT_EQ(names(expand({folder / "c.t?t", folder / "b-*"})),
            (Names{"c.txt", "b-1.txt", "b-2.txt", "b-10.txt"}));
  EXPECT_EQ(names(expand({folder / "[cm]*"})), Names{"c.txt"});
}

TEST(ExpandInput, RefusesWhatNamesNothing) {
  const TempFolder folder;
  folder.write("notes.txt", "x");
  EXPECT_NE(error_of({folder / "absent.json"}), "");
  EXPECT_NE(error_of({folder / "*.json"}), "");
  EXPECT_NE(error_of({folder.path()}), "");
  EXPECT_NE(error_of({folder.write("manifest.json", "x")}), "");
}

TEST(ExpandInput, RefusesTheSameFileTwice) {
  const TempFolder folder;
  const std::string a = folder.write("a.json", "x");
  fs::create_symlink(a, folder / "b.json");
  EXPECT_NE(error_of({a, a}).find("twice"), std::string::npos);
  EXPECT_NE(error_of({a, folder / "./a.json"}).find("twice"), std::string::npos);
  EXPECT_NE(error_of({folder.path()}).find("twice"), std::string::npos);
  const TempFolder twins;
  twins.write("a.json", "x");
  twins.write("a.json.gz", "x");
  EXPECT_NE(error_of({twins.path()}).find("compressed"), std::string::npos);
}

std::string error_with(std::initializer_list<const char*> files) {
  const TempFolder folder;
  for (const char* name : files) folder.write(name, "x");
  return error_of({folder.path()});
}

TEST(ExpandInput, NamesTheMissingFileOfASequence) {
  EXPECT_NE(error_with({"page-000001.json", "page-000002.json", "page-000004.json"})
                .find("page-000003.json"),
            std::string::npos);
  EXPECT_NE(error_with({"p1.json", "p2.json", "p3.json", "p99.json"}).find("p4.json"),
            std::string::npos);
  EXPECT_NE(error_with({"page-2.json", "page-3.json", "page-4.json"}).find("page-1.json"),
            std::string::npos);
  EXPECT_NE(error_with({"d1.p9.json", "d1.p10.json", "d1.p12.json.gz"}).find("d1.p11.json"),
            std::string::npos);
}

TEST(ExpandInput, LeavesNumbersThatAreNoSequenceAlone) {
  EXPECT_EQ(error_with({"users-2024.json", "users-2026.json"}), "");
  EXPECT_EQ(error_with({"users-2024.json", "users-2025.json", "users-2026.json"}), "");
  EXPECT_EQ(error_with({"ou-10.json", "ou-20.json", "ou-30.json", "ou-31.json"}), "");
  EXPECT_EQ(error_with({"page-0.json", "page-1.json", "page-2.json"}), "");
  EXPECT_EQ(error_with({"ou-2.json", "ou-4.json", "ou-6.json"}), "");
  EXPECT_EQ(error_with({"a1.json", "b2.json", "c4.json"}), "");
  EXPECT_EQ(error_with({"20260131235959123456789.json", "1.json", "2.json", "3.json"}), "");
}

TEST(ExpandInput, LeavesFilesNamedOneByOneAlone) {
  const TempFolder folder;
  const std::vector<std::string> files = {
      folder.write("p-1.json", "x"), folder.write("p-2.json", "x"), folder.write("p-4.json", "x")};
  EXPECT_EQ(expand(files), files);
}

// Chunks.

struct Read {
  std::string text;
  std::vector<std::size_t> lengths;
};

std::size_t cut_at_newline(std::string_view text) { return text.rfind('\n') + 1; }

Read read_all(const std::string& path, std::size_t chunk_bytes) {
  Read read;
  const std::unique_ptr<ChunkSource> source = open_chunks(path, cut_at_newline, chunk_bytes);
  bool last = false;
  while (std::optional<Chunk> chunk = source->next()) {
    EXPECT_FALSE(last);
    EXPECT_TRUE(!chunk->text.empty() || (chunk->first && chunk->last));
    EXPECT_EQ(chunk->first, read.lengths.empty());
    EXPECT_EQ(chunk->offset, read.text.size());
    const volatile char* behind = chunk->text.data() + chunk->text.size();
    for (std::size_t i = 0; i < kChunkPadding; ++i) static_cast<void>(behind[i]);
    read.text += chunk->text;
    read.lengths.push_back(chunk->text.size());
    last = chunk->last;
  }
  EXPECT_TRUE(last);
  return read;
}

std::string lines_of(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i) + "\n";
  text.resize(bytes);
  if (bytes != 0) text.back() = '\n';
  return text;
}

std::string gzipped(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);  // as the zstd command does
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

/// REQUIRES: valid UTF-8 of at most three bytes a character, or the four-byte U+1F600.
std::string utf16(std::string_view text, bool big_endian) {
  std::string out = big_endian ? "\xfe\xff" : "\xff\xfe";
  const auto put = [&](unsigned unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    out += big_endian ? std::string{high, low} : std::string{low, high};
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto octet = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
    const unsigned lead = octet(0);
    if (lead < 0x80) {
      put(lead);
      i += 1;
    } else if (lead < 0xE0) {
      put((lead & 0x1FU) << 6 | (octet(1) & 0x3FU));
      i += 2;
    } else if (lead < 0xF0) {
      put((lead & 0xFU) << 12 | (octet(1) & 0x3FU) << 6 | (octet(2) & 0x3FU));
      i += 3;
    } else {
      put(0xD83D);
      put(0xDE00);
      i += 4;
    }
  }
  return out;
}

TEST(InputFile, ReadsEveryEncodingAlike) {
  const TempFolder folder;
  // Sizes around a page's end, the limit below which files are read, and the decoders' blocks.
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{4097}, std::size_t{8192},
        std::size_t{40000}, (std::size_t{1} << 20) - 1, std::size_t{1} << 20,
        (std::size_t{1} << 20) + 4096, std::size_t{3} << 20}) {
    const std::string text = lines_of(size);
    const std::string forms[] = {
        folder.write("plain", text),
        folder.write("bom", "\xef\xbb\xbf" + text),
        folder.write("gz", gzipped(text)),
        folder.write("two.gz", gzipped(text.substr(0, size / 2)) + gzipped(text.substr(size / 2))),
        folder.write("padded.gz", gzipped(text) + std::string(1000, '\0')),
        folder.write("zst", zstd(text)),
        folder.write("two.zst", zstd(text.substr(0, size / 2)) + zstd(text.substr(size / 2))),
        folder.write("utf16le", utf16(text, false)),
        folder.write("utf16be", utf16(text, true)),
        folder.write("utf16le.gz", gzipped(utf16(text, false))),
    };
    for (const std::string& form : forms) {
      for (const std::size_t chunk_bytes : {std::size_t{4096}, std::size_t{1} << 22}) {
        const Read read = read_all(form, chunk_bytes);
        EXPECT_TRUE(read.text == text) << form << " " << size;
        for (const std::size_t length : read.lengths) EXPECT_LE(length, chunk_bytes);
        EXPECT_LE(read.lengths.size(), size / (chunk_bytes - 20) + 1);
      }
    }
  }
}

TEST(InputFile, ARecordMayBeLargerThanAChunk) {
  const TempFolder folder;
  const std::string text = "a\n" + std::string(3 << 20, 'x') + "\nb\n";
  for (const std::string& file : {folder.write("plain", text), folder.write("gz", gzipped(text))}) {
    const Read read = read_all(file, 4096);
    EXPECT_TRUE(read.text == text);
    EXPECT_EQ(read.lengths.size(), 2U);
  }
}

TEST(InputFile, WithoutACutFunctionAFileIsOneChunk) {
  const TempFolder folder;
  for (const std::size_t size : {std::size_t{5000}, std::size_t{2} << 20}) {
    const std::unique_ptr<ChunkSource> source =
        open_chunks(folder.write("plain", lines_of(size)), nullptr, 4096);
    EXPECT_EQ(source->next()->text.size(), size);
    EXPECT_FALSE(source->next());
  }
}

TEST(InputFile, ChunksOutliveTheirSource) {
  const TempFolder folder;
  const std::string text = lines_of(std::size_t{2} << 20);
  std::vector<Chunk> chunks;
  {
    const std::unique_ptr<ChunkSource> source =
        open_chunks(folder.write("plain", text), cut_at_newline, 100000);
    while (std::optional<Chunk> chunk = source->next()) chunks.push_back(*chunk);
  }
  while (chunks.size() > 1) chunks.erase(chunks.begin());
  EXPECT_TRUE(text.ends_with(chunks[0].text));
}

TEST(InputFile, TurnsUtf16IntoUtf8) {
  EXPECT_TRUE(rc::check([] {
    const auto characters = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "\n", "sixteen letters!", "\xc3\xb6", "\xdf\xbf",
                                      "\xe2\x82\xac", "\xef\xbf\xbd", "\xf0\x9f\x98\x80"));
    std::string text;
    // Repeated, so that characters fall on the ends of the decoder's blocks.
    const int times = *rc::gen::element(1, 5000);
    for (int i = 0; i < times; ++i) {
      for (const std::string& c : characters) text += c;
    }
    const TempFolder folder;
    RC_ASSERT(read_all(folder.write("le", utf16(text, false)), 1 << 16).text == text);
    RC_ASSERT(read_all(folder.write("be", utf16(text, true)), 1 << 16).text == text);
  }));
}

TEST(InputFile, ReadsAPipe) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const std::string text = lines_of(200000);
  std::thread writer([&] { folder.write("pipe", gzipped(text)); });
  EXPECT_TRUE(read_all(folder / "pipe", 4096).text == text);
  writer.join();
  EXPECT_EQ(file_size(folder.write("plain", text)), text.size());
}

TEST(InputFile, RefusesAFileThatIsWrittenToMeanwhile) {
  const TempFolder folder;
  const std::string text = lines_of(100000);
  for (const std::string& later : {std::string(), text + "more\n", text.substr(0, 50000)}) {
    const std::unique_ptr<ChunkSource> source =
        open_chunks(folder.write("a", text), cut_at_newline, 4096);
    EXPECT_TRUE(source->next());
    folder.write("a", later);
    EXPECT_THROW(while (source->next()){}, InputError);
  }
}

std::string read_error(const std::string& bytes) {
  const TempFolder folder;
  const std::string path = folder.write("damaged", bytes);
  try {
    read_all(path, 4096);
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    return error.what();
  }
  return "";
}

TEST(InputFile, RefusesDamagedUtf16) {
  const std::string good = utf16("abc", false);
  EXPECT_EQ(read_error(good), "");
  EXPECT_NE(read_error(good + "x").find("at byte 8"), std::string::npos);
  EXPECT_NE(read_error(good + "\x3d\xd8").find("at byte 8"), std::string::npos);
  EXPECT_NE(read_error(good + "\x3d\xd8yz").find("at byte 8"), std::string::npos);
  EXPECT_NE(read_error(good + std::string("\x00\xde"
                                          "a\0",
                                          4))
                .find("at byte 8"),
            std::string::npos);
}

TEST(InputFile, RefusesDamagedCompression) {
  for (const std::string& good : {gzipped(lines_of(100000)), zstd(lines_of(100000))}) {
    EXPECT_EQ(read_error(good), "");
    for (const std::size_t cut :
         {std::size_t{1}, std::size_t{4}, good.size() / 2, good.size() - 12}) {
      EXPECT_NE(read_error(good.substr(0, good.size() - cut)), "") << cut;
    }
    std::string damaged = good;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    EXPECT_NE(read_error(damaged), "");
    EXPECT_NE(read_error(good + "garbage"), "");
  }
  EXPECT_NE(read_error(gzipped(gzipped("x"))), "");
}

TEST(InputFile, RefusesWhatCannotBeOpened) {
  const TempFolder folder;
  EXPECT_THROW(open_chunks(folder / "absent", nullptr, 1), InputError);
  EXPECT_THROW(open_chunks(folder.path(), nullptr, 1), InputError);
  EXPECT_THROW(file_size(folder / "absent"), InputError);
  EXPECT_EQ(file_size(folder.write("a", "four")), 4U);
}

}  // namespace
}  // namespace trueup
