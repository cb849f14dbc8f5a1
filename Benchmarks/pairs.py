#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a build is slower than another one: both do the same jobs in turn.

Each pair of runs gives a ratio, new by base; the order of a pair alternates. The mean of the logarithms of
the ratios has a 95 % interval by Student's distribution. Prints a Markdown table. Ends with 1 if an
interval lies above 1.03 as a whole.

    pairs.py [--pairs N] [--only NAME,…] [--json FILE] BASE NEW     (as root; BASE, NEW: flameback binaries)
"""

import argparse
import json
import math
import os
import signal
import statistics
import sys
import tempfile
import time

import measures
from tables import header, row

LEVEL = 1.03


def student(degrees, probability=0.975):
    """The quantile of Student's distribution, by the expansion of Cornish and Fisher."""
    z = statistics.NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def interval(base, new):
    """The geometric mean of the ratios new / base, and both ends of its 95 % interval."""
    logs = [math.log(n / b) for b, n in zip(base, new)]
    mean = statistics.fmean(logs)
    half = student(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def sums(measure, binary, folder):
    """The figures of one run, or of the several that make one value."""
    found = {}
    for _ in range(measure.times):
        for figure, value in measure.run(binary, folder).items():
            found[figure] = found.get(figure, 0) + value
    return found


def compare(measure, base, new, pairs):
    """{figure: (values of base, values of new)}"""
    values = {}
    with tempfile.TemporaryDirectory() as folder:
        measure.prepare(base, folder)
        for number in range(-1, pairs):
            order = [0, 1] if number % 2 else [1, 0]
            pair = {index: sums(measure, (base, new)[index], folder) for index in order}
            # The first pair fills caches. A figure of 0 was not measured: too few samples on a busy machine.
            for figure in pair[0] if number >= 0 else ():
                if pair[0][figure] > 0 and pair[1][figure] > 0:
                    for index in (0, 1):
                        values.setdefault(figure, ([], []))[index].append(pair[index][figure])
    return {figure: both for figure, both in values.items() if len(both[0]) > 1}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--only", help="names of measures, with commas between them, or parts of names")
    parser.add_argument("--json", help="a file for all values")
    parser.add_argument("base")
    parser.add_argument("new")
    options = parser.parse_args()
    base, new = map(os.path.abspath, (options.base, options.new))
    parts = options.only.split(",") if options.only else [""]
    chosen = [measure for measure in measures.ALL if any(part in measure.name for part in parts)]
    print(
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, "
        f"Linux {'.'.join(os.uname().release.split('.')[:2])}, {options.pairs} pairs, "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
    header("job", "figure", "base, median", "new, median", "new / base", "95 % interval", f"level ≤ {LEVEL}")
    slower, kept = [], {}
    for measure in chosen:
        for figure, (before, after) in compare(measure, base, new, options.pairs).items():
            ratio, low, high = interval(before, after)
            is_slower = low > LEVEL
            slower += [f"{measure.name}: {figure}"] if is_slower else []
            kept[f"{measure.name}: {figure}"] = {"base": before, "new": after}
            row(
                measure.name,
                figure,
                f"{statistics.median(before):,.4g}",
                f"{statistics.median(after):,.4g}",
                f"{ratio:.3f}",
                f"{low:.3f}–{high:.3f}",
                "**missed**" if is_slower else "met",
            )
    if options.json:
        with open(options.json, "w") as file:
            json.dump(kept, file)
    if slower:
        print(f"\nslower: {', '.join(slower)}")
    return 1 if slower else 0


if __name__ == "__main__":
    assert abs(student(14) - 2.1448) < 0.001
    # So that whatever ends this ends its workers, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
