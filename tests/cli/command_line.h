// SPDX-License-Identifier: Apache-2.0
// The command `trueup` as an operator sees it: arguments in; exit code, stdout and stderr out. And
// tenants to run it on. Everything here knows the binaries only by what they print and write.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace trueup::cli {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

Arguments operator+(Arguments left, const Arguments& right);

/// Runs the binary with these arguments.
ProcessResult trueup(const Arguments& arguments, const ProcessOptions& options = {});

/// Runs it with --json and gives what it prints. Throws std::runtime_error with stderr unless it
/// ends with `exit_code`.
Json trueup_json(const Arguments& arguments, int exit_code = 0);

/// Runs it; throws std::runtime_error with stderr unless it ends with `exit_code`.
ProcessResult must(const Arguments& arguments, int exit_code = 0);

/// Exit code as given, nothing on stdout, and stderr matches every one of `patterns` (regular
/// expressions, case ignored): what is wrong, where, and what to do about it.
testing::AssertionResult fails(const ProcessResult& result, int exit_code,
                               std::initializer_list<std::string> patterns);

/// Limits of the plan's guards that nothing goes beyond, for tests that are about something else.
Arguments open_guards();
Arguments open_guards_of_undo();

/// `run` goes by a configuration: an empty one in `folder`, for what stands in the arguments.
Arguments nightly(const TempFolder& folder);

/// `run` with these arguments (of `plan`) and `more` (of `run` alone), guards of the plan wide
/// open. Where the store has no plan yet, a `plan` becomes the history that a nightly job asks for:
/// run 1.
ProcessResult nightly_run(const TempFolder& folder, const Arguments& planning,
                          const Arguments& more = {}, const ProcessOptions& options = {});

/// What run.json of a run has of the command that worked on it last.
Json last_block(const std::string& store, int run);

/// What make_tenant wrote.
struct Tenant {
  std::string folder;
  std::string graph;             // folder of pages
  std::vector<std::string> exo;  // one export; two with --quirks
  std::string ad;
  std::vector<std::string> pages() const;  // in order
  Json truth() const;

  /// --graph --exo --ad
  Arguments inputs() const;
  Arguments graph_and_ad() const;
};

/// Makes one in folder/name; `arguments` on top of --out and --mailboxes. Throws if it cannot.
Tenant make_tenant(const TempFolder& folder, std::string_view name, int mailboxes,
                   const Arguments& arguments = {});

/// The text with every `from` turned into `to`. Throws if there is none.
std::string replaced(std::string text, std::string_view from, std::string_view to);

/// The text with its first `from` turned into `to`. Throws if there is none.
std::string replaced_once(std::string text, std::string_view from, std::string_view to);

/// Changes a file in place.
void edit_file(const std::string& path, std::string_view from, std::string_view to);

}  // namespace trueup::cli
