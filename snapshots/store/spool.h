// SPDX-License-Identifier: Apache-2.0
// An exchange between two passes of the bulk loader: many threads append items, each for one of
// kShardCount partitions; then each partition is read back whole. Held in memory up to a budget,
// beyond that in an unlinked temporary file, so that memory stays flat in the input's size.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"

namespace trueup {

/// Fixed blocks of memory cut from huge pages, shared by the spools of one load and given back as
/// partitions are done. Thread-safe.
class BlockPool {
 public:
  static constexpr std::size_t kBlockBytes = 64 * 1024;

  explicit BlockPool(std::size_t budget_bytes) : budget_(budget_bytes) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// A block; nullptr once the budget is spent, unless `must`.
  char* acquire(bool must);
  void release(char* block);

 private:
  const std::size_t budget_;
  std::mutex mutex_;
  std::size_t used_ = 0;
  std::vector<char*> free_;
  std::vector<char*> slabs_;
};

class Spool {
 public:
  /// `pool` must outlive this. The temporary file, if one is needed, is made in `folder`.
  Spool(BlockPool& pool, std::string folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// One a thread. flush() (or the destructor) hands over what is left.
  class Writer {
   public:
    explicit Writer(Spool& spool) : spool_(&spool) {}
    Writer(Writer&& o) noexcept : spool_(o.spool_), open_(o.open_) { o.open_ = {}; }
    ~Writer() { flush(); }
    /// Room for an item of `bytes` in `partition`, aligned to 8; to be filled before the next call.
    char* append(int partition, std::size_t bytes);
    void flush();

   private:
    struct Open {
      char* block = nullptr;
      std::uint32_t used = 0;
      std::uint32_t count = 0;  // of items
    };
    Spool* spool_;
    std::array<Open, kShardCount> open_{};
  };

  /// The items of a partition, in no particular order. REQUIRES: all writers flushed.
  /// The views are good until release(partition), or until more was written and is read. Throws
  /// StoreError if the file cannot be read.
  void items(int partition, std::vector<std::string_view>& out);
  void release(int partition);

  /// As new, for what was read into it and turned out to be no use. REQUIRES: no writer is open.
  void clear();

  std::uint64_t bytes() const { return bytes_.load(); }
  bool spilled() const { return spill_end_.load() > 0; }

 private:
  struct Block {
    char* memory = nullptr;  // else in the file at `offset`
    std::uint64_t offset = 0;
    std::uint32_t count = 0;  // of items
    std::size_t large = 0;    // memory of its own, for one item of this size
  };
  struct Partition {
    std::mutex mutex;
    std::vector<Block> blocks;
  };
  void add_block(int partition, Block block, std::size_t bytes);
  void spill(int partition, const char* block, std::uint32_t count, std::size_t used);
  void map_spill_file();

  BlockPool& pool_;
  const std::string folder_;
  std::array<Partition, kShardCount> partitions_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> spill_end_{0};
  std::mutex spill_mutex_;
  int spill_file_ = -1;
  char* spill_map_ = nullptr;
  std::size_t spill_map_bytes_ = 0;
};

}  // namespace trueup
