// SPDX-License-Identifier: Apache-2.0
// A block: items from the front, each padded to 8; from the back a table of them, u32 offset / 8 <<
// 16 | length each, so that finding the items does not touch them.
#include "snapshots/store/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kSlabBytes = 2 * 1024 * 1024;
constexpr std::size_t kEntry = sizeof(std::uint32_t);

std::size_t padded(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

}  // namespace

BlockPool::~BlockPool() {
  for (char* slab : slabs_) std::free(slab);
}

char* BlockPool::acquire(bool must) {
  const std::scoped_lock lock(mutex_);
  if (!must && used_ + kBlockBytes > budget_) return nullptr;
  if (free_.empty()) {
    // Huge pages: filling tens of thousands of fresh 4 KiB pages costs more than the copying.
    auto* slab = static_cast<char*>(std::aligned_alloc(kSlabBytes, kSlabBytes));
    if (slab == nullptr) throw std::bad_alloc();
    ::madvise(slab, kSlabBytes, MADV_HUGEPAGE);
    slabs_.push_back(slab);
    for (std::size_t o = kSlabBytes; o > 0; o -= kBlockBytes) {
      free_.push_back(slab + o - kBlockBytes);
    }
  }
  char* block = free_.back();
  free_.pop_back();
  used_ += kBlockBytes;
  return block;
}

void BlockPool::release(char* block) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(block);
  used_ -= kBlockBytes;
}

Spool::Spool(BlockPool& pool, std::string folder) : pool_(pool), folder_(std::move(folder)) {}

Spool::~Spool() { clear(); }

void Spool::clear() {
  for (int p = 0; p < kShardCount; ++p) release(p);
  bytes_ = 0;
  if (spill_map_ != nullptr) ::munmap(std::exchange(spill_map_, nullptr), spill_map_bytes_);
  spill_map_bytes_ = 0;
  if (spill_file_ >= 0)
    ::close(std::exchange(spill_file_, -1));  // it is unlinked: gives its room back
  spill_end_ = 0;
}

char* Spool::Writer::append(int partition, std::size_t bytes) {
  const std::size_t need = padded(bytes);
  Open& open = open_[static_cast<std::size_t>(partition)];
  if (need + kEntry > BlockPool::kBlockBytes) {
    auto* memory = static_cast<char*>(std::malloc(need));
    if (memory == nullptr) throw std::bad_alloc();
    spool_->add_block(partition, {memory, 0, 1, bytes}, need);
    return memory;
  }
  const std::size_t table = (open.count + 1) * kEntry;
  if (open.block == nullptr || open.used + need + table > BlockPool::kBlockBytes) {
    char* next = spool_->pool_.acquire(open.block == nullptr);
    if (next == nullptr) {
      if (open.block == nullptr) throw std::bad_alloc();
      spool_->spill(partition, open.block, open.count, open.used);
    } else {
      if (open.block != nullptr) {
        spool_->add_block(partition, {open.block, 0, open.count, 0}, open.used);
      }
      open.block = next;
    }
    open.used = open.count = 0;
  }
  char* at = open.block + open.used;
  const std::uint32_t entry = open.used / 8 << 16 | static_cast<std::uint32_t>(bytes);
  open.used += static_cast<std::uint32_t>(need);
  ++open.count;
  std::memcpy(open.block + BlockPool::kBlockBytes - open.count * kEntry, &entry, kEntry);
  return at;
}

void Spool::Writer::flush() {
  for (int p = 0; p < kShardCount; ++p) {
    Open& open = open_[static_cast<std::size_t>(p)];
    if (open.block != nullptr) {
      spool_->add_block(p, {open.block, 0, open.count, 0}, open.used);
    }
    open = {};
  }
}

void Spool::add_block(int partition, Block block, std::size_t bytes) {
  Partition& p = partitions_[static_cast<std::size_t>(partition)];
  bytes_ += bytes;
  const std::scoped_lock lock(p.mutex);
  p.blocks.push_back(block);
}

void Spool::spill(int partition, const char* block, std::uint32_t count, std::size_t used) {
  std::uint64_t offset = 0;
  {
    const std::scoped_lock lock(spill_mutex_);
    if (spill_file_ < 0) {
      spill_file_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (spill_file_ < 0) {
        throw StoreError("cannot make a temporary file in " + folder_ + ": " +
                         std::strerror(errno));
      }
    }
    offset = spill_end_.fetch_add(BlockPool::kBlockBytes);
  }
  for (std::size_t done = 0; done < BlockPool::kBlockBytes;) {
    const ssize_t n = ::pwrite(spill_file_, block + done, BlockPool::kBlockBytes - done,
                               static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw StoreError("cannot write a temporary file in " + folder_ + ": " + std::strerror(errno) +
                       "; it needs about as much room as the inputs");
    }
    done += static_cast<std::size_t>(n);
  }
  add_block(partition, {nullptr, offset, count, 0}, used);
}

void Spool::map_spill_file() {
  const std::scoped_lock lock(spill_mutex_);
  const std::size_t bytes = spill_end_.load();
  if (spill_file_ < 0 || bytes == spill_map_bytes_) return;
  if (spill_map_ != nullptr) ::munmap(spill_map_, spill_map_bytes_);
  spill_map_ = nullptr;
  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, spill_file_, 0);
  if (map == MAP_FAILED) {
    throw StoreError("cannot map a temporary file in " + folder_ + ": " + std::strerror(errno));
  }
  spill_map_ = static_cast<char*>(map);
  spill_map_bytes_ = bytes;
}

void Spool::items(int partition, std::vector<std::string_view>& out) {
  map_spill_file();
  for (const Block& b : partitions_[static_cast<std::size_t>(partition)].blocks) {
    const char* block = b.memory != nullptr ? b.memory : spill_map_ + b.offset;
    if (b.large != 0) {
      out.emplace_back(block, b.large);
      continue;
    }
    for (std::uint32_t i = 1; i <= b.count; ++i) {
      std::uint32_t entry = 0;
      std::memcpy(&entry, block + BlockPool::kBlockBytes - i * kEntry, kEntry);
      out.emplace_back(block + std::size_t{entry >> 16} * 8, entry & 0xFFFF);
    }
  }
}

void Spool::release(int partition) {
  Partition& p = partitions_[static_cast<std::size_t>(partition)];
  for (const Block& b : p.blocks) {
    if (b.large != 0) {
      std::free(b.memory);
    } else if (b.memory != nullptr) {
      pool_.release(b.memory);
    }
  }
  p.blocks.clear();
  p.blocks.shrink_to_fit();
}

}  // namespace trueup
