// SPDX-License-Identifier: Apache-2.0
// Takes AD objects, however they were read, into the exchanges that a snapshot is built from:
// mailboxes by anchor, other holders of addresses, the address index. Called by engine/load/load_ad
// and engine/load/ad/ad_source; one sink a thread.
#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <string>
#include <vector>

#include "engine/load/ad/container_counts.h"
#include "engine/load/staging/feed_sink.h"
#include "snapshots/model/directory_identity.h"
#include "snapshots/store/description.h"
#include "snapshots/store/spool.h"

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
  enum class Domain : std::uint8_t { kOwn, kExtra };  // kExtra: its objects hold addresses, no more
  /// `base`: mailboxes are taken from that subtree; nullptr: from everywhere. It must outlive this.
  AdSink(AdSpools& spools, const DnSubtree* base, Domain domain)
      : mailboxes_(spools.by_anchor),
        others_(spools.others),
        addresses_(spools.addresses),
        containers_(base),
        extra_(domain == Domain::kExtra) {}

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override;
  void on_container(std::string_view dn) override {
    if (!extra_) containers_.see(dn);
  }
  void on_carried(std::uint32_t flags) override;
  void on_domain(std::string_view dn, const Anchor& guid) override {
    if (!extra_) domains_.push_back({std::string(dn), guid});
  }
  /// Heads of domains that were among the objects.
  const std::vector<DirectoryIdentity>& domains() const { return domains_; }
  const ContainerCounts& containers() const { return containers_; }
  /// Objects that carry what a protection or the join rests on, outside of the base too.
  const CarrierCounts& carriers() const { return carriers_; }
  void flush() {
    mailboxes_.flush();
    others_.flush();
    addresses_.flush();
  }

 private:
  bool place(const Mailbox& m);
  Anchor owner_key(const Mailbox& m);
  void stage_extra(const Mailbox& m, const StagedHeader& header);
  void stage_claim(const Mailbox& m, StagedHeader header, const Anchor& key);
  void add_address(const AttributeValue& v, bool joinable, const Anchor& owner);

  Spool::Writer mailboxes_;
  Spool::Writer others_;
  Spool::Writer addresses_;
  ContainerCounts containers_;
  CarrierCounts carriers_{};
  std::vector<DirectoryIdentity> domains_;
  const bool extra_;
  std::string scratch_;
  Mailbox guid_only_;
};

using AdSinks = tbb::enumerable_thread_specific<AdSink>;

/// Of all of them.
CarrierCounts carriers_of(const AdSinks& sinks);

}  // namespace trueup
