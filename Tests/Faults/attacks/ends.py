# SPDX-License-Identifier: Apache-2.0
"""Ends of runs that other users or signals delay."""

import contextlib
import os
import signal
import time

from attack import ROOT, attack
from fuse import FLUSH, Program
from tools import total
from verdict import NotTried, Verdict
from workloads import Workload, folder


class NeverFlushed(Program):
    """A program whose closing is not answered."""

    def answer(self, code, node, content):
        return None if code == FLUSH else super().answer(code, node, content)


@attack("flush", "a FUSE server never answers that a file is closed", "the run hangs", by="its owner", against=(ROOT,))
def never_flushed(scene):
    if not os.path.exists("/dev/fuse"):
        raise NotTried("no /dev/fuse")
    with folder() as place:
        # The connection is broken off by then, which ends the wait: later than a run may take.
        server = NeverFlushed(place, scene.split, patience=40)
        with contextlib.ExitStack() as ending:
            ending.callback(server.end)
            with Workload([server.path, 60]) as target:
                start = time.monotonic()
                run = scene.record(target.pid, seconds=1)
                took = time.monotonic() - start - run.kept_waiting
    verdict = Verdict(run)
    verdict.bad_if(took > 30, f"{took:.0f} s")
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    return verdict.note(f"{took:.1f} s")


@attack("two-signals", "sends SIGTERM twice, as timeout does", "the profile is lost", by="the caller", short=True)
def two_signals(scene):
    def end(run):
        run.send(signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            run.send(signal.SIGTERM)

    with Workload([scene.split, 60]) as target:
        run = scene.record(target.pid, seconds=30, meanwhile=end)
    verdict = Verdict(run)
    verdict.bad_if(run.exit or not run.stats, f"exit {run.exit}: {run.last_words()}")
    return verdict
