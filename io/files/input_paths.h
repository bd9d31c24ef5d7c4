// SPDX-License-Identifier: Apache-2.0
// Which files a FILE, FOLDER or GLOB of the operator's names, in stream order. Called by
// engine/load and by the check of the settings before it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trueup {

/// The files that `specs` (each a file, folder or glob) name, in stream order: names compared with
/// digit runs as numbers, so page-2 comes before page-10. A folder means the files in it whose name
/// ends with one of `endings` (".json"), or that plus .gz or .zst; not recursive; manifest.json is
/// left out; names of other files, and those that start with a dot, are added to `*passed_over`.
/// A glob means what it matches, folders and manifest.json apart. Several specs: in the order
/// given.
///
/// Throws InputError if a spec names nothing or manifest.json, if a file is named twice (links
/// count, and a.json beside a.json.gz), or if a number is missing in a numbered sequence within a
/// folder or glob: three files or more that share all but the last number of their names, most of
/// them neighbours. Files named one by one are never taken for a sequence.
std::vector<std::string> expand_input(const std::vector<std::string>& specs,
                                      const std::vector<std::string_view>& endings,
                                      std::vector<std::string>* passed_over);

}  // namespace trueup
