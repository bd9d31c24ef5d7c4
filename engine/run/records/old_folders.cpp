// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/old_folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw StoreError("cannot " + what + " " + path + ": " + std::strerror(errno));
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// `name` below `above`, or by itself; nothing if there is none. `path`: for messages.
Folder open_folder(int above, const std::string& name, const std::string& path) {
  const int fd = ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return nullptr;
    if (errno == ENOTDIR || errno == ELOOP) {
      throw StoreError(path +
                       " is no folder of a run's (a link, or a file); look at it, and "
                       "remove it by hand");
    }
    fail("open", path);
  }
  Folder folder(::fdopendir(fd));
  if (folder == nullptr) {
    ::close(fd);
    fail("read", path);
  }
  return folder;
}

std::vector<std::string> names_in(const Folder& folder, const std::string& path) {
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) fail("read", path);
  return names;
}

/// As begin_run() names its folder, and not otherwise: "12", never "012".
std::optional<std::uint64_t> run_of_name(const std::string& name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return std::to_string(number) == name ? std::optional(number) : std::nullopt;
}

/// Somebody may keep a note of his own there, which is not for us to remove.
bool is_ours(std::string_view file) {
  static constexpr std::string_view kNames[] = {"plan.ldif",     "rejects.ldif", "undo.ldif",
                                                "unmatched.csv", "run.json",     "intended"};
  const bool known = std::ranges::any_of(kNames, [&](std::string_view name) {
    // A write that was killed leaves NAME.partPID.
    return file.starts_with(name) &&
           (file.size() == name.size() || file.substr(name.size()).starts_with(".part"));
  });
  return known || file.starts_with("run.json.damaged-");
}

/// What is there, looked at before anything is removed: all of it goes, or nothing.
struct Contents {
  Folder folder;  // none: it is not there
  std::vector<std::string> names;
  FolderSize size;
};

Contents contents_of(const Folder& runs, const std::string& name, const std::string& path) {
  Contents found;
  found.folder = open_folder(::dirfd(runs.get()), name, path);
  if (found.folder == nullptr) return found;
  found.names = names_in(found.folder, path);
  for (const std::string& file : found.names) {
    struct stat status {};
    if (::fstatat(::dirfd(found.folder.get()), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      fail("look at", path + "/" + file);
    }
    if (S_ISREG(status.st_mode) && is_ours(file)) {
      ++found.size.files;
      found.size.bytes += static_cast<std::uint64_t>(status.st_size);
      continue;
    }
    throw StoreError(path + "/" + file +
                     " is no file that a run makes; look at it, and move it away");
  }
  return found;
}

Folder open_runs(const std::string& runs) {
  Folder folder = open_folder(AT_FDCWD, runs, runs);
  if (folder == nullptr) throw StoreError(runs + " is not there");
  return folder;
}

}  // namespace

std::vector<std::uint64_t> run_folders(const std::string& runs) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names_in(open_runs(runs), runs)) {
    if (const auto number = run_of_name(name)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

FolderSize size_of_run_folder(const std::string& runs, std::uint64_t run) {
  const std::string name = std::to_string(run);
  return contents_of(open_runs(runs), name, runs + "/" + name).size;
}

void remove_run_folder(const std::string& runs, std::uint64_t run) {
  const std::string name = std::to_string(run);
  const std::string path = runs + "/" + name;
  const Folder above = open_runs(runs);
  const Contents found = contents_of(above, name, path);
  if (found.folder == nullptr) return;
  for (const std::string& file : found.names) {
    if (::unlinkat(::dirfd(found.folder.get()), file.c_str(), 0) != 0) {
      fail("remove", path + "/" + file);
    }
  }
  if (::unlinkat(::dirfd(above.get()), name.c_str(), AT_REMOVEDIR) != 0) fail("remove", path);
}

}  // namespace trueup
