// SPDX-License-Identifier: Apache-2.0
// What comes behind the loads, over a store that is made once: the diff by fingerprints, the plan
// with its collisions and order, the plan's files, and `trueup diff` as a whole. Every answer is
// held against the tenant's truth before anything is timed.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "bench/corpus.h"
#include "engine/compare/diff.h"
#include "engine/load/load.h"
#include "engine/parallelism.h"
#include "engine/plan/plan.h"
#include "engine/plan/plan_file.h"
#include "engine/reconcile.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Both snapshots of the tenant, with the EXO export, so that all attributes are compared.
struct Loaded {
  Loaded() {
    Progress progress;
    store = Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);
    cloud = load_cloud(*store, corpus.inputs(true), nullptr, progress).snapshot;
    ad = load_ad(*store, corpus.inputs(true), nullptr, progress).snapshot;
    options.scope = ScopeKind::kSynced;
  }
  DiffResult compare() const {
    Progress progress;
    const Scope scope(*store, cloud, ad, options, {});
    return diff(*store, cloud, ad, scope, options, progress);
  }
  Plan plan_of(DiffResult& result) const {
    Progress progress;
    return make_plan(*store, ad.generation, result, progress);
  }

  Corpus corpus;
  ScratchFolder scratch;
  std::unique_ptr<Store> store;
  SnapshotDescription cloud, ad;
  DiffOptions options;
};

Loaded& loaded() {
  static Loaded made;
  return made;
}

/// Bytes are those of the files that the snapshots came from.
void report(benchmark::State& state) {
  const Corpus& corpus = loaded().corpus;
  const std::uint64_t bytes = corpus.graph_bytes() + corpus.exo_bytes() + corpus.ad_bytes();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(corpus.mailboxes()));
}

// Arguments: threads, 0 for one a processor.

void diff_snapshots(benchmark::State& state) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(loaded().compare());
  report(state);
}
BENCHMARK(diff_snapshots)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

void plan_changes(benchmark::State& state) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  const DiffResult compared = loaded().compare();
  for (auto _ : state) {
    state.PauseTiming();
    DiffResult consumed = compared;
    state.ResumeTiming();
    benchmark::DoNotOptimize(loaded().plan_of(consumed));
  }
  report(state);
}
BENCHMARK(plan_changes)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

void write_plan_ldif(benchmark::State& state) {
  DiffResult compared = loaded().compare();
  const Plan plan = loaded().plan_of(compared);
  const std::string path = loaded().scratch.path() + "/plan.ldif";
  for (auto _ : state) {
    write_plan_file(path, plan_header(plan, loaded().cloud, loaded().ad, loaded().options, {}),
                    plan.changes);
  }
  report(state);
}
BENCHMARK(write_plan_ldif)->Unit(benchmark::kMillisecond)->UseRealTime();

Report diff_from_store() {
  Job job;
  job.command = "diff";
  job.from_store = true;
  job.diff = loaded().options;
  Progress progress;
  return reconcile(*loaded().store, job, progress);
}

void whole_diff(benchmark::State& state) {
  const ThreadLimit threads(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(diff_from_store());
  report(state);
}
BENCHMARK(whole_diff)->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond)->UseRealTime();

void require(std::uint64_t is, std::uint64_t expected, const char* what) {
  if (is == expected) return;
  std::fprintf(stderr, "bench_diff: %s: %llu, by the tenant's truth %llu\n", what,
               static_cast<unsigned long long>(is), static_cast<unsigned long long>(expected));
  std::exit(1);
}

void check_answers() {
  const ExpectedPlan expected = loaded().corpus.expected(true);
  const Report report = diff_from_store();
  require(report.diff->in_scope, expected.in_scope, "mailboxes in scope");
  require(report.diff->matched, expected.matched, "mailboxes matched");
  require(report.plan->mailboxes, expected.changed, "mailboxes changed");
  require(report.plan->refused_mailboxes, expected.refused, "mailboxes refused");
  require(report.plan->held_mailboxes, expected.held, "mailboxes held");
}

}  // namespace
}  // namespace trueup

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  trueup::check_answers();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
