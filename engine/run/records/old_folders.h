// SPDX-License-Identifier: Apache-2.0
// The folders STORE/runs/N on disk: which there are, what they take, and their removal. Nothing is
// ever done through a symbolic link, and nothing is removed that a run does not make. Called by
// engine/run/records/retention.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trueup {

struct FolderSize {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// The numbers of the entries of `runs` (STORE/runs) that are named like a run's folder, sorted.
/// Throws StoreError if that is no folder, or cannot be read.
std::vector<std::uint64_t> run_folders(const std::string& runs);

/// What runs/N takes; nothing if it is not there. Throws StoreError if it, or something in it, is
/// not what a run makes: a link instead of the folder, a folder within it, what cannot be read.
FolderSize size_of_run_folder(const std::string& runs, std::uint64_t run);

/// Removes it with what is in it. Throws StoreError as size_of_run_folder() does, and if something
/// cannot be removed.
void remove_run_folder(const std::string& runs, std::uint64_t run);

}  // namespace trueup
