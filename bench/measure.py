# SPDX-License-Identifier: Apache-2.0
"""Measures whole programs for bench/end_to_end: trueup next to the speed-of-light floor.

Every round runs both on every tenant, in turn, so that whatever else the machine does hits both.
Ratios are taken pair by pair. Round 0 warms the page cache and is not counted; memory is sampled in
it, so that the sampling slows down no round that counts.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time

SAMPLE_SECONDS = 0.002


class Memory:
    """The maximum of RssAnon, which the kernel does not keep, and VmHWM, which it does."""

    def __init__(self, pid):
        self.anonymous_kib = 0
        self.high_water_kib = 0
        self._path = f"/proc/{pid}/status"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def _sample(self):
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                with open(self._path, encoding="ascii", errors="replace") as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            self.anonymous_kib = max(self.anonymous_kib, int(line.split()[1]))
                        elif line.startswith("VmHWM:"):
                            self.high_water_kib = max(self.high_water_kib, int(line.split()[1]))
            except OSError:
                return

    def stop(self):
        self._over.set()
        self._thread.join()


class Run:
    """One run of a program: wall and CPU seconds, ru_maxrss, standard output."""

    def __init__(self, command, allowed=(0,), sample=False):
        os.sync()  # what earlier runs left to be written is not this one's
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        memory = Memory(child.pid) if sample else None
        errors = []
        reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))
        reader.start()
        self.output = child.stdout.read().decode()
        reader.join()
        _, status, usage = os.wait4(child.pid, 0)
        self.wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if memory:
            memory.stop()
        self.memory = memory
        self.cpu = usage.ru_utime + usage.ru_stime
        self.max_rss_kib = usage.ru_maxrss
        if child.returncode not in allowed:
            sys.stderr.write(errors[0].decode(errors="replace"))
            sys.exit(f"end_to_end: exit {child.returncode} of: {' '.join(command)}")


def floor_of(output):
    fields = dict(line.split(" ", 1) for line in output.splitlines())
    return {name: value if name == "simdjson" else float(value) for name, value in fields.items()}


class Tenant:
    """What is measured on one tenant."""

    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        with open(f"{folder}/truth.json", encoding="utf-8") as file:
            self.totals = json.load(file)["totals"]
        self.mailboxes = self.totals["mailboxes"]
        self.floors, self.plans, self.diffs = [], [], []
        self.stages = {}
        self.anonymous_kib = self.high_water_kib = 0
        self.max_rss_kib = 0
        self.warm = None

    def inputs(self, exo):
        words = ["--graph", f"{self.folder}/graph", "--ad", f"{self.folder}/ad.ldif"]
        return words + (["--exo", f"{self.folder}/exo.json"] if exo else [])

    def round(self, number):
        self.run_floor(number)
        self.run_plan(number)

    def run_floor(self, number):
        run = Run([f"{self.options.build}/bench/floor"] + self.inputs(self.options.exo))
        seen = floor_of(run.output)
        seen["cpu"] = run.cpu
        if number == 0:
            self.warm = seen
        else:
            self.floors.append(seen)

    def trueup(self, command, store, *words):
        whole = [f"{self.options.build}/tools/trueup", command, "--scope", "synced", "--store",
                 store, "--json", "--no-progress", *words]
        if self.options.threads:
            whole += ["--threads", str(self.options.threads)]
        return whole

    def run_plan(self, number):
        store = f"{self.options.work}/store"
        shutil.rmtree(store, ignore_errors=True)
        # 3: a guard stopped the run, after the same work.
        run = Run(self.trueup("plan", store, *self.inputs(self.options.exo)), (0, 3), number == 0)
        report = json.loads(run.output)
        if number == 0:
            self.check(report)
            self.anonymous_kib = run.memory.anonymous_kib
            self.high_water_kib = run.memory.high_water_kib
        else:
            self.plans.append(run)
            for stage, seconds in report["seconds"].items():
                self.stages.setdefault(stage, []).append(seconds)
        self.max_rss_kib = max(self.max_rss_kib, run.max_rss_kib)
        if self.options.diff:
            run = Run(self.trueup("diff", store), (0, 3))
            if number > 0:
                self.diffs.append(run)
        shutil.rmtree(store, ignore_errors=True)

    def check(self, report):
        """The plan is right, and the floor has read what trueup has read."""
        expected = self.totals["expected"]["synced/graph+exo" if self.options.exo
                                           else "synced/graph"]
        plan = report["plan"]
        found = {"in_scope": report["in_scope"], "matched": report["matched"],
                 "changed": plan["mailboxes"], "refused": plan["refused_mailboxes"],
                 "held": plan["held_mailboxes"]}
        for name, value in found.items():
            if value != expected[name]:
                sys.exit(f"end_to_end: {name} is {value}, by the tenant's truth {expected[name]}")
        if report["cloud"]["graph_users"] != self.warm["graph_records"]:
            sys.exit("end_to_end: the floor and trueup have not read the same users")
        if self.options.exo and report["cloud"]["exo_mailboxes"] != self.warm["exo_records"]:
            sys.exit("end_to_end: the floor and trueup have not read the same mailboxes")

    def summary(self):
        plans, floors = self.plans, self.floors
        median = statistics.median
        ratios = [plan.wall / floor["seconds"] for plan, floor in zip(plans, floors)]
        result = {
            "mailboxes": self.mailboxes,
            "input_mb": sum(self.warm[f"{f}_bytes"] for f in ("graph", "exo", "ad")) / 1e6,
            "floor_seconds": median(f["seconds"] for f in floors),
            "floor_cpu_seconds": median(f["cpu"] for f in floors),
            "plan_seconds": median(p.wall for p in plans),
            "plan_cpu_seconds": median(p.cpu for p in plans),
            "ratio": median(ratios),
            "ratio_least": min(ratios),
            "ratio_most": max(ratios),
            "peak_rss_mib": max(self.max_rss_kib, self.high_water_kib) / 1024,
            "peak_anonymous_mib": self.anonymous_kib / 1024,
            "stages": {stage: median(times) for stage, times in self.stages.items()},
        }
        if self.diffs:
            result["diff_seconds"] = median(d.wall for d in self.diffs)
            result["diff_cpu_seconds"] = median(d.cpu for d in self.diffs)
        return result


def show(r, rounds):
    rate = r["mailboxes"] / r["plan_seconds"]
    print(f"{r['mailboxes']:,} mailboxes, {r['input_mb']:.0f} MB of input, "
          f"medians of {rounds} pairs")
    print(f"  floor           {r['floor_seconds']:8.3f} s   CPU {r['floor_cpu_seconds']:7.3f} s")
    print(f"  trueup plan     {r['plan_seconds']:8.3f} s   CPU {r['plan_cpu_seconds']:7.3f} s   "
          f"{rate:,.0f} mailboxes/s")
    print(f"  plan / floor    {r['ratio']:8.2f}     "
          f"({r['ratio_least']:.2f} to {r['ratio_most']:.2f})")
    if "diff_seconds" in r:
        print(f"  trueup diff     {r['diff_seconds']:8.3f} s   CPU {r['diff_cpu_seconds']:7.3f} s")
    print(f"  peak memory     {r['peak_rss_mib']:8.0f} MiB with mapped files, of it "
          f"{r['peak_anonymous_mib']:.0f} MiB anonymous")
    stages = ", ".join(f"{stage} {seconds:.3f}" for stage, seconds in r["stages"].items())
    print(f"  stages          {stages} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tenants", nargs="+")
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--exo", action="store_true")
    parser.add_argument("--diff", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tenants = [Tenant(folder, options) for folder in options.tenants]
    for number in range(options.rounds + 1):
        for tenant in tenants:
            tenant.round(number)
    results = [tenant.summary() for tenant in tenants]
    first = tenants[0]
    for tenant, result in zip(tenants[1:], results[1:]):
        result["time_against_first"] = statistics.median(
            big.wall / small.wall for big, small in zip(tenant.plans, first.plans))
    if options.json:
        json.dump(results, sys.stdout, indent=2)
        print()
        return
    for result in results:
        show(result, options.rounds)
        if "time_against_first" in result:
            print(f"  time against {first.mailboxes:,}: {result['time_against_first']:.2f} x, for "
                  f"{result['mailboxes'] / first.mailboxes:.1f} x the mailboxes")


if __name__ == "__main__":
    main()
