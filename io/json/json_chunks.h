// SPDX-License-Identifier: Apache-2.0
// Cuts big JSON files at element boundaries, so that many threads can parse one file. Called by
// engine/load; read by the Graph and the Exchange reader.
//
// A chunk is one of: a run of whole documents; the head of a list that goes on in the next chunk; a
// run of elements that starts with the comma before its first one; such a run with the end of its
// list, and documents behind it. A leading comma starts no JSON text, so a chunk says by itself
// where it stands, nothing is copied, and chunks can be parsed in any order.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "io/files/input_file.h"

namespace trueup {

/// Opens a JSON file for parallel parsing: page/object {"value":[...]}, array [...], one bare
/// object, newline-delimited. Throws InputError as open_chunks() does, and from next() where a
/// single record is so long that it cannot be one.
std::unique_ptr<ChunkSource> open_json_chunks(const std::string& path, std::size_t chunk_bytes);

/// Where open_json_chunks() cuts a text that starts like a chunk (see above): the longest prefix
/// that ends between two documents or before the comma between two elements of a list, 0 if there
/// is none. Lists are top-level arrays and the array "value" of a top-level object.
std::size_t cut_json(std::string_view text);

}  // namespace trueup
