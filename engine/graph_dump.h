// SPDX-License-Identifier: Apache-2.0
// Whether the pages of a Graph dump make up one complete delta read, and which properties it
// supplies (Graph delta query: the deltaLink stands on the last page only). Thread-safe to add to.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "io/graph_reader.h"
#include "snapshots/attribute.h"

namespace trueup {

struct GraphDump {
  AttributeSet supplied_attributes;
  bool supplies_sync_enabled = false;
  std::string selected;  // the property list, "" where the pages have none
  std::string delta_link;
};

class GraphDumpCheck {
 public:
  explicit GraphDumpCheck(const std::vector<std::string>& files) : files_(files) {}
  /// What one chunk of files[file] held.
  void add(std::size_t file, std::uint64_t offset, GraphSummary summary);
  /// Throws InputError if the dump is not complete, or its pages do not belong together.
  /// `listed`: they are the pages that a manifest lists, all of them, so that their links need not
  /// prove it; a read in pieces has other ones than a delta.
  GraphDump finish(bool assume_complete, bool listed = false);

 private:
  struct Part {
    std::size_t file;
    std::uint64_t offset;
    GraphSummary summary;
  };
  void check_links(const GraphSummary& all, bool assume_complete, bool listed) const;

  const std::vector<std::string>& files_;
  std::mutex mutex_;
  std::vector<Part> parts_;
};

}  // namespace trueup
