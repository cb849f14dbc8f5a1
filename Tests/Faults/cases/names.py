# SPDX-License-Identifier: Apache-2.0
"""Names that would break a picture, a terminal, a folded line or a path; what must not be told."""

import os
import shutil
import subprocess

from runs import raw_controls
from tools import share, total
from verdict import Verdict, case
from workloads import busy, folder, sample

HOSTILE_FOLDERS = ["\x1b[31mred", "a;b 12", "<script>alert(1)</script>".replace("/", "\\"),
                   "two\nlines", "\u202edesrever", "x" * 200]


@case("T36", "hostile names of threads, commands, paths and symbols", short=True)
def hostile_names(tool):
    verdict = Verdict()
    run = tool.record([sample("hostile"), "1"], seconds=None, hz=499)
    verdict.add(run)
    judge(verdict, run, "thread names")
    verdict.bad_if(share(run, "burn_named") < 0.8, f"burn_named in {share(run, 'burn_named'):.0%}")
    for name in HOSTILE_FOLDERS:
        with folder() as place:
            os.mkdir(f"{place}/{name}")
            path = shutil.copy(sample("split", "nofp"), f"{place}/{name}/{name[:40]}")
            subprocess.run(["strip", path], check=True)
            run = tool.record([path, "0.2"], seconds=None, hz=499)
        verdict.add(run)
        judge(verdict, run, f"path {name[:10]!r}")
        verdict.bad_if(total(run) == 0, f"path {name[:10]!r}: no samples")
    return verdict.note(f"14 thread names, {len(HOSTILE_FOLDERS)} paths")


def judge(verdict, run, name):
    text = "\n".join(";".join(frames) for _, frames in run.stacks)
    if steering := raw_controls(text.encode("utf-8", "surrogateescape")):
        verdict.bad_if(True, f"{name}: raw control bytes in the stacks ({steering})")


@case("T40", "the network", short=True, tools=("flameback", "perf"))
def no_network(tool):
    with folder() as place, busy() as target:
        run = tool.record(target.pid, seconds=1, environment={"DEBUGINFOD_URLS": "http://127.0.0.1:9"},
                          prefix=["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", f"{place}/trace"])
        calls = [line for line in open(f"{place}/trace") if "AF_INET" in line]
        verdict = Verdict(run)
        verdict.bad_if(run.exit != 0, f"exit {run.exit}: {run.last_words()}")
        verdict.bad_if(calls, f"{len(calls)} sockets")
    return verdict.note("no socket")
