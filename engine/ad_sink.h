// SPDX-License-Identifier: Apache-2.0
// Takes AD objects, however they were read, into the exchanges that a snapshot is built from:
// mailboxes by anchor, other holders of addresses, the address index. Called by engine/load_ad and
// engine/load_live_ad; one sink a thread.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <string>

#include "engine/feed_sink.h"
#include "snapshots/spool.h"

namespace trueup {

struct AdSpools {
  AdSpools(BlockPool& pool, const std::string& folder)
      : by_anchor(pool, folder), others(pool, folder), addresses(pool, folder) {}
  Spool by_anchor;
  Spool others;
  Spool addresses;
};

class AdSink : public FeedSink {
 public:
  /// `extra`: objects of other domains, which hold addresses, and that is all.
  AdSink(AdSpools& spools, bool extra)
      : mailboxes_(spools.by_anchor), others_(spools.others), addresses_(spools.addresses),
        extra_(extra) {}

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override;
  void flush() {
    mailboxes_.flush();
    others_.flush();
    addresses_.flush();
  }

 private:
  Anchor owner_key(const Mailbox& m);
  void stage_extra(const Mailbox& m, const StagedHeader& header);
  void stage_guid(const Mailbox& m, StagedHeader header);
  void add_address(const AttributeValue& v, bool joinable, const Anchor& owner);

  Spool::Writer mailboxes_;
  Spool::Writer others_;
  Spool::Writer addresses_;
  const bool extra_;
  std::string scratch_;
  Mailbox guid_only_;
};

using AdSinks = tbb::enumerable_thread_specific<AdSink>;

}  // namespace trueup
