#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole job, from start to picture: the machine at 99 Hz for 10 s, with python3 and xz busy.

Runs flameback in turn with Debian's tools for the job: `perf record --call-graph dwarf`, `perf script`
with its stackcollapse.py (linux-perf), flamegraph.pl (libdevel-nytprof-perl). perf does not name
inlined functions here, which can take minutes of addr2line where a program has debug information, and
does not copy files to its cache. A first round, which warms the page cache, does not count. Prints a Markdown
table of medians, and each round's ratio; ends with 1 if flameback needs too large a share of that CPU, or
too much memory.

    whole_job.py [--rounds N] FLAMEBACK     (as root)
"""

import argparse
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from cost import Cost, Failed, cost_of

SECONDS = 10
RATE = 99
# Own CPU as a share of perf's: in the middle, and in each round; resident memory with maps, in MB.
CPU_LEVEL = 0.45
WORST_LEVEL = 0.5
MEMORY_LEVEL = 160

COLLAPSE = "/usr/lib/perf-core/scripts/python/stackcollapse.py"
FLAMEGRAPH = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"


def flameback(binary, folder):
    cost = cost_of(f"{binary} record --quiet -a -F {RATE} -d {SECONDS} -o flame.svg --stats stats.json", folder)
    with open(f"{folder}/stats.json") as file:
        stats = json.load(file)
    cost.memory = stats["cost"]["max_rss_bytes"] + stats["cost"]["map_bytes"]
    cost.samples = stats["samples"]["recorded"]
    return cost


def perf(folder):
    # cpu-clock: what flameback samples by, and the only clock where a machine has no counters.
    cost = cost_of(
        f"perf record -q -B -e cpu-clock --call-graph dwarf -a -F {RATE} -o perf.data -- sleep {SECONDS}\n"
        f"perf script --no-inline -i perf.data -s {COLLAPSE} >perf.folded\n"
        f"{FLAMEGRAPH} perf.folded >perf.svg",
        folder,
    )
    with open(f"{folder}/perf.folded", errors="replace") as file:
        cost.samples = sum(int(line.rpartition(" ")[2]) for line in file)
    return cost


def busy():
    """Debian's python3, and xz at files enough for an hour."""
    libraries = sorted(glob.glob("/usr/lib/x86_64-linux-gnu/lib*.so.*"))
    commands = [
        ["/usr/bin/python3", "-c", "while 1: sorted(str(i) for i in range(999))"],
        ["xz", "-9", "-T1", "-kcf", *libraries],
    ]
    return [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]


def medians(runs):
    if not runs:
        return None
    return Cost(*(statistics.median(values) for values in zip(*(vars(run).values() for run in runs))))


def print_table(ours, theirs, ratios):
    """True if the levels are met. What could not be measured has a dash."""
    ratio = statistics.median(ratios) if ratios else 0
    is_cheap = ratio <= CPU_LEVEL and max(ratios, default=0) <= WORST_LEVEL
    is_small = ours.memory <= MEMORY_LEVEL * 1e6

    def row(name, level, value, decimals, is_met=True):
        verdict = "" if is_met else " **missed**"
        perf = f"{value(theirs):,.{decimals}f}" if theirs else "–"
        print(f"| {name} | {level} | {value(ours):,.{decimals}f}{verdict} | {perf} |")

    print("\nThe whole job, start to SVG\n")
    print("| | level | flameback | perf |")
    print("|---|---|---|---|")
    row("own CPU, s", f"≤ {CPU_LEVEL} × perf's, in no round > {WORST_LEVEL}", lambda cost: cost.cpu, 2, is_cheap)
    row("wall time, s", "", lambda cost: cost.wall, 1)
    row("memory, maps included, MB", f"≤ {MEMORY_LEVEL}", lambda cost: cost.memory / 1e6, 0, is_small)
    row("samples", "", lambda cost: cost.samples, 0)
    if theirs:
        rounds = ", ".join(f"{each:.2f}" for each in sorted(ratios))
        print(f"\nflameback's CPU is {ratio:.2f} × perf's (rounds: {rounds}).")
    return is_cheap and is_small


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("flameback")
    options = parser.parse_args()
    binary = os.path.abspath(options.flameback)
    has_perf = shutil.which("perf") and os.path.exists(COLLAPSE) and os.path.exists(FLAMEGRAPH)
    print(
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, "
        f"Linux {'.'.join(os.uname().release.split('.')[:2])}, {RATE} Hz for {SECONDS} s, "
        f"median of {options.rounds} rounds, load {os.getloadavg()[0]:.1f}"
        f"{'' if has_perf else '; perf or its scripts are not installed'}"
    )
    ours, theirs, ratios = [], [], []
    workers = busy()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(options.rounds + 1):
                own, other = flameback(binary, folder), None
                try:
                    other = perf(folder) if has_perf else None
                except Failed as failure:
                    print(f"left out: {failure}", file=sys.stderr)
                if number == 0:
                    continue
                ours.append(own)
                if other:
                    theirs.append(other)
                    ratios.append(own.cpu / other.cpu)
        return 0 if print_table(medians(ours), medians(theirs), ratios) else 1
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


if __name__ == "__main__":
    # So that whatever ends this ends its workers, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
