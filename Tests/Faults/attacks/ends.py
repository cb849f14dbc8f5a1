# SPDX-License-Identifier: Apache-2.0
"""Ends of runs that other users, file systems or signals delay."""

import contextlib
import os
import signal
import struct
import time

from attack import ROOT, attack, burns, need
from fuse import FLUSH, GETATTR, LOOKUP, OPEN, READ, Program
from runs import mask
from tools import total
from verdict import NotTried, Verdict
from workloads import Workload, folder, wait_for

# Seconds that a run may take from its duration on: 5, and those of --naming-time.
PROMISED = 35


class Silent(Program):
    """A program whose file system no longer answers some requests, once `silent` has their codes."""

    # Pages are not read before they are needed, so that there are some that only flameback reads.
    AT_ONCE = 4096

    def __init__(self, *arguments, **how):
        self.silent, self.ignored = (), 0
        super().__init__(*arguments, **how)

    def read(self, pid, unique, request):
        if READ in self.silent:
            self.ignored += 1
        else:
            super().read(pid, unique, request)

    def answer(self, code, node, content):
        if code in self.silent:
            self.ignored += 1
            return None
        answer = super().answer(code, node, content)
        # Names and attributes are asked for again each time: they hold for no time.
        if code == LOOKUP and isinstance(answer, bytes):
            return answer[:16] + bytes(16) + answer[32:]
        if code == GETATTR:
            return bytes(8) + answer[8:]
        # Or else the pages of the running program would be dropped when flameback opens it.
        keep_cache = 2
        return struct.pack("<QII", 1, keep_cache, 0) if code == OPEN else answer


SILENCES = {
    "fuse-open": ("that a file is opened", OPEN),
    "fuse-read": ("that a file is read", READ),
    "fuse-flush": ("that a file is closed", FLUSH),
    "fuse-stat": ("what a file is", GETATTR),
    "fuse-lookup": ("whether a name is there", LOOKUP),
}


def silent_file_system(scene, code):
    if not os.path.exists("/dev/fuse"):
        raise NotTried("no /dev/fuse")
    with folder() as place, contextlib.ExitStack() as ending:
        # The connection is broken off by then, which ends any wait: later than a run may take.
        server = Silent(place, scene.split, patience=60)
        ending.callback(server.end)
        target = ending.enter_context(Workload([server.path, 60]))

        server.silent = (code,)
        start = time.monotonic()
        run = scene.record(target.pid, seconds=1)
        took = time.monotonic() - start - run.kept_waiting
        ignored = server.ignored
        cat = ending.enter_context(Workload(["cat", server.path], warm=0))
        blocks = not wait_for(lambda: cat.child.poll() is not None, limit=1)
        # Until then no signal ends it.
        server.end()
    verdict = Verdict(run)
    verdict.bad_if(took > PROMISED, f"{took:.0f} s")
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    need(verdict.against or ignored and blocks, f"{ignored} requests")
    return verdict.note(f"{took:.1f} s, {ignored} requests")


for name, (title, code) in SILENCES.items():
    attack(
        name,
        f"a file system in user space never answers {title}",
        "the run hangs",
        by="its owner",
        against=(ROOT,),
        control="cat",
    )(lambda scene, code=code: silent_file_system(scene, code))


@attack("fuse-exec", "a command's file system never answers", "the run hangs after -d", by="its owner", against=(ROOT,))
def silent_command(scene):
    if not os.path.exists("/dev/fuse"):
        raise NotTried("no /dev/fuse")
    with folder() as place, contextlib.ExitStack() as ending:
        server = Silent(place, scene.split, patience=60)
        ending.callback(server.end)
        server.silent = (READ,)
        start = time.monotonic()
        run = scene.run("record", "-d", "1", "-o", scene.path(), "--", server.path, limit=PROMISED)
        took = time.monotonic() - start - run.kept_waiting
    need(server.ignored, "nothing was read")
    verdict = Verdict(run)
    return verdict.note(f"{took:.1f} s, exit {run.exit}")


@attack("two-signals", "sends SIGTERM twice, as timeout does", "the profile is lost", by="the caller", short=(ROOT,))
def two_signals(scene):
    with Workload([scene.split, 60]) as target:

        def end(run):
            burns(target.pid)
            run.send(signal.SIGTERM)
            # Two that wait to be taken would be one.
            wait_for(lambda: not mask(run.pid, "SigPnd", "ShdPnd") >> (signal.SIGTERM - 1) & 1)
            with contextlib.suppress(ProcessLookupError):
                run.send(signal.SIGTERM)

        run = scene.record(target.pid, seconds=60, meanwhile=end)
    verdict = Verdict(run)
    verdict.bad_if(run.exit or not run.stats, f"exit {run.exit}: {run.last_words()}")
    return verdict


@attack(
    "stubborn",
    "ignores all signals as a command",
    "the run is not ended after -d",
    by="the command",
    against=(ROOT,),
    control="timeout",
)
def stubborn_command(scene):
    script = "trap '' TERM INT HUP QUIT; while :; do :; done"
    with Workload(["timeout", "0.1", "sh", "-c", script], warm=0) as timeout:
        need(not wait_for(lambda: timeout.child.poll() is not None, limit=1), "timeout ends it")
    start = time.monotonic()
    run = scene.record(["sh", "-c", script], seconds=1)
    took = time.monotonic() - start - run.kept_waiting
    verdict = Verdict(run)
    verdict.bad_if(took > 30, f"{took:.0f} s")
    verdict.bad_if(not total(run), f"exit {run.exit}: {run.last_words()}")
    return verdict.note(f"{took:.1f} s, exit {run.exit}")
