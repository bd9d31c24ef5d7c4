// SPDX-License-Identifier: Apache-2.0
// Where the users of Graph and the mailboxes of Exchange are staged, by their id: whatever brought
// them, a dump, an export or the service, they come here from the reader and go into the spool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/load/staging/feed_sink.h"
#include "engine/load/staging/staged_item.h"
#include "io/mailbox_sink.h"
#include "snapshots/store/spool.h"

namespace trueup {

/// Stages what a reader delivers, at once. One a thread.
class CloudSink : public FeedSink {
 public:
  CloudSink(Spool& spool, StagedKind kind) : writer_(spool), kind_(kind) {}
  void on_mailbox(const Mailbox& m, std::uint64_t offset) override;
  /// Flags that what comes next gets beside its own.
  void mark(std::uint32_t flags) { marks_ = flags; }
  void flush() { writer_.flush(); }

 private:
  friend class HeldPage;
  void stage_held(StagedHeader header, std::string_view record);

  std::uint32_t marks_ = 0;
  Spool::Writer writer_;
  const StagedKind kind_;
  std::string scratch_;
};

/// Holds the users of one page back until it is known to be sound; then all of them are staged, or
/// none.
class HeldPage : public MailboxSink {
 public:
  void on_mailbox(const Mailbox& m, std::uint64_t offset) override;
  void on_defect(std::uint64_t offset, std::string reason) override;

  void clear();
  void stage_all(CloudSink& sink) const;

  std::uint64_t defects() const { return defects_.size(); }
  /// userPrincipalNames in the order of the page.
  const std::vector<std::string>& names() const { return names_; }
  /// Of each record that could be read the hash of its id.
  std::vector<std::uint64_t> users() const;

 private:
  struct Item {
    StagedHeader header;  // order: the offset within the page
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Item> items_;
  std::vector<std::pair<std::uint64_t, std::string>> defects_;
  std::vector<std::string> names_;
  std::string records_;
  std::string scratch_;
};

}  // namespace trueup
