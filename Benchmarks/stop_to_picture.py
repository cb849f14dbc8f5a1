#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long it takes from the end of the sampling to the picture, on a machine that compiles Swift and
interprets Python and Perl."""

import json
import os
import shutil
import signal
import subprocess
import tempfile

from programs import CACHE, made, make_swift

PYTHON = "import re\nwhile True:\n  words = {}\n  for i in range(100000): words[re.sub('1', 'x', str(i))] = i"
PERL = "while (1) { my %h; $h{$_ % 1000} .= $_ for 1..100000; my @s = sort { $h{$a} cmp $h{$b} } keys %h }"


def stop_to_picture(flameback, seconds=30):
    """Wall seconds, and peak bytes: our own, the largest worker's, the maps'."""
    made("swift", make_swift)
    compiling = f"while true; do swiftc -O -g -o /dev/null {CACHE}/swift/main.swift; done"
    jobs = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for command in (["sh", "-c", compiling], ["python3", "-c", PYTHON], ["perl", "-e", PERL])
    ]
    folder = tempfile.mkdtemp()
    try:
        subprocess.run(
            [
                flameback,
                "record",
                "-a",
                "-d",
                str(seconds),
                "-o",
                f"{folder}/all.svg",
                "--stats",
                f"{folder}/stats.json",
            ],
            check=True,
        )
        with open(f"{folder}/stats.json") as file:
            cost = json.load(file)["cost"]
    finally:
        for job in jobs:
            os.killpg(job.pid, signal.SIGKILL)
            job.wait()
        shutil.rmtree(folder)
    return cost["stop_to_written_s"], cost["max_rss_bytes"], cost["worker_max_rss_bytes"], cost["map_bytes"]
