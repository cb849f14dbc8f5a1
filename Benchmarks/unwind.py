#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How whole the stacks of ordinary programs are, and what it costs to unwind them.

Each program works in one long-lived process that is profiled at 999 Hz (-p, after its start). Prints
Markdown tables; ends with 1 if a level is missed.

    unwind.py [--full] [--seconds N] [--only NAME,…] [--parts PART,…] FLAMEBACK UNWIND_BENCH   (as root)
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from boxes import print_boxes
from real_work import print_real_work
from second_opinion import mean_depths
from tables import header, row, verdict
from unmarked import print_unmarked
from unwind_runs import ENOUGH, RATE, USUAL_RATE, Result, measure, record, trial
from unwound_programs import LIBRARIES, installed, programs
from workers import Failed, Worker

# Walks that --full times at least: a third of the samples.
ENOUGH_WALKS = 20_000

# Programs whose stacks fit into what perf copies, and how far apart the two mean depths may be.
OPINIONS = {"python3", "perl", "xz", "gzip"}
DEPTH_TOLERANCE = 0.02

# Memory, resident and maps, in MB, with one ordinary program as the target.
MEMORY_LEVEL = 60
ORDINARY = {"python3", "python3 shallow", "perl", "xz", "gzip", "sqlite3", "dd", "grep"}


def reasons(truncated):
    return ", ".join(f"{count} {reason}" for reason, count in sorted((truncated or {}).items())) or "–"


def print_completeness(flameback, chosen, seconds, is_full, folder):
    print("\nStacks that reach the thread's first frame, and the whole BPF program's mean time\n")
    header(
        "program",
        "samples",
        "complete, %",
        "approximate, %",
        "truncated",
        "whole, %",
        "level",
        "best known",
        "behind a call, %",
        "user frames a sample",
        "µs a sample",
        "µs a user frame",
        f"RSS + maps at {USUAL_RATE} Hz, MB",
        "RSS + maps, MB",
    )
    met = True
    wrong = []
    for program in chosen:
        if not program.command:
            row(program.name, "not installed", *[""] * 12)
            continue
        try:
            result, usual = measure(flameback, program, seconds, is_full, folder)
        except Failed as failure:
            row(program.name, f"failed: {failure}", *[""] * 12)
            met = False
            continue
        is_met = result.samples > 0 and result.whole() >= program.level
        is_small = program.name not in ORDINARY or usual.rss + usual.maps <= MEMORY_LEVEL * 1e6
        sites = result.call_sites
        met = met and is_met and is_small and not sites.wrong
        wrong += [f"* {program.name}: {line}" for line in sites.report()]
        row(
            program.name,
            f"{result.samples:,}",
            f"{result.share(result.complete):.2f}",
            f"{result.share(result.approximate):.2f}",
            reasons(result.truncated),
            f"{result.whole():.2f}{verdict(is_met)}",
            f"≥ {program.level:g}",
            program.best,
            f"{sites.share}{verdict(not sites.wrong)}",
            f"{result.frames / max(1, result.samples):.1f}",
            f"{result.bpf_ns / max(1, result.samples) / 1000:.1f}",
            f"{result.bpf_ns / max(1, result.frames) / 1000:.2f}",
            f"{usual.rss / 1e6:.0f} + {usual.maps / 1e6:.0f}{verdict(is_small)}",
            f"{result.rss / 1e6:.0f} + {result.maps / 1e6:.0f}",
        )
    if wrong:
        print("", *wrong, sep="\n")
    return met


def print_second_opinion(flameback, chosen, seconds, folder):
    if not shutil.which("perf"):
        return True
    print("\nMean user frames a sample, and what `perf record --call-graph dwarf,16384` says meanwhile\n")
    header("program", "flameback", "perf", "apart, %", "level")
    met = True
    for program in chosen:
        if not program.command or program.name not in OPINIONS:
            continue
        worker = Worker(program.command, folder)
        try:
            ours, perfs = mean_depths(flameback, worker.pid, seconds)
        finally:
            worker.end()
        apart = abs(ours - perfs) / perfs
        is_met = apart <= DEPTH_TOLERANCE
        met = met and is_met
        row(
            program.name,
            f"{ours:.2f}",
            f"{perfs:.2f}",
            f"{100 * apart:.2f}{verdict(is_met)}",
            f"≤ {100 * DEPTH_TOLERANCE:g}",
        )
    return met


# µs a frame (median walk), and whole runs against bpf_get_stack's; with the best known figures.
TIMES = {
    "python3": (0.25, "0.21", 1.2, "1.0"),
    "python3 shallow": (0.25, "0.21", 1.2, "1.0"),
    "cc1plus": (0.25, "0.22", 2, "1.7"),
    "clang": (0.25, "0.21", None, "2.6"),
    "swift-frontend": (0.25, "0.22", None, "2.1"),
}


def print_times(flameback, chosen, seconds, is_full, folder):
    print(
        "\nTime in the kernel: whole runs by tables, whole runs with bpf_get_stack,"
        " and walks alone, two hundred in turn\n"
    )
    header(
        "program",
        "walks",
        "frames a walk",
        "µs a frame, median",
        "level",
        "best known",
        "whole run, µs",
        "with bpf_get_stack, µs",
        "ratio",
        "level",
        "best known",
    )
    met = True
    for program in chosen:
        if program.name not in TIMES or not program.command:
            continue
        level, best, ratio_level, best_ratio = TIMES[program.name]
        try:
            sums = trial(flameback, program, seconds, ENOUGH_WALKS if is_full else 1, folder)
        except Failed as failure:
            row(program.name, f"failed: {failure}", *[""] * 9)
            met = False
            continue
        walks = max(1, sums["walks"])
        per_frame = sums["median_sum"] / walks / 1000
        ours, helper = (sums[f"{way}_ns"] / max(1, sums[f"{way}_runs"]) / 1000 for way in ("table", "helper"))
        is_fast = per_frame <= level
        is_near = not ratio_level or ours <= ratio_level * helper
        met = met and is_fast and is_near
        row(
            program.name,
            f"{walks:,}",
            f"{sums['frames'] / walks:.1f}",
            f"{per_frame:.3f}{verdict(is_fast)}",
            f"≤ {level}",
            best,
            f"{ours:.1f}",
            f"{helper:.1f}",
            f"{ours / max(0.001, helper):.2f}{verdict(is_near)}",
            f"≤ {ratio_level:g}" if ratio_level else "–",
            best_ratio,
        )
    return met


def print_start(flameback, folder):
    """From the first instruction on: what had no table yet."""
    print("\nThe first seconds of programs with many libraries (`-- CMD`)\n")
    header("program", "samples", "no table yet, %", "level", "truncated")
    met = True
    commands = [
        ("clang", installed("/usr/bin/clang++", "-O2", "-c", "-o", "/dev/null", f"{folder}/work.cpp")),
        (
            "swift-frontend",
            installed(
                "swift-frontend", "-c", "-O", "-parse-as-library", "-o", f"{folder}/work.o", f"{folder}/work.swift"
            ),
        ),
    ]
    for name, command in commands:
        if not command:
            continue
        result = Result()
        record(flameback, ["-d", "3", "--", *command], folder, result)
        pending = sum(result.truncated.get(reason, 0) for reason in ("no_mapping", "mapping_pending"))
        is_met = result.share(pending) <= 0.5
        met = met and is_met
        row(
            name,
            f"{result.samples:,}",
            f"{result.share(pending):.2f}{verdict(is_met)}",
            "≤ 0.5",
            reasons(result.truncated),
        )
    return met


def print_tables(unwind_bench, is_full):
    """Build times; in quick mode without libdw, which takes a minute for swift-frontend."""
    print("\nTables: rows, CPU to build (best of 5), and libdw's walk over the same rows\n")
    files = [(f"{LIBRARIES}/libc.so.6", 5), (f"{LIBRARIES}/libLLVM-14.so.1", 200)]
    swift_frontend = shutil.which("swift-frontend")
    if swift_frontend:
        files.append((os.path.realpath(swift_frontend), 600))
    header("file", "rows", "ms", "level", "libdw, ms", "times faster", "level")
    met = True
    for path, level in files:
        if not os.path.exists(path):
            continue
        # It prints "PATH: N rows, N us; libdw N rows, N us, Nx; …".
        compared = "100000" if is_full or level <= 200 else "0"
        run = subprocess.run([unwind_bench, "--compare", compared, path], capture_output=True, text=True)
        ours, _, theirs = run.stdout.strip().partition(": ")[2].partition("; ")
        rows, milliseconds = int(ours.split()[0]), int(ours.split()[2]) / 1000
        libdw, factor, is_faster = "–", "–", True
        if theirs:
            libdw, factor = int(theirs.split()[3]) / 1000, int(theirs.split()[5].split("x")[0])
            is_faster = factor >= 5
            libdw = f"{libdw:,.0f}"
        is_fast = milliseconds <= level
        met = met and is_fast and is_faster and run.returncode == 0
        row(
            os.path.basename(path),
            f"{rows:,}",
            f"{milliseconds:,.1f}{verdict(is_fast)}",
            f"≤ {level}",
            libdw,
            f"{factor}{verdict(is_faster)}",
            "≥ 5",
        )
        if run.returncode != 0:
            print(run.stdout)
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{ENOUGH:,} samples a program")
    parser.add_argument("--seconds", type=float, help="of each run (3; 10.5 with --full)")
    parser.add_argument("--only", help="names of programs, with semicolons between them")
    parser.add_argument(
        "--parts",
        default="completeness,times,opinion,start,work,unmarked,boxes,tables",
        help="tables to print: %(default)s",
    )
    parser.add_argument("flameback")
    parser.add_argument("unwind_bench")
    options = parser.parse_args()
    flameback, unwind_bench = map(os.path.abspath, (options.flameback, options.unwind_bench))
    seconds = options.seconds or (10.5 if options.full else 3)
    print(
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, "
        f"Linux {'.'.join(os.uname().release.split('.')[:2])}, {RATE} Hz, {seconds:g} s a run, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        chosen = programs(folder, unwind_bench)
        if options.only:
            names = options.only.split(",")
            chosen = [program for program in chosen if program.name in names]
        tables = {
            "completeness": lambda: print_completeness(flameback, chosen, seconds, options.full, folder),
            "times": lambda: print_times(flameback, chosen, seconds, options.full, folder),
            "opinion": lambda: print_second_opinion(flameback, chosen, seconds, folder),
            "start": lambda: print_start(flameback, folder),
            "work": lambda: print_real_work(flameback, seconds, 499, folder),
            "unmarked": lambda: print_unmarked(flameback, seconds, folder),
            "boxes": lambda: print_boxes(flameback, chosen, seconds, folder),
            "tables": lambda: print_tables(unwind_bench, options.full),
        }
        met = [tables[part]() for part in options.parts.split(",")]
    return 0 if all(met) else 1


if __name__ == "__main__":
    # So that whatever ends this ends its workers, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        sys.exit(main())
    except Failed as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
