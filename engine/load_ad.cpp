// SPDX-License-Identifier: Apache-2.0
// One pass over the LDIF into three exchanges: mailboxes by anchor, other holders of addresses, and
// the address index; each is then sorted and written partition by partition.
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "engine/feed_sink.h"
#include "engine/load.h"
#include "engine/parse_files.h"
#include "engine/snapshot_builder.h"
#include "io/ldap_reader.h"
#include "io/ldif_reader.h"
#include "snapshots/canonical.h"
#include "snapshots/errors.h"
#include "snapshots/rows.h"
#include "snapshots/table.h"

namespace trueup {
namespace {

struct AdSpools {
  AdSpools(BlockPool& pool, const std::string& folder)
      : by_anchor(pool, folder), others(pool, folder), addresses(pool, folder) {}
  Spool by_anchor;
  Spool others;
  Spool addresses;
};

class AdSink : public FeedSink {
 public:
  AdSink(AdSpools& spools, bool extra)
      : mailboxes_(spools.by_anchor), others_(spools.others), addresses_(spools.addresses),
        extra_(extra) {}

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    ++records_;
    const bool joinable = m.has(kJoinable) && !extra_;
    StagedHeader header;
    header.order = stream_order(file_, offset);
    header.key = joinable ? m.anchor : owner_key(m);
    header.kind = joinable ? StagedKind::kMailbox : StagedKind::kOther;
    header.fingerprint = fingerprint_of(m);
    record_.clear();
    encode(m, record_);
    stage(joinable ? mailboxes_ : others_, header, record_);
    if (joinable && m.object_guid != m.anchor) stage_guid(m, header);
    for (const AttributeValue& v : m.values) {
      if (kAddressAttributes.contains(v.attribute)) add_address(v, joinable, header.key);
    }
  }
  void flush() {
    mailboxes_.flush();
    others_.flush();
    addresses_.flush();
  }
  LdifSummary summary;

 private:
  Anchor owner_key(const Mailbox& m) {
    if (m.object_guid != Anchor{}) return m.object_guid;
    scratch_.clear();
    append_folded(m.name, scratch_);
    return hashed_key(scratch_);
  }

  // So that an anchor which is some other object's objectGUID is seen to be ambiguous.
  void stage_guid(const Mailbox& m, StagedHeader header) {
    header.key = m.object_guid;
    header.kind = StagedKind::kGuidTaken;
    guid_only_.clear();
    guid_only_.name = m.name;
    guid_only_.object_guid = m.object_guid;
    guid_only_.flags = m.flags;
    record_.clear();
    encode(guid_only_, record_);
    stage(mailboxes_, header, record_);
  }

  void add_address(const AttributeValue& v, bool joinable, const Anchor& owner) {
    scratch_.clear();
    if (v.attribute == Attribute::kMail) {
      append_mail_key(v.bytes, scratch_);
    } else {
      append_address_key(v.bytes, scratch_);
    }
    const AddressRow row = AddressRow::of(hash64(scratch_), joinable, owner);
    std::memcpy(addresses_.append(row.hash[0] >> 2, sizeof row), &row, sizeof row);
  }

  Spool::Writer mailboxes_;
  Spool::Writer others_;
  Spool::Writer addresses_;
  const bool extra_;
  std::string scratch_;
  std::string record_;
  Mailbox guid_only_;
};

using Sinks = tbb::enumerable_thread_specific<AdSink>;

// Address rows and other objects of a range of partitions, as files of the snapshot.
std::vector<std::string> write_side_tables(Store& store, AdSpools& spools,
                                           std::uint64_t generation, std::pair<int, int> shards,
                                           std::atomic<std::uint64_t>& others) {
  const std::string owner = snapshot_prefix(generation);
  TableWriter rows_file(store);
  TableWriter others_file(store);
  RowWriter<AddressRow> rows(rows_file, table_prefix(owner, Table::kAddresses));
  const std::string others_prefix = table_prefix(owner, Table::kOthers);
  std::vector<std::string_view> items;
  std::vector<AddressRow> sorted;
  for (int shard = shards.first; shard < shards.second; ++shard) {
    items.clear();
    spools.addresses.items(shard, items);
    sorted.resize(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::memcpy(&sorted[i], items[i].data(), sizeof(AddressRow));
    }
    spools.addresses.release(shard);
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    for (const AddressRow& row : sorted) rows.add(row);
    rows.end_block();

    for_each_key(sorted_items(spools.others, shard), [&](const Staged* first, const Staged* last) {
      others_file.add(others_prefix, first->header->key.bytes(), last[-1].record);
      ++others;
    });
    spools.others.release(shard);
  }
  std::vector<std::string> files;
  for (TableWriter* writer : {&rows_file, &others_file}) {
    if (auto path = writer->finish()) files.push_back(std::move(*path));
  }
  return files;
}

void parse_ldif(const std::vector<std::string>& files, const LoadOptions& options, Sinks& sinks,
                Progress& progress) {
  tbb::enumerable_thread_specific<AdLdifReader> readers;
  parse_files(
      files,
      [&](const std::string& path) { return open_chunks(path, cut_ldif, options.chunk_bytes); },
      [&](std::size_t file, const Chunk& chunk) {
        AdSink& sink = sinks.local();
        sink.start_chunk(file);
        LdifSummary part;
        readers.local().parse(chunk, files[file], sink, part);
        sink.summary.entries += part.entries;
        sink.summary.user_entries += part.user_entries;
        sink.summary.user_entries_without_guid += part.user_entries_without_guid;
        if (part.announced_entries) {
          sink.summary.announced_entries =
              sink.summary.announced_entries.value_or(0) + *part.announced_entries;
        }
        progress.add(Stage::kLoadAd, chunk.text.size());
      });
}

// What the files as a whole must hold, whatever their records say.
void check_summary(const std::vector<std::string>& files, const Sinks& sinks) {
  LdifSummary all;
  for (const AdSink& sink : sinks) {
    all.entries += sink.summary.entries;
    all.user_entries += sink.summary.user_entries;
    all.user_entries_without_guid += sink.summary.user_entries_without_guid;
    if (sink.summary.announced_entries) {
      all.announced_entries = all.announced_entries.value_or(0) + *sink.summary.announced_entries;
    }
  }
  const std::string& first = files.front();
  if (all.entries == 0) {
    throw InputError(first + ": the AD export is empty; export again, e.g. with ldifde -f");
  }
  if (all.announced_entries && files.size() == 1 && *all.announced_entries != all.entries) {
    throw InputError(first + ": it says '# numEntries: " + std::to_string(*all.announced_entries) +
                     "' but holds " + std::to_string(all.entries) +
                     " entries, so a part is missing; export again");
  }
  if (all.user_entries == 0) {
    throw InputError(first + ": not one of its " + std::to_string(all.entries) +
                     " entries is a user (objectClass user or inetOrgPerson); export the users, "
                     "with objectClass among the attributes");
  }
  if (all.user_entries_without_guid == all.user_entries) {
    throw InputError(first + ": no user has an objectGUID, so nothing can be joined; ldifde leaves "
                     "it out with -n and -m: export again without them, and with -l name "
                     "objectGUID and mS-DS-ConsistencyGuid");
  }
}

std::string joined(const std::vector<std::string>& specs) {
  std::string out;
  for (const std::string& s : specs) out += (out.empty() ? "" : ", ") + s;
  return out;
}

}  // namespace

void check_defects(const LoadResult& result, double max_defects) {
  const SnapshotDescription& d = result.snapshot;
  if (d.defects == 0 ||
      static_cast<double>(d.defects) <= max_defects * static_cast<double>(d.records)) {
    return;
  }
  std::string message = std::to_string(d.defects) + " of " + std::to_string(d.records) +
                        " records cannot be read, more than --max-defects " +
                        std::to_string(max_defects) + " allows:";
  for (std::size_t i = 0; i < result.defects.size() && i < 10; ++i) {
    const Defect& defect = result.defects[i];
    message += "\n  " + defect.file + " at byte " + std::to_string(defect.offset) + ": " +
               defect.reason;
  }
  throw InputError(message);
}

LoadResult load_ad(Store& store, const LoadOptions& options, const LdapOptions* live,
                   Progress& progress) {
  LoadResult result;
  BlockPool pool(options.memory_bytes);
  AdSpools spools(pool, store.folder());
  Sinks sinks([&] { return AdSink(spools, false); });
  SnapshotDescription& d = result.snapshot;
  d.side = Side::kAd;
  std::vector<std::string> files;
  if (live != nullptr) {
    LdapReader reader(*live, LdapReaderOptions{});
    progress.start(Stage::kLoadAd, 0);
    d.live = true;
    const SubtreeSummary summary = reader.read_subtree(sinks.local());
    d.source = "ad " + reader.session().url() + " " + reader.session().base_dn();
    if (summary.user_entries == 0 || summary.user_entries_without_guid == summary.user_entries) {
      throw InputError(d.source + ": the account sees no user with an objectGUID; check --base "
                       "and its read rights");
    }
  } else if (options.ad.empty()) {
    throw UsageError("no AD side: name the AD export with --ad FILE, FOLDER or GLOB, or a server "
                     "with --ad ldaps://HOST");
  } else {
    files = expand_input(options.ad, {".ldif"}, &result.passed_over);
    std::uint64_t bytes = 0;
    for (const std::string& f : files) bytes += file_size(f);
    progress.start(Stage::kLoadAd, bytes);
    parse_ldif(files, options, sinks, progress);
    check_summary(files, sinks);
    d.source = "ad " + joined(options.ad);
  }
  for (AdSink& sink : sinks) sink.flush();
  collect_defects(sinks, files, result);
  if (!options.ad_extra.empty()) {
    Sinks extra([&] { return AdSink(spools, true); });
    const std::vector<std::string> extra_files =
        expand_input(options.ad_extra, {".ldif"}, &result.passed_over);
    parse_ldif(extra_files, options, extra, progress);
    for (AdSink& sink : extra) sink.flush();
    collect_defects(extra, extra_files, result);
    d.source += "; ad-extra " + joined(options.ad_extra);
  }
  check_defects(result, options.max_defects);

  d.generation = store.next_number("generation");
  std::vector<std::string> to_ingest;
  std::vector<Note> notes;
  const int ranges = file_ranges(spools.addresses.bytes());
  std::vector<std::vector<std::string>> side_files(static_cast<std::size_t>(ranges));
  std::atomic<std::uint64_t> others{0};
  tbb::parallel_for(0, ranges, [&](int i) {
    side_files[static_cast<std::size_t>(i)] =
        write_side_tables(store, spools, d.generation, shards_of_range(i, ranges), others);
  });
  for (auto& part : side_files) to_ingest.insert(to_ingest.end(), part.begin(), part.end());
  d.others = others;
  build_snapshot(store, spools.by_anchor, d, to_ingest, notes);
  commit_snapshot(store, d, to_ingest, notes);
  return result;
}

}  // namespace trueup
