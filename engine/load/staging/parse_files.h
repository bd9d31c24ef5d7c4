// SPDX-License-Identifier: Apache-2.0
// Runs a parser over the chunks of many files: files in parallel, and the chunks of a large file in
// parallel too, with a bounded number of chunks in memory.
#pragma once

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "io/files/input_file.h"
#include "snapshots/model/errors.h"

namespace trueup {

using OpenChunks = std::function<std::unique_ptr<ChunkSource>(const std::string& path)>;
/// Called on any thread, on several at once, for each chunk of files[file] in no set order.
using ParseChunk = std::function<void(std::size_t file, const Chunk& chunk)>;

inline void parse_files(const std::vector<std::string>& files, const OpenChunks& open,
                        const ParseChunk& parse_chunk, const Progress& progress) {
  const auto parse = [&](std::size_t file, const Chunk& chunk) {
    progress.check_stop();
    parse_chunk(file, chunk);
  };
  const auto parse_file = [&](std::size_t file) {
    const std::unique_ptr<ChunkSource> source = open(files[file]);
    std::optional<Chunk> first = source->next();
    if (!first) throw InputError(files[file] + " is empty; make the dump or export again");
    if (first->last) {
      parse(file, *first);
      return;
    }
    const auto in_memory = static_cast<std::size_t>(2 * tbb::this_task_arena::max_concurrency());
    tbb::parallel_pipeline(
        in_memory, tbb::make_filter<void, std::shared_ptr<Chunk>>(
                       tbb::filter_mode::serial_in_order,
                       [&](tbb::flow_control& control) -> std::shared_ptr<Chunk> {
                         std::optional<Chunk> chunk;
                         if (first) {
                           chunk.swap(first);
                         } else {
                           chunk = source->next();
                         }
                         if (!chunk) {
                           control.stop();
                           return nullptr;
                         }
                         return std::make_shared<Chunk>(std::move(*chunk));
                       }) &
                       tbb::make_filter<std::shared_ptr<Chunk>, void>(
                           tbb::filter_mode::parallel,
                           [&](const std::shared_ptr<Chunk>& chunk) { parse(file, *chunk); }));
  };
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, files.size(), 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) parse_file(i);
      },
      tbb::simple_partitioner());
}

}  // namespace trueup
