#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `perf script --inline` takes to name samples that it has unwound by DWARF, beside flameback.

Naming only: from perf's CPU time that of `--no-inline` is taken off, which reads and unwinds the same
samples; flameback is asked for all distinct addresses of them. The program is linked statically at a fixed
place, so that addresses in it are addresses in its file."""

import collections
import ctypes
import os
import subprocess

from programs import CACHE, made, make_templates

PR_SET_CHILD_SUBREAPER = 36
Race = collections.namedtuple("Race", "samples frames our_frames cpu our_cpu times")


def blocks(output):
    """The frames of each sample: (address, name)."""
    for block in output.decode(errors="replace").split("\n\n"):
        frames = [line.split(maxsplit=1) for line in block.split("\n") if line.strip()]
        if frames:
            yield [(int(frame[0], 16), frame[1] if len(frame) > 1 else "") for frame in frames]


def race_with_perf(flameback, answer, chains):
    program = made("static", make_templates("g++ -static"))
    data = f"{CACHE}/static/perf.data"
    subprocess.run(["perf", "record", "-q", "--call-graph", "dwarf,8192", "-F", "400", "-e", "cpu-clock:u",
                    "-o", data, program, "400"], check=True, stdout=subprocess.DEVNULL)
    # perf does not wait for its addr2line: whoever is orphaned becomes ours.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def script(option):
        return answer(["perf", "script", "-i", data, option, "-F", "ip,sym"], b"", waits_for_orphans=True)

    plain, plain_cpu = script("--no-inline")
    inlined, inlined_cpu = script("--inline")
    samples = list(blocks(plain))
    addresses = sorted({address for sample in samples for address, _ in sample})
    question = "".join(f"{address:#x}\n" for address in addresses).encode()
    output, our_cpu = answer([flameback, "symbolize", "--obj", program], question)
    depth = dict(zip(addresses, (len(chain) for chain in chains(output))))
    os.unlink(data)
    cpu = inlined_cpu - plain_cpu
    return Race(samples=len(samples), frames=sum(map(len, blocks(inlined))),
                our_frames=sum(depth[address] for sample in samples for address, _ in sample),
                cpu=cpu, our_cpu=our_cpu, times=cpu / our_cpu)
