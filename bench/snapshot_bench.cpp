// SPDX-License-Identifier: Apache-2.0
// From parsed mailboxes to a snapshot on disk: canonical form and fingerprint, stored form, and
// the sorted tables that the store takes in; then the two loads as a whole, from files to snapshot.
// Both sides of one tenant, so a mailbox counts once; bytes are those of the files it came from.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/corpus.h"
#include "engine/load/build/snapshot_builder.h"
#include "engine/load/load.h"
#include "engine/load/staging/staged_item.h"
#include "engine/parallelism.h"
#include "io/files/input_file.h"
#include "io/files/input_paths.h"
#include "io/graph/graph_reader.h"
#include "io/json/json_chunks.h"
#include "io/ldif/ldif_reader.h"
#include "snapshots/model/canonical.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_snapshot: %s\n", what);
  std::exit(1);
}

/// Keeps what the readers deliver, values in the readers' order.
class KeepingSink : public MailboxSink {
 public:
  void on_mailbox(const Mailbox& m, std::uint64_t) override {
    Mailbox& kept = mailboxes.emplace_back(m);
    kept.id = copy(m.id);
    kept.name = copy(m.name);
    for (AttributeValue& v : kept.values) v.bytes = copy(v.bytes);
  }
  void on_defect(std::uint64_t, std::string reason) override { require(false, reason.c_str()); }
  std::vector<Mailbox> mailboxes;

 private:
  std::string_view copy(std::string_view text) {
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    if (blocks_.empty() || blocks_.back().size() + text.size() > kBlock) {
      blocks_.emplace_back().reserve(std::max(kBlock, text.size()));
    }
    std::string& block = blocks_.back();
    block += text;
    return std::string_view(block).substr(block.size() - text.size());
  }
  std::deque<std::string> blocks_;
};

const Corpus& corpus() {
  static const Corpus made;
  return made;
}

/// The mailboxes of both sides as the readers deliver them, in memory.
struct Sides {
  KeepingSink cloud, ad;
};

const Sides& sides() {
  static const auto read = [] {
    auto both = std::make_unique<Sides>();
    const LoadOptions options = corpus().inputs(false);
    GraphReader graph_reader;
    GraphSummary graph;
    for (const std::string& file : expand_input(options.graph, {".json"}, nullptr)) {
      const auto source = open_json_chunks(file, options.chunk_bytes);
      while (const auto chunk = source->next()) {
        graph_reader.parse(*chunk, file, both->cloud, graph);
      }
    }
    AdLdifReader ad_reader;
    LdifSummary ad;
    const auto source = open_chunks(options.ad.front(), cut_ldif, options.chunk_bytes);
    while (const auto chunk = source->next()) {
      ad_reader.parse(*chunk, options.ad.front(), both->ad, ad);
    }
    return both;
  }();
  return *read;
}

template <typename Visit>
void for_each_mailbox(Visit visit) {
  for (const Mailbox& m : sides().cloud.mailboxes) visit(m);
  for (const Mailbox& m : sides().ad.mailboxes) visit(m);
}

void report(benchmark::State& state, std::uint64_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(corpus().mailboxes()));
}

std::uint64_t both_sides() { return corpus().graph_bytes() + corpus().ad_bytes(); }

// ---- in memory, one core

void fingerprints(benchmark::State& state) {
  for (auto _ : state) {
    for_each_mailbox([](const Mailbox& m) { benchmark::DoNotOptimize(fingerprint_of(m)); });
  }
  report(state, both_sides());
}
BENCHMARK(fingerprints)->Unit(benchmark::kMillisecond);

void stored_form(benchmark::State& state) {
  std::string record;
  for (auto _ : state) {
    for_each_mailbox([&](const Mailbox& m) {
      record.clear();
      encode(m, record);
      benchmark::DoNotOptimize(record.data());
    });
  }
  report(state, both_sides());
}
BENCHMARK(stored_form)->Unit(benchmark::kMillisecond);

// ---- into the store: argument = threads, 0 for one a processor

/// The mailboxes of one side that have an anchor, staged as the last pass of a load finds them.
std::uint64_t stage_all(const std::vector<Mailbox>& mailboxes, Side side, Spool& spool) {
  Spool::Writer writer(spool);
  std::string record;
  std::uint64_t staged = 0;
  for (const Mailbox& m : mailboxes) {
    if (side == Side::kCloud ? !m.has_anchor : !m.has(kJoinable)) continue;
    StagedHeader header;
    header.key = m.anchor;
    header.order = ++staged;
    header.fingerprint = fingerprint_of(m);
    record.clear();
    encode(m, record);
    stage(writer, header, record);
  }
  return staged;
}

SnapshotDescription build(Store& store, Side side, Spool& spool) {
  SnapshotDescription description;
  description.side = side;
  description.generation = store.next_number("generation");
  std::vector<std::string> files;
  std::vector<RefusedRecord> refused;
  build_snapshot(store, spool, CommonFacts{}, description, files, refused);
  take_in_snapshot(store, description, files, refused);
  put(store, description);
  return description;
}

void snapshot_tables(benchmark::State& state) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  const ScratchFolder scratch;
  const auto store = Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);
  for (auto _ : state) {
    state.PauseTiming();
    {
      BlockPool pool(std::size_t{4} << 30);
      Spool cloud(pool, store->folder()), ad(pool, store->folder());
      const std::uint64_t staged = stage_all(sides().cloud.mailboxes, Side::kCloud, cloud);
      stage_all(sides().ad.mailboxes, Side::kAd, ad);
      state.ResumeTiming();
      const SnapshotDescription one = build(*store, Side::kCloud, cloud);
      const SnapshotDescription other = build(*store, Side::kAd, ad);
      state.PauseTiming();
      require(one.mailboxes == staged, "a cloud mailbox was lost");
      store->drop(snapshot_prefix(one.generation));
      store->drop(snapshot_prefix(other.generation));
    }
    state.ResumeTiming();
  }
  report(state, both_sides());
}
BENCHMARK(snapshot_tables)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

/// A load as trueup does it.
template <typename Load>
void whole_load(benchmark::State& state, std::uint64_t bytes, Load load) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  const ScratchFolder scratch;
  const auto store = Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);
  for (auto _ : state) {
    Progress progress;
    const LoadResult result = load(*store, progress);
    state.PauseTiming();
    require(result.snapshot.defects == 0, "the tenant has defects");
    store->drop(snapshot_prefix(result.snapshot.generation));
    state.ResumeTiming();
  }
  report(state, bytes);
}

void load_graph(benchmark::State& state) {
  whole_load(state, corpus().graph_bytes(), [](Store& store, Progress& progress) {
    return load_cloud(store, corpus().inputs(false), nullptr, progress);
  });
}
BENCHMARK(load_graph)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

void load_graph_and_exo(benchmark::State& state) {
  whole_load(state, corpus().graph_bytes() + corpus().exo_bytes(),
             [](Store& store, Progress& progress) {
               return load_cloud(store, corpus().inputs(true), nullptr, progress);
             });
}
BENCHMARK(load_graph_and_exo)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

void load_ldif(benchmark::State& state) {
  whole_load(state, corpus().ad_bytes(), [](Store& store, Progress& progress) {
    return load_ad(store, corpus().inputs(false), nullptr, progress);
  });
}
BENCHMARK(load_ldif)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Both sides as `trueup plan` loads them.
void load_both(benchmark::State& state) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  const ScratchFolder scratch;
  const auto store = Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);
  for (auto _ : state) {
    Progress progress;
    const LoadedSides loaded = load_sides(*store, corpus().inputs(false), LiveSides{}, progress);
    state.PauseTiming();
    store->drop(snapshot_prefix(loaded.cloud->snapshot.generation));
    store->drop(snapshot_prefix(loaded.ad->snapshot.generation));
    state.ResumeTiming();
  }
  report(state, both_sides());
}
BENCHMARK(load_both)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

// ---- the answers

constexpr AttributeSet kBothSides = kAddressAttributes | kExtensionAttributes;
constexpr Group kBothSidesGroups[] = {Group::kSmtp, Group::kOtherAddresses, Group::kExtension};

/// What both feeds supply, in canonical form and sorted: what their fingerprints stand for.
std::vector<std::string> canonical_values(const Mailbox& m) {
  std::vector<std::string> all;
  for (const AttributeValue& v : m.values) {
    if (!kBothSides.contains(v.attribute)) continue;
    std::string& key = all.emplace_back(1, static_cast<char>(index(v.attribute)));
    if (v.attribute == Attribute::kMail) {
      append_folded(v.bytes, key);
    } else if (v.attribute == Attribute::kProxyAddresses) {
      const ProxyAddress address = parse_proxy_address(v.bytes);
      if (equal_ignoring_ascii_case(address.prefix, "SPO")) {  // never compared
        all.pop_back();
      } else {
        append_proxy_key(address, key);
      }
    } else {
      key += v.bytes;
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool same_fingerprint(const Mailbox& a, const Mailbox& b) {
  const Fingerprint one = fingerprint_of(a), other = fingerprint_of(b);
  return std::all_of(std::begin(kBothSidesGroups), std::end(kBothSidesGroups),
                     [&](Group g) { return one.of(g) == other.of(g); });
}

/// Fingerprints of the two sides are equal exactly where the sorted canonical values are, and the
/// stored form gives back what went in.
void check_answers() {
  std::vector<const Mailbox*> by_anchor;
  for (const Mailbox& m : sides().ad.mailboxes) {
    if (m.has_anchor) by_anchor.push_back(&m);
  }
  const auto before = [](const Mailbox* a, const Mailbox* b) { return a->anchor < b->anchor; };
  std::sort(by_anchor.begin(), by_anchor.end(), before);
  std::uint64_t pairs = 0, equal = 0;
  for (const Mailbox& cloud : sides().cloud.mailboxes) {
    if (!cloud.has_anchor) continue;
    const auto at = std::lower_bound(by_anchor.begin(), by_anchor.end(), &cloud, before);
    if (at == by_anchor.end() || (*at)->anchor != cloud.anchor) continue;
    ++pairs;
    const bool same = canonical_values(cloud) == canonical_values(**at);
    equal += same ? 1 : 0;
    require(same == same_fingerprint(cloud, **at),
            "a fingerprint does not agree with the canonical values");
  }
  require(pairs > corpus().mailboxes() / 2, "the two sides do not belong together");
  std::fprintf(stderr, "%llu pairs, %llu with the same values\n",
               static_cast<unsigned long long>(pairs), static_cast<unsigned long long>(equal));
  for_each_mailbox([](const Mailbox& m) {
    std::string record;
    encode(m, record);
    Mailbox back;
    decode(record, back);
    std::vector<AttributeValue> grouped = m.values;
    std::stable_sort(grouped.begin(), grouped.end(),
                     [](const auto& a, const auto& b) { return a.attribute < b.attribute; });
    require(back.values == grouped && back.name == m.name && back.anchor == m.anchor,
            "the stored form does not give back what went in");
  });
}

}  // namespace
}  // namespace trueup

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  trueup::check_answers();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
