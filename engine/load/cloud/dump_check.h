// SPDX-License-Identifier: Apache-2.0
// Whether the pages of a Graph dump make up one complete delta read, and which properties it
// supplies (Graph delta query: the deltaLink stands on the last page only). Thread-safe to add to.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "engine/load/staging/partial_page.h"
#include "io/graph/graph_reader.h"
#include "snapshots/model/attribute.h"

namespace trueup {

struct GraphDump {
  AttributeSet supplied_attributes;
  bool supplies_sync_enabled = false;
  std::string selected;  // the property list, "" where the pages have none
  std::string delta_link;
  std::vector<PartialPage> partial_pages;  // by place; hardly ever any
  std::vector<std::string> warnings;
  std::string bad_anchor, bad_anchor_user;  // GraphSummary's
};

class GraphDumpCheck {
 public:
  /// `first_file`: the number of files[0] in the stream.
  explicit GraphDumpCheck(const std::vector<std::string>& files, std::size_t first_file = 0)
      : files_(files), first_file_(first_file) {}
  /// What one chunk of files[file] held.
  void add(std::size_t file, std::uint64_t offset, GraphSummary summary);
  /// Throws InputError if the dump is not complete, or its pages do not belong together.
  /// `listed`: they are the pages that a manifest lists, all of them, so that their links need not
  /// prove it; a read in ranges has other ones than a delta.
  GraphDump finish(bool assume_complete, bool listed = false);

 private:
  struct Part {
    std::size_t file;
    std::uint64_t offset;
    GraphSummary summary;
  };
  void check_links(const GraphSummary& all, bool assume_complete, bool listed) const;
  void find_partial_pages(const GraphSummary& all, GraphDump& dump) const;

  const std::vector<std::string>& files_;
  const std::size_t first_file_;
  std::mutex mutex_;
  std::vector<Part> parts_;
};

}  // namespace trueup
