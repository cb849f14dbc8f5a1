#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `perf script --inline` takes to name samples that it has unwound by DWARF, beside flameback.

Naming only: from perf's CPU time that of `--no-inline` is taken off, which reads and unwinds the same
samples; flameback is asked for all distinct addresses of them, file by file."""

import collections
import ctypes
import os
import re
import subprocess

from programs import CACHE, made, make_templates

PR_SET_CHILD_SUBREAPER = 36
Race = collections.namedtuple("Race", "samples frames our_frames cpu our_cpu times")


def blocks(output):
    """The frames of each sample: (file, address in it)."""
    for block in output.decode(errors="replace").split("\n\n"):
        frames = re.findall(r"^\s+([0-9a-f]+) .*\(([^()]+)\)$", block, re.MULTILINE)
        if frames:
            yield [(file, int(address, 16)) for address, file in frames]


def race_with_perf(flameback, answer, chains):
    program = made("looping", make_templates("g++", levels=180))
    data = f"{CACHE}/looping/perf.data"
    subprocess.run(
        [
            "perf",
            "record",
            "-q",
            "--call-graph",
            "dwarf,8192",
            "-F",
            "400",
            "-e",
            "cpu-clock:u",
            "-o",
            data,
            program,
            "5000",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # perf does not wait for its addr2line: orphaned processes become children of this one.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def script(option):
        return answer(["perf", "script", "-i", data, option, "-F", "ip,sym,dso"], b"", waits_for_orphans=True)

    plain, plain_cpu = script("--no-inline")
    inlined, inlined_cpu = script("--inline")
    os.unlink(data)
    samples = list(blocks(plain))
    addresses = collections.defaultdict(set)
    for file, address in (frame for sample in samples for frame in sample):
        addresses[file].add(address)
    depth, our_cpu = collections.defaultdict(lambda: 1), 0
    for file in filter(os.path.isfile, addresses):
        question = "".join(f"{address:#x}\n" for address in addresses[file]).encode()
        output, cpu = answer([flameback, "symbolize", "--obj", file], question)
        our_cpu += cpu
        for address, chain in zip(addresses[file], chains(output)):
            depth[file, address] = len(chain)
    cpu = inlined_cpu - plain_cpu
    return Race(
        samples=len(samples),
        frames=sum(map(len, blocks(inlined))),
        our_frames=sum(depth[frame] for sample in samples for frame in sample),
        cpu=cpu,
        our_cpu=our_cpu,
        times=cpu / our_cpu,
    )
