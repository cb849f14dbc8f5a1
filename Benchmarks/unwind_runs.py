# SPDX-License-Identifier: Apache-2.0
"""Runs of flameback on programs at work, and what their accounts say about unwinding."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass, field

import pprof
from call_sites import CallSites
from workers import Failed, Worker

RATE = 999
# The usual rate, at which memory is measured.
USUAL_RATE = 99
# What --full samples at least of each program, and its maximum number of runs.
ENOUGH = 10_000
ROUNDS = 8


@dataclass
class Result:
    samples: int = 0
    complete: int = 0
    approximate: int = 0
    truncated: dict = None
    bpf_ns: int = 0
    frames: int = 0
    rss: int = 0
    maps: int = 0
    call_sites: CallSites = field(default_factory=CallSites)

    def whole(self):
        return 100 * (self.complete + self.approximate) / max(1, self.samples)

    def share(self, count):
        return 100 * count / max(1, self.samples)


def record(flameback, target, folder, result, rate=RATE):
    """Adds a run of `flameback record` to the result."""
    run = subprocess.run(
        [
            flameback,
            "record",
            "-F",
            str(rate),
            "--quiet",
            "-o",
            f"{folder}/out.pb.gz",
            "--stats",
            f"{folder}/stats.json",
            *target,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if run.returncode not in (0, -signal.SIGTERM, 128 + signal.SIGTERM):
        raise Failed(run.stderr.strip().split("\n")[-1])
    with open(f"{folder}/stats.json") as file:
        stats = json.load(file)
    stacks, cost = stats["stacks"], stats["cost"]
    truncated = result.truncated or {}
    for reason, count in stacks["truncated"].items():
        if count:
            truncated[reason] = truncated.get(reason, 0) + count
    result.truncated = truncated
    result.complete += stacks["complete"]
    result.approximate += stacks["approximate"]
    result.samples += stacks["complete"] + stacks["approximate"] + sum(stacks["truncated"].values())
    result.bpf_ns += cost["bpf_ns"]
    result.rss = max(result.rss, cost["max_rss_bytes"])
    result.maps = max(result.maps, cost["map_bytes"])
    for sample in pprof.read(f"{folder}/out.pb.gz"):
        result.frames += len(sample.user_frames) * sample.count
        result.call_sites.add(sample)


def measure(flameback, program, seconds, is_full, folder):
    """What its stacks are like, and what a profile at the usual rate takes."""
    result, usual = Result(), Result()
    for _ in range(ROUNDS if is_full else 1):
        worker = (program.start or Worker)(program.command, folder)
        try:
            target = ["-p", str(worker.pid), "-d", str(seconds)]
            if not usual.samples:
                record(flameback, target, folder, usual, USUAL_RATE)
            record(flameback, target, folder, result)
        finally:
            worker.end()
        if result.samples >= ENOUGH:
            break
    return result, usual


def testing(flameback):
    """The same command with switches for tests, which stands beside it; itself in builds that had them."""
    path = f"{flameback}-testing"
    return path if os.path.exists(path) else flameback


def trial(flameback, program, seconds, walks, folder):
    """Walks by tables and by the kernel's helper, in turn: sums over as many rounds as it takes."""
    sums = {"walks": 0}
    while sums["walks"] < walks:
        worker = Worker(program.command, folder)
        try:
            run = subprocess.run(
                [
                    testing(flameback),
                    "record",
                    "-F",
                    str(RATE),
                    "--quiet",
                    "-o",
                    f"{folder}/trial.folded",
                    "--stats",
                    f"{folder}/trial.json",
                    "-p",
                    str(worker.process.pid),
                    "-d",
                    str(seconds),
                ],
                env={**os.environ, "FLAMEBACK_TRIAL": "1"},
                stderr=subprocess.PIPE,
                text=True,
            )
            if run.returncode:
                raise Failed(run.stderr.strip().split("\n")[-1])
        finally:
            worker.end()
        with open(f"{folder}/trial.json") as file:
            found = json.load(file)["cost"]["trial"]
        # A median of medians, each counted once for each walk.
        found["median_sum"] = found["median_ns_per_frame"] * found["walks"]
        for key, value in found.items():
            sums[key] = sums.get(key, 0) + value
        if not found["walks"]:
            raise Failed(f"{program.name}: no walks")
    return sums
