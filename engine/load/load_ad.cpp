// SPDX-License-Identifier: Apache-2.0
// One pass over the LDIF, or a live read, into three exchanges: mailboxes by anchor, other holders
// of addresses, and the address index; each is then sorted and written partition by partition.
#include <sys/stat.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <mutex>
#include <numeric>

#include "engine/load/ad/ad_sink.h"
#include "engine/load/ad/ad_source.h"
#include "engine/load/ad/loaded_directory.h"
#include "engine/load/build/address_index.h"
#include "engine/load/build/snapshot_builder.h"
#include "engine/load/load.h"
#include "engine/load/staging/parse_files.h"
#include "engine/load/staging/usual_limit.h"
#include "io/files/input_paths.h"
#include "io/ldif/ldif_reader.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/containers.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// What the files as a whole say, file by file.
class LdifFiles {
 public:
  explicit LdifFiles(const std::vector<std::string>& files) : files_(files), parts_(files.size()) {}

  void add(std::size_t file, const LdifSummary& part) {
    const std::scoped_lock lock(mutex_);
    parts_[file].add(part);
  }

  std::uint64_t entries() const {
    std::uint64_t all = 0;
    for (const LdifSummary& part : parts_) all += part.entries;
    return all;
  }

  // Throws InputError for what no single record can tell.
  void check() const {
    std::uint64_t users = 0, without_guid = 0;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      check_file(files_[i], parts_[i]);
      users += parts_[i].user_entries;
      without_guid += parts_[i].user_entries_without_guid;
    }
    if (users == 0) {
      throw InputError(files_.front() +
                       ": there is no user in it (objectClass user or "
                       "inetOrgPerson); export the users, with objectClass among the attributes");
    }
    if (without_guid == users) {
      throw InputError(files_.front() +
                       ": no user has an objectGUID, so nothing can be joined; "
                       "ldifde leaves it out with -n and -m: export again without them, and with "
                       "-l name objectGUID and mS-DS-ConsistencyGuid");
    }
  }

 private:
  static void check_file(const std::string& file, const LdifSummary& all) {
    if (all.entries == 0) {
      throw InputError(file + ": there is no entry in it; export again, e.g. with ldifde -f");
    }
    const std::string missing = all.incomplete();
    if (!missing.empty()) throw InputError(file + ": " + missing);
  }

  const std::vector<std::string>& files_;
  std::mutex mutex_;
  std::vector<LdifSummary> parts_;
};

void parse_ldif(const std::vector<std::string>& files, const LoadOptions& options, AdSinks& sinks,
                LdifFiles& summaries, Progress& progress) {
  tbb::enumerable_thread_specific<AdLdifReader> readers;
  parse_files(
      files,
      [&](const std::string& path) { return open_chunks(path, cut_ldif, options.chunk_bytes); },
      [&](std::size_t file, const Chunk& chunk) {
        AdSink& sink = sinks.local();
        sink.start_chunk(file);
        LdifSummary part;
        readers.local().parse(chunk, files[file], sink, part);
        summaries.add(file, part);
        progress.add(Stage::kLoadAd, chunk.text.size());
      },
      progress);
  for (AdSink& sink : sinks) sink.flush();
}

// The main export.
std::vector<std::string> read_export(const LoadOptions& options, AdSinks& sinks, LoadResult& result,
                                     Progress& progress) {
  SnapshotDescription& d = result.snapshot;
  if (options.ad.empty()) {
    throw UsageError(
        "no AD side: name the AD export with --ad FILE, FOLDER or GLOB, or a server "
        "with --ad ldaps://HOST");
  }
  std::vector<std::string> files = expand_input(options.ad, {".ldif"}, &result.passed_over);
  std::uint64_t bytes = 0;
  for (const std::string& f : files) bytes += file_size(f);
  progress.start(Stage::kLoadAd, bytes);
  LdifFiles summaries(files);
  parse_ldif(files, options, sinks, summaries, progress);
  summaries.check();
  warn_of_usual_limit(summaries.entries(), kAdLimit, result);
  d.source = "ad " + joined(options.ad);
  d.ad.dated = oldest_file_time(files);
  return files;
}

void add_carriers(const AdSinks& sinks, SnapshotDescription& d) {
  const CarrierCounts all = carriers_of(sinks);
  for (std::size_t c = 0; c < all.size(); ++c) d.carriers[c] += all[c];
}

std::vector<Container> containers_of(const AdSinks& sinks) {
  std::vector<const ContainerCounts*> parts;
  for (const AdSink& sink : sinks) parts.push_back(&sink.containers());
  return merged(parts);
}

// From a server only what is below the base comes at all.
std::optional<DnSubtree> file_base(const LoadOptions& options, const LdapOptions* live) {
  if (live != nullptr || options.base.empty()) return std::nullopt;
  try {
    return DnSubtree(options.base, DnFold::kLdap);
  } catch (const UsageError& error) {
    throw UsageError(std::string("--base: ") + error.what());
  }
}

void require_users(const std::string& base, const std::vector<Container>& containers) {
  const auto users = [](std::uint64_t sum, const Container& c) { return sum + c.users; };
  if (std::accumulate(containers.begin(), containers.end(), std::uint64_t{0}, users) > 0) return;
  const bool known = any_in(DnSubtree(base, DnFold::kLdap), containers);
  throw UsageError("--base " + base + " holds no user of the export" +
                   (known ? std::string("; name what the users are in")
                          : "; the nearest DN in it is " + nearest_dn(base, containers)));
}

std::vector<ObjectTime> newest_objects(const Store& store) {
  const auto last = newest_snapshot(store, Side::kAd, true);
  return last ? last->ad.newest : std::vector<ObjectTime>{};
}

// Other domains' objects: they hold addresses, and that is all.
void read_extra(const LoadOptions& options, AdSpools& spools, LoadResult& result,
                Progress& progress) {
  AdSinks sinks([&] { return AdSink(spools, nullptr, AdSink::Domain::kExtra); });
  const std::vector<std::string> files =
      expand_input(options.ad_extra, {".ldif"}, &result.passed_over);
  LdifFiles summaries(files);
  parse_ldif(files, options, sinks, summaries, progress);
  warn_of_usual_limit(summaries.entries(), kAdLimit, result);
  collect_defects(sinks, files, result);
  std::uint64_t& dated = result.snapshot.ad.dated;  // 0: read live, and so of now
  const std::uint64_t oldest = oldest_file_time(files);
  dated = dated == 0 ? oldest : std::min(dated, oldest);
  result.snapshot.source += "; ad-extra " + joined(options.ad_extra);
}

// Address index and other objects, as files of the snapshot, a range of partitions each.
std::vector<std::string> write_side_tables(Store& store, AdSpools& spools, SnapshotDescription& d,
                                           DuplicateAddresses& duplicates) {
  struct Range {
    std::vector<std::string> files;
    DuplicateAddresses duplicates;
    std::uint64_t others = 0;
  };
  const int count = file_ranges(spools.addresses.bytes());
  std::vector<Range> ranges(static_cast<std::size_t>(count));
  const std::string others_prefix = table_prefix(snapshot_prefix(d.generation), Table::kOthers);
  tbb::parallel_for(0, count, [&](int i) {
    Range& range = ranges[static_cast<std::size_t>(i)];
    const std::pair<int, int> shards = shards_of_range(i, count);
    TableWriter index(store);
    TableWriter others(store);
    write_address_index(index, spools.addresses, d.generation, shards, range.duplicates);
    for (int shard = shards.first; shard < shards.second; ++shard) {
      for_each_key(sorted_items(spools.others, shard),
                   [&](const Staged* first, const Staged* last) {
                     others.add(others_prefix, first->item->key.bytes(), last[-1].record());
                     ++range.others;
                   });
      spools.others.release(shard);
    }
    for (TableWriter* writer : {&index, &others}) {
      if (auto path = writer->finish()) range.files.push_back(std::move(*path));
    }
  });
  std::vector<std::string> files;
  for (const Range& range : ranges) {
    files.insert(files.end(), range.files.begin(), range.files.end());
    d.others += range.others;
    duplicates.count += range.duplicates.count;
    duplicates.kept.insert(duplicates.kept.end(), range.duplicates.kept.begin(),
                           range.duplicates.kept.end());
  }
  if (duplicates.kept.size() > DuplicateAddresses::kKept) {
    duplicates.kept.resize(DuplicateAddresses::kKept);
  }
  return files;
}

}  // namespace

LoadResult prepare_ad(Store& store, std::uint64_t generation, const LoadOptions& options,
                      const LdapOptions* live, Progress& progress) {
  LoadResult result;
  BlockPool pool(options.memory_bytes);
  AdSpools spools(pool, store.folder());
  SnapshotDescription& d = result.snapshot;
  d.side = Side::kAd;
  d.base_dn = options.base;
  std::vector<Container> containers;
  {
    const std::optional<DnSubtree> base = file_base(options, live);
    const std::vector<ObjectTime> watched = newest_objects(store);
    AdSinks sinks([&] {
      AdSink sink(spools, base ? &*base : nullptr, AdSink::Domain::kOwn);
      if (live == nullptr) sink.watch(watched);
      return sink;
    });
    std::vector<std::string> files;
    if (live != nullptr) {
      load_live_ad({store, options, progress, result}, *live, pool, sinks);
    } else {
      files = read_export(options, sinks, result, progress);
      collect_facts(sinks, watched, d.ad);
    }
    collect_defects(sinks, files, result);
    add_carriers(sinks, d);
    containers = containers_of(sinks);
    if (live == nullptr) describe_directory(directory_of_export(sinks, containers), d);
    if (base) require_users(options.base, containers);
  }
  d.other_domains_seen = !options.ad_extra.empty();
  if (!options.ad_extra.empty()) read_extra(options, spools, result, progress);
  check_defects(result, options.max_defects);

  d.generation = generation;
  d.loaded_at = static_cast<std::uint64_t>(std::time(nullptr));
  std::vector<RefusedRecord> refused;
  DuplicateAddresses duplicates;
  std::vector<std::string> files = write_side_tables(store, spools, d, duplicates);
  if (auto file = write_containers(store, generation, containers)) {
    files.push_back(std::move(*file));
  }
  build_snapshot(store, spools.by_anchor, CommonFacts{}, d, files, refused);
  d.duplicate_addresses = duplicates.count;
  store.ingest(files);
  for (RefusedRecord& record : name_duplicates(store, d.generation, duplicates)) {
    refused.push_back(std::move(record));
  }
  files.clear();
  take_in_snapshot(store, d, files, refused);
  return result;
}

}  // namespace trueup
