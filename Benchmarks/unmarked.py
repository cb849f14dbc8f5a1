#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether stacks of other compilers' code, other C libraries and assembly say so if they end too early.

Each program of undescribed_programs.py is profiled while it works. A stack without a mark has to begin in a
first frame, which is judged without help of flameback: a function whose return address .eh_frame calls
undefined, by readelf; the entry point of a file; or a root that the program makes by hand. Beside it stands
the share of perf's stacks that reach a start (see real_work.py). Prints a Markdown table; ends with 1 if
there are any faults.

    unmarked.py [--seconds N] [--only TEXT] FLAMEBACK     (as root)
"""

import argparse
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field

from undescribed_programs import undescribed_programs
from real_work import perfs_whole
from tables import header, row, verdict
from unwind_runs import Result, record
from workers import Failed

RATE = 999
# Bytes that an entry point without a size may have.
ENTRY = 64
# Bytes of clone before the function that new threads go on in: some are interrupted there.
HOLE = 15


def first_frames(path):
    """(start, end) of a file's functions to which no other returns."""
    ranges = []
    try:
        with open(path, "rb") as file:
            # ELF64: e_entry.
            (entry,) = struct.unpack_from("<Q", file.read(32), 24)
    except (OSError, struct.error):
        return ranges
    if entry:
        ranges.append((entry, entry + ENTRY))
    command = ["readelf", "--debug-dump=frames", "-W", path]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    # A paragraph for each function: "… FDE cie=… pc=START..END", then its instructions.
    for part in text.split("\n\n"):
        if "DW_CFA_undefined: r16" in part:
            found = re.findall(r" FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)", part)
            ranges += [(int(start, 16) - HOLE, int(end, 16)) for start, end in found]
    return ranges


@dataclass
class Verdict:
    """Counts of samples with user frames."""

    samples: int = 0
    marked: int = 0
    named: int = 0
    # By the outermost frame's name and module: stacks that end there, and say nothing.
    faults: Counter = field(default_factory=Counter)


known = {}


def is_first(frame, name, module, roots):
    if name in roots:
        return True
    path = module["path"]
    if path not in known:
        known[path] = first_frames(path) if module["kind"] == "file" else []
    return any(start <= frame["address"] < end for start, end in known[path])


def judge(profile, roots):
    """A Verdict on a profile in flameback's JSON."""
    result = Verdict()
    for sample in profile["samples"]:
        stack, count = profile["stacks"][sample["stack"]], sample["values"][0]
        frames = [profile["frames"][index] for index in stack["frames"]]
        modules = [profile["modules"][frame["module"]] for frame in frames]
        user = [pair for pair in zip(frames, modules) if not pair[1]["kind"].startswith("kernel")]
        if not user and not stack.get("truncated"):
            continue
        result.samples += count
        result.named += count if user and not user[0][0].get("naming") else 0
        if stack.get("truncated"):
            result.marked += count
            continue
        frame, module = user[-1]
        name = profile["functions"][frame["function"]]["name"]
        if not is_first(frame, name, module, roots):
            result.faults[f"{name} ({module['path'] or module['kind']}, {frame['address']:#x})"] += count
    return result


def print_unmarked(flameback, seconds, folder, only=""):
    print(
        f"\nCode with little or no call frame information, {RATE} Hz:"
        " stacks that end too early, with a mark and without\n"
    )
    header(
        "program",
        "samples",
        "complete, %",
        "approximate, %",
        "cut, %",
        "reasons",
        "unmarked",
        "level",
        "perf whole, %",
        "leaf named, %",
        "behind a call, %",
    )
    met = True
    wrong = []
    for program in undescribed_programs(folder):
        if only not in program.name:
            continue
        command = program.build()
        if not command:
            row(program.name, "not installed", *[""] * 9)
            continue
        result = Result()
        try:
            worker = program.start(command, folder)
            try:
                pid = str(worker.pid)
                target = ["-p", pid, "-d", str(seconds), "-o", f"{folder}/unmarked.json"]
                record(flameback, target, folder, result, RATE)
                perfs = perfs_whole(["-p", pid, "--", "sleep", str(seconds)], RATE, folder)
            finally:
                worker.end()
        except Failed as failure:
            row(program.name, f"failed: {failure}", *[""] * 9)
            met = False
            continue
        with open(f"{folder}/unmarked.json", encoding="utf-8") as file:
            found = judge(json.load(file), program.roots)
        faults = sum(found.faults.values())
        is_met = found.samples > 0 and not faults
        met = met and is_met
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(result.truncated.items()))
        wrong += [f"* {program.name}: {count} end in {name}" for name, count in found.faults.most_common(5)]
        wrong += [f"* {program.name}: {line}" for line in result.call_sites.report()[:5]]
        row(
            program.name,
            f"{result.samples:,}",
            f"{result.share(result.complete):.2f}",
            f"{result.share(result.approximate):.2f}",
            f"{100 * found.marked / max(1, found.samples):.2f}",
            reasons or "–",
            f"{faults}{verdict(is_met)}",
            "0",
            "–" if perfs is None else f"{perfs:.1f}",
            f"{100 * found.named / max(1, found.samples):.1f}",
            result.call_sites.share,
        )
    if wrong:
        print("", *wrong, sep="\n")
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3, help="of a run: %(default)s")
    parser.add_argument("--only", default="", help="programs whose name has this text")
    parser.add_argument("flameback")
    options = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        met = print_unmarked(os.path.abspath(options.flameback), options.seconds, folder, options.only)
    return 0 if met else 1


if __name__ == "__main__":
    # So that whatever ends this ends the processes that it started, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
