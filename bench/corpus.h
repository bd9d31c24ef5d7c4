// SPDX-License-Identifier: Apache-2.0
// What the benchmarks of the engine work on: one synthetic tenant of make_tenant's library, always
// the same for a size, and folders that go away with the process. Used by snapshot_bench and
// diff_bench.
#pragma once

#include <cstdint>
#include <string>

#include "engine/load/staging/load_options.h"
#include "snapshots/store/store.h"

namespace trueup {

/// A folder of its own, removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What truth.json says that a plan in scope `synced` must show.
struct ExpectedPlan {
  std::uint64_t in_scope = 0;
  std::uint64_t matched = 0;
  std::uint64_t changed = 0;  // mailboxes with at least one edit that goes through
  std::uint64_t refused = 0;
  std::uint64_t held = 0;
};

/// The tenant in the folder that TRUEUP_BENCH_TENANT names; made here, with 20,000 mailboxes, if it
/// names none. Throws std::runtime_error.
class Corpus {
 public:
  Corpus();
  std::uint64_t mailboxes() const { return mailboxes_; }
  /// Graph pages and LDIF, with the EXO export if `exo`.
  LoadOptions inputs(bool exo) const;
  /// Of the files, so that every stage's speed is told in bytes of input, as the floor's is.
  std::uint64_t graph_bytes() const { return graph_bytes_; }
  std::uint64_t exo_bytes() const { return exo_bytes_; }
  std::uint64_t ad_bytes() const { return ad_bytes_; }
  ExpectedPlan expected(bool exo) const { return exo ? with_exo_ : graph_only_; }

 private:
  void make(const std::string& folder);
  void read_truth();

  ScratchFolder scratch_;
  std::string folder_;
  std::uint64_t mailboxes_ = 0;
  std::uint64_t graph_bytes_ = 0, exo_bytes_ = 0, ad_bytes_ = 0;
  ExpectedPlan graph_only_, with_exo_;
};

}  // namespace trueup
