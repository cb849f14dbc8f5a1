#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How deep a process's stacks are, by flameback and by perf, which both sample it at the same time.

perf copies 16 KB of each stack and unwinds them afterwards, by code of its own: `perf record
--call-graph dwarf,16384`. Prints the mean numbers of user frames as lines of "key number".

    second_opinion.py FLAMEBACK PID SECONDS     (as root)
"""

import subprocess
import sys
import tempfile

import pprof

RATE = 999
KERNEL = 1 << 63


def mean_depths(flameback, pid, seconds):
    """Mean user frames of a sample, as flameback sees them and as perf does."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            for command in (
                [
                    flameback,
                    "record",
                    "--quiet",
                    "-F",
                    str(RATE),
                    "-d",
                    str(seconds),
                    "-p",
                    str(pid),
                    "-o",
                    f"{folder}/out.pb.gz",
                ],
                [
                    "perf",
                    "record",
                    "-q",
                    "-B",
                    "-e",
                    "cpu-clock",
                    "--call-graph",
                    "dwarf,16384",
                    "-F",
                    str(RATE),
                    "-p",
                    str(pid),
                    "-o",
                    f"{folder}/perf.data",
                    "--",
                    "sleep",
                    str(seconds),
                ],
            )
        ]
        for run in runs:
            if run.wait() != 0:
                raise subprocess.CalledProcessError(run.returncode, run.args)
        ours = our_depths(pprof.read(f"{folder}/out.pb.gz"))
        # A line for each sample, lines with the addresses of its frames, and an empty one.
        script = subprocess.run(
            ["perf", "script", "--no-inline", "-F", "tid,ip", "-i", f"{folder}/perf.data"],
            capture_output=True,
            text=True,
            check=True,
        )
        return ours, perfs_depths(script.stdout)


def our_depths(samples):
    return mean((len(sample.user_frames), sample.count) for sample in samples)


def perfs_depths(text):
    return mean(
        (sum(int(line, 16) < KERNEL for line in sample.split("\n")[1:]), 1) for sample in text.strip("\n").split("\n\n")
    )


def mean(depths):
    """Of pairs of a depth and how many samples have it. Those without a user frame do not count."""
    depths = [(depth, count) for depth, count in depths if depth]
    return sum(depth * count for depth, count in depths) / sum(count for _, count in depths)


def main():
    flameback, pid, seconds = sys.argv[1:]
    ours, perfs = mean_depths(flameback, int(pid), float(seconds))
    print(f"flameback {ours:.3f}")
    print(f"perf {perfs:.3f}")


if __name__ == "__main__":
    main()
