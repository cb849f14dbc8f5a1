# SPDX-License-Identifier: Apache-2.0
"""Files that are read for names, and take long, block, or never end."""

import contextlib
import os
import signal
import shutil
import subprocess
import time

from attack import ATTACKER, ROOT, as_user, attack, burns, need
from elf_files import elf, identified, symbol, symbols, with_debug_file
from runs import limits
from tools import read_bytes, total
from verdict import Verdict
from workloads import program, wait_for, write
from .ends import PROMISED
from .maps import jit

LATE = "s from stop to written"
MOST_MB = 300


def blocks(path):
    """Whether who opens a path for reading, and reads all, is still at it after a second."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, timeout=1)
        return False
    return True


SHORTLY = {"map-fifo": (ROOT,), "map-zero": (), "map-5-gb": ()}
ENDLESS = {
    "map-fifo": ("makes its map of JIT code a FIFO", ["mkfifo"]),
    "map-zero": ("makes its map of JIT code a link to a device without end", ["ln", "-s", "/dev/zero"]),
    "map-5-gb": ("makes its map of JIT code a file of 5 GB", ["truncate", "-s", "5G"]),
}


def endless_map(scene, words):
    with jit(scene, as_user(ATTACKER)) as (target, path):
        scene.by_attacker(*words, path)
        run = scene.record(target.pid, seconds=0.5)
        need(os.path.getsize(path) > 1 << 30 or blocks(path), "it can be read")
    verdict = Verdict(run)
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    verdict.bad_if(run.memory_mb > MOST_MB, f"{run.memory_mb:.0f} MB")
    return verdict


for name, (title, words) in ENDLESS.items():
    attack(name, title, "the run hangs, or fills memory", short=SHORTLY[name], control="a program that opens it")(
        lambda scene, words=words: endless_map(scene, words)
    )


@attack("debug-fifo", "makes its debug file a FIFO", "the run hangs", short=(ROOT,), control="a program that opens it")
def debug_file_that_is_a_fifo(scene):
    place = scene.path("open")
    scene.by_attacker("mkdir", place)
    runs = shutil.copy(program("mapped_files"), scene.elsewhere)
    library = write(f"{place}/library", with_debug_file("library.debug", b"anything"))
    fifo = f"{place}/library.debug"
    scene.by_attacker("mkfifo", fifo)
    with scene.attacker(runs, 60, library) as target:
        burns(target.pid)
        run = scene.record(target.pid, seconds=0.5)
    verdict = Verdict(run)
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    need(verdict.against or blocks(fifo), "it can be read")
    return verdict


@contextlib.contextmanager
def sparse_debug_files(scene, count=30):
    """A process that runs code of as many files, each with a debug file of nearly 2 GB of zeros."""
    place = scene.path("open")
    os.mkdir(place)
    runs = shutil.copy(program("mapped_files"), scene.elsewhere)
    files = []
    for number in range(count):
        name = f"{number}"
        # The right build id, and the wrong CRC: which has to be computed.
        files.append(write(f"{place}/{name}", with_debug_file(f"{name}.debug", b"another one")))
        debug = write(f"{place}/{name}.debug", identified(name, elf(symbols(b"f"))))
        os.truncate(debug, 2_000_000_000)
    with scene.attacker(runs, 120, *files) as target:
        burns(target.pid, 0.5)
        yield target


def without_lateness(run):
    """What must always hold, but for the time from stop to written, which naming may take."""
    verdict = Verdict()
    for fault in run.always():
        verdict.bad_if(LATE not in fault, fault)
    return verdict


def own_wait(run):
    """Seconds for which its first thread waited for a CPU: not its workers, whom it does not wait for any longer."""
    return run.waits.get(str(run.pid), 0)


@attack("sparse", "names 30 debug files of 2 GB", "naming takes longer than it may", by="their owner", against=(ROOT,))
def many_large_debug_files(scene):
    with sparse_debug_files(scene) as target:
        run = scene.record(target.pid, seconds=2, hz=999, limit=90)
    verdict = without_lateness(run)
    took = (run.stats or {}).get("cost", {}).get("stop_to_written_s", 0) - own_wait(run)
    verdict.bad_if(took > PROMISED, f"{took:.0f} s from stop to written")
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    return verdict.note(f"{took:.1f} s")


def while_naming(scene, act):
    """A run of a second, in whose time of naming `act` is called with it."""
    with sparse_debug_files(scene) as target:
        run = scene.tool.start(target.pid, seconds=1, hz=999, prefix=scene.prefix, environment=scene.environment)
        need(run.wait_until_sampling(), "it does not sample")
        # Its workers are there once the sampling is over.
        need(wait_for(lambda: run.has_ended() or workers_of(run.pid)), "it names nothing")
        need(not run.has_ended(), "it had ended")
        act(run)
        return scene.tool.finish(run, 90)


def workers_of(pid):
    with contextlib.suppress(OSError):
        return read_bytes(f"/proc/{pid}/task/{pid}/children").split()


@attack("sparse-signal", "names such files, and Ctrl-C ends that", "it goes on", by="their owner", against=(ROOT,))
def interrupted_naming(scene):
    sent = []

    def interrupt(run):
        run.send(signal.SIGINT)
        sent.append(time.monotonic())

    run = while_naming(scene, interrupt)
    took = run.start + run.wall - sent[0] - own_wait(run)
    verdict = without_lateness(run)
    verdict.bad_if(took > 5, f"{took:.0f} s after Ctrl-C")
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    return verdict.note(f"{took:.1f} s")


@attack(
    "three-signals",
    "sends SIGTERM, SIGHUP and SIGQUIT while names are sought",
    "the profile is lost",
    by="the caller",
    against=(ROOT,),
)
def signals_that_never_abandon(scene):
    def send(run):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                run.send(number)
            # What is close counts once.
            end = time.monotonic() + 0.7
            wait_for(lambda: run.has_ended() or time.monotonic() > end)

    run = while_naming(scene, send)
    verdict = without_lateness(run)
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    return verdict


@attack(
    "many-symbols",
    "has a program with 2 million functions at one address",
    "the run hangs, or fills memory",
    against=(ROOT,),
    control="nm",
)
def huge_symbol_table(scene):
    place = scene.path("open")
    scene.by_attacker("mkdir", place)
    runs = shutil.copy(program("mapped_files"), scene.elsewhere)
    library = write(f"{place}/library", identified("library", elf({".symtab": symbol(1) * 2_000_000})))
    with scene.attacker(runs, 60, library) as target:
        burns(target.pid)
        run = scene.record(target.pid, seconds=1)
    verdict = Verdict(run)
    verdict.bad_if(run.exit or not total(run), f"exit {run.exit}, {total(run)} samples")
    verdict.bad_if(run.memory_mb > MOST_MB, f"{run.memory_mb:.0f} MB")
    limited = subprocess.run(
        ["nm", library],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=limits(**{"as": MOST_MB << 20}),
    )
    need(verdict.against or limited.returncode, "nm needs less memory, too")
    return verdict.note(f"{run.memory_mb:.0f} MB")
