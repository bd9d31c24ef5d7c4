# SPDX-License-Identifier: Apache-2.0
"""Prints the one table of bench/run from what the benchmarks and the floor wrote.

Usage: table.py FOLDER MAILBOXES, with NAME.json of each benchmark and floor-N.txt in the folder.
"""

import glob
import json
import os
import statistics
import sys

# What is shown: stage, benchmark, and the floor of its ratio: another benchmark, or the floor
# program over these files of the tenant. "/0" is all processors.
READERS = [
    ("floor: memchr over the LDIF's lines, in memory", "floor_memchr_lines", None),
    ("LDIF reader", "ad_ldif_reader", "floor_memchr_lines"),
    ("LDIF reader, from the file", "ad_ldif_file", "floor_memchr_lines"),
    ("libldap's LDIF parser", "libldap_ldif", "floor_memchr_lines"),
    ("floor: simdjson over the Graph pages, in memory", "BM_GraphFloor", None),
    ("Graph reader", "BM_GraphReader", "BM_GraphFloor"),
    ("floor: simdjson over the EXO export, in memory", "BM_ExoFloor", None),
    ("EXO reader, 4 MiB chunks", "BM_ExoReader/4096", "BM_ExoFloor"),
]
STAGES = [
    ("canonical form and hash", "fingerprints", "tenant"),
    ("stored form", "stored_form", "tenant"),
    ("SST load, 1 thread", "snapshot_tables/1/real_time", "tenant"),
    ("SST load, all processors", "snapshot_tables/0/real_time", "tenant"),
    ("load Graph, 1 thread", "load_graph/1/real_time", "graph"),
    ("load Graph, all processors", "load_graph/0/real_time", "graph"),
    ("load Graph and EXO, 1 thread", "load_graph_and_exo/1/real_time", "cloud"),
    ("load Graph and EXO, all processors", "load_graph_and_exo/0/real_time", "cloud"),
    ("load LDIF, 1 thread", "load_ldif/1/real_time", "ad"),
    ("load LDIF, all processors", "load_ldif/0/real_time", "ad"),
    ("load Graph beside LDIF, 1 thread", "load_both/1/real_time", "tenant"),
    ("load Graph beside LDIF, all processors", "load_both/0/real_time", "tenant"),
    ("diff, 1 thread", "diff_snapshots/1/real_time", "tenant with EXO"),
    ("diff, all processors", "diff_snapshots/0/real_time", "tenant with EXO"),
    ("plan", "plan_changes/1/real_time", "tenant with EXO"),
    ("plan.ldif", "write_plan_ldif/real_time", "tenant with EXO"),
    ("trueup diff as a whole", "whole_diff/0/real_time", "tenant with EXO"),
]


def medians(folder):
    """Benchmark name -> (bytes a second, mailboxes a second)."""
    speeds = {}
    for path in glob.glob(os.path.join(folder, "*.json")):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for entry in report["benchmarks"]:
            if entry.get("aggregate_name", "median") != "median":
                continue
            mailboxes = entry.get("mailboxes/s", entry.get("items_per_second"))
            speeds[entry["run_name"]] = (entry["bytes_per_second"], mailboxes)
    return speeds


def floors(folder, mailboxes):
    """The floor program's speed over one tenant, by what of it was read."""
    runs = []
    for path in glob.glob(os.path.join(folder, "floor-*.txt")):
        with open(path, encoding="utf-8") as file:
            fields = dict(line.split(" ", 1) for line in file.read().splitlines())
        runs.append({k: float(v) for k, v in fields.items() if k != "simdjson"})

    def speed(*feeds):
        seconds = statistics.median(sum(r[f"{f}_seconds"] for f in feeds) for r in runs)
        return sum(runs[0][f"{f}_bytes"] for f in feeds) / seconds, mailboxes / seconds

    return {"graph": speed("graph"), "ad": speed("ad"), "cloud": speed("graph", "exo"),
            "tenant": speed("graph", "ad"), "tenant with EXO": speed("graph", "exo", "ad")}


def line(stage, speed, floor):
    ratio = f"{floor[0] / speed[0]:10.2f}" if floor else f"{'':>10}"
    print(f"{stage:50}{speed[0] / 1e6:10,.0f}{speed[1]:14,.0f}{ratio}")


def main():
    folder, mailboxes = sys.argv[1], int(sys.argv[2])
    speeds = medians(folder)
    tenant = floors(folder, mailboxes)
    print(f"{'stage':50}{'MB/s':>10}{'mailboxes/s':>14}{'x floor':>10}")
    missing = []
    for stage, name, floor in READERS:
        if name in speeds:
            line(stage, speeds[name], speeds[floor] if floor else None)
        else:
            missing.append(name)
    for stage, name in (("floor: Graph pages, from the files", "graph"),
                        ("floor: LDIF, from the file", "ad"),
                        ("floor: both", "tenant"), ("floor: both and EXO", "tenant with EXO")):
        line(stage, tenant[name], None)
    for stage, name, floor in STAGES:
        if name in speeds:
            line(stage, speeds[name], tenant[floor])
        else:
            missing.append(name)
    print("\nMB: of the files that the mailboxes came from. x floor: time against the floor's, one "
          "core reading\nthe same bytes and doing nothing with them. Medians.")
    if missing:
        sys.exit(f"bench/run: no such benchmark any more: {', '.join(missing)}")


if __name__ == "__main__":
    main()
