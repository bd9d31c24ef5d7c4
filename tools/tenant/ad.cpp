// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/ad.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "tools/tenant/ad_entries.h"
#include "tools/tenant/maker.h"

namespace trueup::tenant {

namespace {

// The entries of one block of mailboxes at a time, by one thread.
class AdBlockWriter {
 public:
  AdBlockWriter(const TenantShape& shape, const LdifWriter::Options& options)
      : shape_(shape),
        options_(options),
        maker_(shape),
        ldif_(text_, options),
        context_{ldif_, shape_, maker_.arena()} {}

  // Returns how many entries.
  std::uint64_t write(std::uint64_t block, std::string& text) {
    text_.swap(text);  // ldif_ writes to text_
    entries_ = 0;
    const std::uint64_t first = block * kBlockSize;
    const std::uint64_t size = std::min(kBlockSize, shape_.mailboxes - first);
    // AD gives its objects in an order of its own.
    const Shuffle shuffle(size, RandomStream(shape_.seed, block, Purpose::kOrder).next());
    for (std::uint64_t i = 0; i < size; ++i) {
      append_index(first + shuffle.at(i));
    }
    text_.swap(text);
    return entries_;
  }

 private:
  void append_index(std::uint64_t index) {
    const Mailbox& m = maker_.make(index);
    const bool quirky_ldifde = options_.quirks && options_.style == LdifStyle::kLdifde;
    if (m.in_ad()) {
      append_user(context_, m, options_.quirks && index % 16 == 3);
      ++entries_;
    }
    if (has_group(index)) {
      append_group(context_, index, addresses_wanted_from_group(index), quirky_ldifde);
      ++entries_;
    }
    if (has_contact(index)) {
      append_contact(context_, index);
      ++entries_;
    }
    if (has_computer(index)) {
      append_computer(context_, index);
      ++entries_;
    }
    if (options_.quirks && index % 331 == 17) {
      ldif_.comment("refldap://child.contoso.lab/DC=child,DC=contoso,DC=lab");
      ldif_.end_record();
    }
    if (quirky_ldifde && index % 251 == 9 && m.has_consistency_guid && m.in_ad()) {
      append_tombstone(context_, m);
      ++entries_;
    }
  }

  std::span<const std::string_view> addresses_wanted_from_group(std::uint64_t group) {
    wanted_.clear();
    for (std::uint64_t i = group; i < std::min(group + 100, shape_.mailboxes); ++i) {
      if (maker_.drift_of(i) == DriftKind::kTakenFromGroup) {
        wanted_.push_back(wanted_group_address(i, maker_.arena()));
      }
    }
    return wanted_;
  }

  const TenantShape& shape_;
  LdifWriter::Options options_;
  MailboxMaker maker_;
  std::string text_;
  LdifWriter ldif_;
  AdEntryContext context_;
  std::vector<std::string_view> wanted_;
  std::uint64_t entries_ = 0;
};

}  // namespace

FeedCount write_ad_feed(const TenantShape& shape, const FeedOptions& options, const AdOptions& ad) {
  const LdifWriter::Options ldif_options{ad.style, options.quirks, ad.encoding == Encoding::kUtf16};
  const std::string name = std::string("ad.ldif").append(compressed_ending(options.compression));
  ChunkedFile file(options.folder / name, options.compression, ad.encoding, "");
  std::string head;
  TextArena arena;
  LdifWriter head_writer(head, ldif_options);
  std::uint64_t entries = append_containers({head_writer, shape, arena});
  std::uint64_t bytes = head.size();
  file.write_head(head);

  // Blocks of mailboxes in another order than the cloud's: the sides have no order in common.
  const std::uint64_t blocks = (shape.mailboxes + kBlockSize - 1) / kBlockSize;
  const Shuffle shuffle(blocks, mix(shape.seed));
  std::mutex mutex;
  write_chunks(file, blocks, options.threads, [&](unsigned) {
    auto writer = std::make_shared<AdBlockWriter>(shape, ldif_options);
    return [&, writer](std::uint64_t chunk, std::string& text) {
      const std::uint64_t written = writer->write(shuffle.at(chunk), text);
      const std::lock_guard lock(mutex);
      entries += written;
      bytes += text.size();
    };
  });

  std::string tail;
  if (ad.style == LdifStyle::kLdapsearch) {
    tail.append("# numResponses: ").append(Decimal(entries + 1)).append("\n# numEntries: ");
    tail.append(Decimal(entries)).append("\n");
  }
  file.write_tail_and_close(tail);
  return {1, entries, bytes + tail.size()};
}

}  // namespace trueup::tenant
