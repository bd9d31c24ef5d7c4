// SPDX-License-Identifier: Apache-2.0
// The options that a plan was made with, as they are kept with its run, so that what is said of the
// plan later goes by them and not by the settings of that moment. Called by engine/run/run_record,
// which records them, and by `trueup show`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/compare/diff_options.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// For RunDescription::options. Of a scope list its absolute path, and the digest of what it holds.
std::string record_of(const DiffOptions& options);

struct RecordedOptions {
  DiffOptions options;
  std::string scope_list_digest;  // "": the scope is no list, or it could not be read
};
/// Nothing if `run` has none: it has no plan, or is of an earlier trueup. Throws StoreError if they
/// are damaged.
std::optional<RecordedOptions> recorded_options(const RunDescription& run);

/// Whether the scope list that they name is still what it was.
bool scope_list_stands(const RecordedOptions& recorded);

/// The keys, as in trueup.toml, of the settings in which both differ; the order of a list does not
/// matter.
std::vector<std::string> differing_settings(const DiffOptions& a, const DiffOptions& b);

/// Which options a verdict over the newest snapshots goes by.
struct VerdictOptions {
  DiffOptions options;
  std::uint64_t plan = 0;          // the run whose plan they are of; 0: of none
  std::vector<std::string> notes;  // where they are not the plan's, or not the settings, a line
};

/// How a setting was given to the command at hand.
struct GivenSettings {
  DiffOptions options;
  std::function<bool(const std::string& key)> as_flag;  // on the command line
  std::function<bool(const std::string& key)> at_all;   // there, or in the file
};

/// Those of the newest plan that was made of the newest snapshots; if there is none, those given;
/// what flags say otherwise is laid over them. A note says so. Throws StoreError.
VerdictOptions options_of_newest_plan(const Store& store, const GivenSettings& given);

}  // namespace trueup
