#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What profiling costs: two busy processes at 99 Hz for 10 s, and the whole machine likewise.

Runs flameback and, where it is installed, perf in turn on the same processes, and prints Markdown
tables of medians. Ends with 1 if flameback misses a level with the two processes.

    two_busy_processes.py FLAMEBACK PROGRAM     (as root)
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SECONDS = 10
RATE = 99
RUNS = 5

# A row of the table: its name, the level (None: only shown), its unit's decimals.
ROWS = [
    ("own CPU while sampling, % of a core", 1.0, 2),
    ("own CPU before and after, s", 0.6, 2),
    ("own CPU of the whole job, s", None, 2),
    ("from stop to written, s", 1.0, 2),
    ("memory, maps included, MB", 100, 0),
    ("time in the sampling program, % of a core", None, 3),
    ("samples recorded", None, 0),
]


class Failed(Exception):
    """A command that ended with an error, with its last message."""


class Timed:
    """A finished command: CPU and wall seconds, and the peak of its resident memory in bytes."""

    def __init__(self, arguments, output=subprocess.DEVNULL):
        start = time.monotonic()
        child = subprocess.Popen(arguments, stdout=output, stderr=subprocess.PIPE)
        messages = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            lines = messages.decode(errors="replace").split("\n")
            last_words = [line for line in lines if line.strip()][-1:]
            raise Failed(f"{os.path.basename(arguments[0])} {arguments[1]}: {''.join(last_words)}")
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024


def flameback(binary, target, folder):
    """The values of all rows, from --stats; the CPU of the whole job as the kernel counted it."""
    stats_file = f"{folder}/stats.json"
    run = Timed(
        [
            binary,
            "record",
            *target,
            "-F",
            str(RATE),
            "-d",
            str(SECONDS),
            "--quiet",
            "-o",
            f"{folder}/out.svg",
            "-o",
            f"{folder}/out.folded",
            "-o",
            f"{folder}/out.pb.gz",
            "--stats",
            stats_file,
        ]
    )
    with open(stats_file) as file:
        stats = json.load(file)
    cost = stats["cost"]
    return [
        100 * cost["sampling_cpu_s"] / stats["duration_s"],
        cost["setup_cpu_s"] + cost["finish_cpu_s"],
        run.cpu,
        cost["stop_to_written_s"],
        (cost["max_rss_bytes"] + cost["map_bytes"]) / 1e6,
        100 * cost["bpf_ns"] / 1e9 / stats["duration_s"],
        stats["samples"]["recorded"],
    ]


def perf(binary, target, folder):
    """The rows that perf has. `perf record` does not separate sampling from set-up and end, so all of its CPU
    is in the first row, and that of `perf script`, which names the stacks, in the second.
    """
    data = f"{folder}/perf.data"
    record = Timed(
        [binary, "record", "-e", "cpu-clock", "-g", "-F", str(RATE), *target, "-o", data, "--", "sleep", str(SECONDS)]
    )
    text_file = f"{folder}/perf.txt"
    with open(text_file, "wb") as text:
        script = Timed([binary, "script", "-i", data], text)
    with open(text_file, errors="replace") as text:
        samples = sum(1 for line in text if line[:1].strip())
    return [
        100 * record.cpu / SECONDS,
        script.cpu,
        record.cpu + script.cpu,
        script.wall,
        max(record.memory, script.memory) / 1e6,
        None,
        samples,
    ]


def median_of(runs):
    if not runs:
        return [None] * len(ROWS)
    return [None if None in values else statistics.median(values) for values in zip(*runs)]


def shown(value, decimals):
    return "–" if value is None else f"{value:,.{decimals}f}"


def print_table(title, ours, theirs, has_levels):
    """True if every level is met."""
    print(f"\n{title}\n")
    print("| | level | flameback | perf |")
    print("|---|---|---|---|")
    met = True
    for (name, level, decimals), our, their in zip(ROWS, ours, theirs):
        level = level if has_levels else None
        missed = level is not None and our > level
        met = met and not missed
        limit = "" if level is None else f"≤ {level:g}"
        verdict = " (missed)" if missed else ""
        print(f"| {name} | {limit} | {shown(our, decimals)}{verdict} | {shown(their, decimals)} |")
    sys.stdout.flush()
    return met


def measure(ours, theirs, target):
    """Medians of runs of flameback and of perf in turn. A run in which perf fails is reported and left out."""
    our_runs, their_runs = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(RUNS):
            our_runs.append(flameback(ours, target, folder))
            if theirs:
                try:
                    their_runs.append(perf(theirs, target, folder))
                except Failed as failure:
                    print(f"left out: {failure}", file=sys.stderr)
    return median_of(our_runs), median_of(their_runs)


def main():
    ours, program = sys.argv[1:]
    theirs = shutil.which("perf")
    busy = [
        subprocess.Popen([program, "100000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    pids = ",".join(str(process.pid) for process in busy)
    try:
        print(
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, "
            f"Linux {'.'.join(os.uname().release.split('.')[:2])}, {RATE} Hz for {SECONDS} s, "
            f"median of {RUNS} runs; perf: {'in turn' if theirs else 'not installed'}"
        )
        met = print_table("Two busy processes (`-p`)", *measure(ours, theirs, ["-p", pids]), True)
        # Without levels: the machine may run other programs.
        print_table("The whole machine (`-a`)", *measure(ours, theirs, ["-a"]), False)
        return 0 if met else 1
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
