#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How whole the stacks of short-lived processes are, from exec to exit, and whether their leaves have names.

Whole: complete, or approximate. perf's figure of the same work stands beside: the share of its samples
whose outermost frame is a start of a process or thread. In a stripped program such a frame has no symbol,
so each outermost frame without one counts as a start there, which favours perf. Names are judged where
the program has symbols. Prints a Markdown table; ends with 1 if a level is missed.

    real_work.py [--seconds N] [--rate HZ] [--only TEXT] FLAMEBACK     (as root)
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pprof
from second_opinion import KERNEL
from short_work import short_work
from tables import header, row, verdict
from unwind_runs import Result, record

NAMED_LEVEL = 99.9
# Functions in which a process or thread starts, by symbol tables: of programs, and of the dynamic loader.
STARTS = {"_start", "__clone3", "clone3", "__clone", "clone", "_dl_start_user", "__vfork", "vfork"}


class Background:
    """Processes that run until the end of a block."""

    def __init__(self, commands):
        self.commands = commands

    def __enter__(self):
        null = subprocess.DEVNULL
        self.running = [
            subprocess.Popen(command, start_new_session=True, stdin=null, stdout=null, stderr=null)
            for command in self.commands
        ]
        return self

    def __exit__(self, *_):
        for process in self.running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # It has ended by itself.
            process.wait()


def rivals(work):
    """Loops that compete with the work, one for each CPU."""
    if not work.rivals:
        return []
    return [[*work.rivals, "sh", "-c", "while :; do :; done"] for _ in range(os.cpu_count())]


def target(work, running, seconds):
    """The target of a run, as words of flameback's command line and perf's."""
    if work.is_whole_machine:
        return ["-a", "-d", str(seconds)], ["-a", "--", "sleep", str(seconds)]
    if work.is_process:
        pid = str(running.running[0].pid)
        return ["-p", pid, "-d", str(seconds)], ["-p", pid, "--", "sleep", str(seconds)]
    return ["--", *work.command], ["--", *work.command]


def named_leaves(path, name):
    """Samples of processes of a name that have a user leaf, and those of them whose leaf has a name."""
    leaves = named = 0
    for sample in pprof.read(path):
        if not sample.user_frames or sample.labels.get("comm") != name:
            continue
        leaves += sample.count
        names = sample.user_frames[0].functions
        named += sample.count if names and not names[0].startswith("[") and "+0x" not in names[0] else 0
    return leaves, named


def perfs_whole(words, rate, folder):
    """Percent of perf's samples with user frames that reach a start; nil without perf."""
    if not shutil.which("perf"):
        return None
    data = f"{folder}/perf.data"
    command = ["perf", "record", "-q", "-B", "-e", "cpu-clock", "--call-graph", "dwarf,16384", "-F", str(rate)]
    subprocess.run([*command, "-o", data, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    script = subprocess.run(
        ["perf", "script", "--no-inline", "-F", "tid,ip,sym,dso", "-i", data], capture_output=True, text=True
    )
    all_stacks = whole = 0
    for sample in script.stdout.strip("\n").split("\n\n"):
        # Lines of "ADDRESS SYMBOL (FILE)".
        frames = [line.split(maxsplit=1) for line in sample.split("\n")[1:]]
        frames = [frame[1] for frame in frames if int(frame[0], 16) < KERNEL]
        if frames:
            all_stacks += 1
            whole += is_start(*frames[-1].removesuffix(")").rsplit(" (", 1))
    return 100 * whole / max(1, all_stacks)


def is_start(symbol, file):
    name = os.path.basename(file)
    is_program = file.startswith("/") and not name.startswith(("lib", "ld-"))
    return symbol in STARTS or symbol == "[unknown]" and is_program


def measured(flameback, work, seconds, rate, folder):
    """A Result, the samples of `named_leaves`, and perf's share."""
    result = Result()
    begins_before = work.is_whole_machine or work.is_process
    with Background(([work.command] if begins_before else []) + rivals(work)) as running:
        ours, perfs = target(work, running, seconds)
        record(flameback, ours, folder, result, rate)
        leaves, named = named_leaves(f"{folder}/out.pb.gz", work.program)
        return result, leaves, named, perfs_whole(perfs, rate, folder)


def print_real_work(flameback, seconds, rate, folder, only=""):
    print(f"\nShort-lived processes, {rate} Hz\n")
    header(
        "work",
        "samples",
        "complete, %",
        "whole, %",
        "level",
        "perf, %",
        "truncated",
        "leaf named, %",
        "behind a call, %",
    )
    met = True
    for work in short_work(folder, int(seconds)):
        if only not in work.name:
            continue
        result, leaves, named, perfs = measured(flameback, work, seconds, rate, folder)
        is_whole = result.samples > 0 and result.whole() >= work.level
        names = 100 * named / max(1, leaves)
        is_named = not work.program or names >= NAMED_LEVEL
        met = met and is_whole and is_named
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted((result.truncated or {}).items()))
        row(
            work.name,
            f"{result.samples:,}",
            f"{result.share(result.complete):.2f}",
            f"{result.whole():.2f}{verdict(is_whole)}",
            f"≥ {work.level:g}",
            "–" if perfs is None else f"{perfs:.1f}",
            reasons or "–",
            f"{names:.2f}{verdict(is_named)}" if work.program else "–",
            result.call_sites.share,
        )
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=5, help="of a run of -a or -p: %(default)s")
    parser.add_argument("--rate", type=int, default=499, help="in Hz: %(default)s")
    parser.add_argument("--only", default="", help="work whose name has this text")
    parser.add_argument("flameback")
    options = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        flameback = os.path.abspath(options.flameback)
        met = print_real_work(flameback, options.seconds, options.rate, folder, options.only)
    return 0 if met else 1


if __name__ == "__main__":
    # So that whatever ends this ends the processes that it started, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
