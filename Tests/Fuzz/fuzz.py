#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs fuzzers one after the other, each for a number of seconds, and prints a line for each.

usage: fuzz.py SECONDS FOLDER FUZZER:READER…

FOLDER holds the fuzzers; their findings, logs and new inputs are written there. A reader's corpus is the folder
of its name beside this file, and golden files of other tests. Ends with 1 if there is a finding.
"""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
# Limits for an input of at most so many bytes: CPU time, and memory of the process. Exceeding one is a finding:
# what takes time or memory by the square of its size does. The elapsed time is for what waits or never ends.
BYTES, CPU_SECONDS, MEGABYTES, SECONDS = 65536, 2, 512, 60
# Readers whose libraries or tables take more.
OTHER_LIMITS = {"ObjectFile": {"MEGABYTES": 1024}, "Xz": {"MEGABYTES": 768}}
GOLDEN = {
    "AnyInput": ["FormatsTests/Golden", "FlameGraphsTests/Golden"],
    "Folded": ["FormatsTests/Golden"],
    "Markup": ["FlameGraphsTests/Golden"],
}


def run(seconds, folder, fuzzer, reader):
    """The columns of the reader's line, and whether there was a finding."""
    new = f"{folder}/{reader}-new"
    os.makedirs(new, exist_ok=True)
    # Swift's crash handler would wait for input.
    environment = {
        **os.environ,
        "FUZZ_READER": reader,
        "SWIFT_BACKTRACE": "enable=no",
        "FUZZ_CPU_SECONDS": str(CPU_SECONDS),
        # Freed memory that is kept counts as used.
        "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=16",
    }
    log = f"{folder}/{reader}.log"
    with open(log, "wb") as output:
        status = subprocess.run(
            [
                "timeout",
                "-k",
                "10",
                str(seconds + 60),
                f"{folder}/{fuzzer}",
                f"-max_total_time={seconds}",
                f"-timeout={SECONDS}",
                f"-report_slow_units={SECONDS}",
                f"-rss_limit_mb={OTHER_LIMITS.get(reader, {}).get('MEGABYTES', MEGABYTES)}",
                f"-max_len={BYTES}",
                "-print_final_stats=1",
                f"-artifact_prefix={folder}/{reader}-",
                new,
                f"{HERE}/{reader}",
                *(f"{TESTS}/{folder}" for folder in GOLDEN.get(reader, [])),
            ],
            env=environment,
            stdout=output,
            stderr=output,
        ).returncode
    with open(log, errors="replace") as file:
        text = file.read()

    def last(pattern):
        found = re.findall(pattern, text)
        return found[-1] if found else "?"

    found = re.findall(r"Test unit written to (\S+)", text)
    finding = " ".join(found) or (f"exit {status}: {log}" if status else "none")
    columns = [
        reader,
        seconds,
        len(os.listdir(f"{HERE}/{reader}")),
        last(r"number_of_executed_units: +(\d+)"),
        last(r"cov: (\d+)"),
        last(r"slowest_unit_time_sec: +(\d+)"),
        last(r"peak_rss_mb: +(\d+)"),
        finding,
    ]
    return columns, status != 0


def main():
    seconds, folder, *chosen = sys.argv[1:]
    print("| reader | seconds | corpus | inputs tried | places reached | slowest, s | MB | findings |")
    print("|---" * 8 + "|")
    failed = False
    for each in chosen:
        columns, has_found = run(int(seconds), folder, *each.split(":"))
        failed |= has_found
        print(f"| {' | '.join(f'{each:,}' if isinstance(each, int) else each for each in columns)} |", flush=True)
    return failed


sys.exit(main())
