// SPDX-License-Identifier: Apache-2.0
// What a load is told: where each feed comes from, and how it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trueup {

/// How Graph is read where it is read live.
enum class GraphReadKind : std::uint8_t {
  kAuto,        // the changes since the newest generation if that can be, else the list in pieces
  kFull,        // the list in pieces, and the delta since its beginning
  kSequential,  // the delta from the beginning, page after page
};

struct GraphReadOptions {
  GraphReadKind kind = GraphReadKind::kAuto;
  std::uint64_t full_every = 7;       // the how manieth load at the latest is a full read
  std::uint64_t settle_seconds = 60;  // until what was written before the token shows everywhere
  std::string keep_pages;             // folder: keep what was received as a dump; "": do not
};

/// How AD is read where it is read from a server.
struct LiveAdOptions {
  int connections = 4;      // that read at a time
  int full_every = 7;       // the how manieth load at the latest reads all; 0 or 1: each
  int enumerate_every = 3;  // of those, each so-manieth looks which objects there are; 0: none
  bool full = false;        // all is read
  std::string save;         // file that what is read is written to as LDIF (.zst: compressed); all
                            // is read then. Empty: none
  int fixed_slices = 0;     // cuts of uSNChanged; 0: found out
  int page_size = 1000;     // entries a page; AD gives at most MaxPageSize, by default 1,000
};

struct LoadOptions {
  std::vector<std::string> graph;  // FILE, FOLDER or GLOB, each
  std::vector<std::string> exo;
  std::vector<std::string> ad;
  std::vector<std::string> ad_extra;  // other domains: count for address collisions only
  std::string base;                   // subtree that mailboxes are taken from; "": all of AD
  GraphReadOptions graph_read;
  std::vector<std::string> graph_delta;  // put on the newest generation instead of a full read
  std::uint64_t assume_follows =
      0;                         // generation that graph_delta follows on, by the operator's word
  bool assume_complete = false;  // bare users without a deltaLink are the whole tenant
  double max_defects = 0.001;    // share of records that may be unreadable
  std::size_t memory_bytes = std::size_t{512} << 20;  // for records in flight; beyond it, disk
  std::size_t chunk_bytes = std::size_t{4} << 20;     // a large file is parsed in pieces this big
  LiveAdOptions live_ad;
};

}  // namespace trueup
