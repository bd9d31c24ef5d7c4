// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

constexpr auto kWrite = Store::Mode::kReadWrite;
constexpr auto kRead = Store::Mode::kReadOnly;

TEST(Store, IsMadeWhereThereIsNone) {
  const TempFolder folder;
  const auto store = Store::open(folder / "store", kWrite);
  EXPECT_EQ(store->folder(), folder / "store");
  EXPECT_FALSE(store->read_only());
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(folder / "store").permissions(), fs::perms::owner_all);
}

TEST(Store, KeepsWhatWasPut) {
  const TempFolder folder;
  {
    const auto store = Store::open(folder / "store", kWrite);
    store->put_ordered("key", "value");
    const Store::KeyValue both[] = {{"a1", "1"}, {"a2", "2"}};
    store->put_synced(both);
    store->put_ordered("gone", "x");
    store->erase("gone");
  }
  const auto store = Store::open(folder / "store", kWrite);
  EXPECT_EQ(store->get("key"), "value");
  EXPECT_EQ(store->get("a2"), "2");
  EXPECT_FALSE(store->get("gone"));
}

TEST(Store, ScansAPrefixInOrderUntilToldToStop) {
  const TempFolder folder;
  const auto store = Store::open(folder / "store", kWrite);
  for (const char* key : {"b", "a2", "a1", "a3"}) store->put_ordered(key, "v");
  std::string seen;
  store->scan("a", [&](std::string_view key, std::string_view) {
    seen += key;
    return key != "a2";
  });
  EXPECT_EQ(seen, "a1a2");
}

TEST(Store, NumbersAreNeverGivenOutTwice) {
  const TempFolder folder;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const auto store = Store::open(folder / "store", kWrite);
    EXPECT_EQ(store->next_number("run"), n);
    EXPECT_EQ(store->next_number("generation"), 2 * n - 1) << "each counter is its own";
    EXPECT_EQ(store->next_number("generation"), 2 * n);
  }
}

TEST(Store, AForeignFolderIsLeftAlone) {
  const TempFolder folder;
  folder.write("mine/letter.txt", "dear");
  EXPECT_THROW(Store::open(folder / "mine", kWrite), StoreError);
  EXPECT_EQ(read_file(folder / "mine/letter.txt"), "dear");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "mine"), {}), 1);
}

TEST(Store, AFileIsNoStore) {
  const TempFolder folder;
  EXPECT_THROW(Store::open(folder.write("file", "x"), kWrite), StoreError);
}

TEST(Store, AnEmptyFolderBecomesAStore) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "empty");
  EXPECT_NO_THROW(Store::open(folder / "empty", kWrite));
}

TEST(Store, AnotherFormatIsRefused) {
  const TempFolder folder;
  Store::open(folder / "store", kWrite);
  folder.write("store/FORMAT", "trueup store 99\n");
  EXPECT_THROW(Store::open(folder / "store", kWrite), StoreError);
  EXPECT_THROW(Store::open(folder / "store", kRead), StoreError);
}

TEST(Store, ALockFileThatIsASymbolicLinkIsNotFollowed) {
  const TempFolder folder;
  Store::open(folder / "store", kWrite);
  const std::string victim = folder.write("victim", "theirs");
  std::filesystem::remove(folder / "store/lock");
  std::filesystem::create_symlink(victim, folder / "store/lock");
  std::string text;
  try {
    Store::open(folder / "store", kWrite);
  } catch (const StoreError& e) {
    text = e.what();
  }
  EXPECT_NE(text.find("store/lock is a symbolic link; remove it"), std::string::npos) << text;
  EXPECT_EQ(read_file(victim), "theirs");
}

TEST(Store, ReadOnlyNeedsAStoreAndMakesNone) {
  const TempFolder folder;
  EXPECT_THROW(Store::open(folder / "none", kRead), StoreError);
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));
}

TEST(Store, AFolderThatCannotBeWrittenIsRefused) {
  if (::geteuid() == 0) {
    // Root may write anywhere but below a file.
    const TempFolder folder;
    EXPECT_THROW(Store::open(folder.write("file", "x") + "/store", kWrite), StoreError);
    return;
  }
  const TempFolder folder;
  const std::string path = folder / "closed";
  std::filesystem::create_directory(path);
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THROW(Store::open(path, kWrite), StoreError);
}

// Opens the store in a process of its own, before this one has any threads of RocksDB's, and holds
// it until `release` is closed.
class OtherProcess {
 public:
  explicit OtherProcess(const std::string& path) {
    int opened[2], release[2];
    if (::pipe(opened) != 0 || ::pipe(release) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(release[1]);
      int code = 1;
      try {
        const auto store = Store::open(path, kWrite);
        store->put_ordered("held", "yes");
        code = ::write(opened[1], "x", 1) == 1 ? 0 : 1;
        char byte;
        while (::read(release[0], &byte, 1) > 0) {
        }
      } catch (...) {
      }
      ::_exit(code);
    }
    ::close(opened[1]);
    ::close(release[0]);
    char byte = 0;
    ready_ = ::read(opened[0], &byte, 1) == 1;
    ::close(opened[0]);
    release_ = release[1];
  }
  bool ready() const { return ready_; }
  pid_t id() const { return child_; }
  void finish() {
    if (child_ == 0) return;
    ::close(release_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
  }
  ~OtherProcess() { finish(); }

 private:
  pid_t child_ = 0;
  int release_ = -1;
  bool ready_ = false;
};

TEST(Store, IsHeldByOneWriterAtATime) {
  const TempFolder folder;
  OtherProcess other(folder / "store");
  ASSERT_TRUE(other.ready());
  try {
    Store::open(folder / "store", kWrite);
    FAIL() << "two writers";
  } catch (const StoreError& e) {
    EXPECT_NE(std::string(e.what()).find(std::to_string(other.id())), std::string::npos)
        << "it says which: " << e.what();
  }
  const auto reader = Store::open(folder / "store", kRead);
  EXPECT_EQ(reader->get("held"), "yes") << "any number may read";
  EXPECT_TRUE(reader->read_only());
  other.finish();
  EXPECT_NO_THROW(Store::open(folder / "store", kWrite));
}

TEST(Store, ReadOnlyWritesNothing) {
  const TempFolder folder;
  Store::open(folder / "store", kWrite)->put_ordered("key", "value");
  const auto store = Store::open(folder / "store", kRead);
  EXPECT_EQ(store->get("key"), "value");
  EXPECT_ANY_THROW(store->put_ordered("key", "other"));
}

TEST(Store, LeftOversOfAKilledLoadAreSweptAway) {
  const TempFolder folder;
  Store::open(folder / "store", kWrite);
  folder.write("store/incoming/left-over.sst", "x");
  Store::open(folder / "store", kWrite);
  EXPECT_FALSE(std::filesystem::exists(folder / "store/incoming/left-over.sst"));
}

TEST(Store, NumberedKeysSortAsNumbers) {
  EXPECT_LT(numbered_key("k", 9), numbered_key("k", 10));
  EXPECT_LT(numbered_key("k", 255), numbered_key("k", 256));
}

}  // namespace
}  // namespace trueup
