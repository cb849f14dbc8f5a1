# SPDX-License-Identifier: Apache-2.0
"""Lists of code made at run time that are not the process's own."""

import contextlib
import os
import shutil
import subprocess
import time

from attack import ATTACKER, CAPABILITIES, PYTHON, ROOT, as_user, attack, burns, need
from tools import read_bytes, total
from verdict import SHORT, Verdict
from workloads import Workload, folder, program, sample, wait_for, write
from .identity import NAMESPACES

# One function from the first address to the last.
EVERYTHING = "1 7ffffffff000 SECRET\n"
# In namespaces of its own, so that the map of JIT code is SECRET: SECRET PROGRAM.
BOUND = 'map=/tmp/perf-$$.map; : >"$map" && mount --bind "$0" "$map" && exec "$1" 60 -'
CARELESS = "perf shows it"


def perf_shows(pid, word):
    """Whether perf, which asks for no owner, shows a word in the stacks of a process."""
    with folder() as place:
        data = f"{place}/perf.data"
        record = ["perf", "record", "-q", "--buildid-mmap", "-e", "cpu-clock", "-g", "-F", "499", "-o", data]
        quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 60}
        subprocess.run([*record, "-p", str(pid), "--", "sleep", "0.5"], stdout=subprocess.DEVNULL, **quiet)
        shown = subprocess.run(["perf", "script", "-i", data], stdout=subprocess.PIPE, **quiet)
    return word.encode() in shown.stdout


@contextlib.contextmanager
def jit(scene, prefix, *words):
    """A process with code made at run time, and the path of its map, which is removed at the end."""
    runs = shutil.copy(program("mapped_jit"), scene.elsewhere)
    with Workload([*(words or (runs,)), *(() if words else (60, "-"))], prefix=prefix) as target:
        path = f"/tmp/perf-{target.pid}.map"
        try:
            yield target, path
        finally:
            if os.path.lexists(path):
                os.unlink(path)


@attack("map-of-root", "binds a file of root's to the path of its map of JIT code", "a name is read from it")
def map_of_root(scene):
    # In a folder that the attacker can enter: else it could not be bound.
    secret = write(f"{scene.elsewhere}/secret", EVERYTHING, 0o600)
    runs = shutil.copy(program("mapped_jit"), os.path.dirname(scene.split))
    with jit(scene, NAMESPACES, "sh", "-c", BOUND, secret, runs) as (target, _):
        need(target.child.poll() is None, "no namespaces")
        run = scene.record(target.pid, seconds=1)
    need(total(run), "no samples")
    verdict = Verdict(run)
    verdict.bad_if("SECRET" in str(run.stacks), "it is shown")
    return verdict


# Runs a program that lists its code in a jitdump, and puts SECRET in its place: SECRET PROGRAM FOLDER.
BOUND_DUMP = """
"$1" dump 60 "$2" & pid=$!
until [ -e "$0" ]; do sleep 0.05; done
mount --bind "$0" "$2/jit-$pid.dump" && echo $pid >"$2/bound"
wait
"""


@attack("dump-of-root", "binds a file of root's to the path of its jitdump", "a name is read from it")
def dump_of_root(scene):
    place = scene.path("open")
    scene.by_attacker("mkdir", "-m", "755", place)
    runs = shutil.copy(sample("jitlisted"), scene.elsewhere)
    secret = f"{scene.elsewhere}/secret"
    with Workload(["sh", "-c", BOUND_DUMP, secret, runs, place], warm=0, prefix=NAMESPACES):

        def dump():
            return next((name for name in os.listdir(place) if name.endswith(".dump")), None)

        need(wait_for(lambda: dump() and b"new_code" in read_bytes(f"{place}/{dump()}")), "no jitdump")
        # It holds the name that root's file has instead; both are of the same time.
        write(secret + ".new", read_bytes(f"{place}/{dump()}").replace(b"new_code", b"SECRET__"), 0o600)
        os.rename(secret + ".new", secret)
        need(wait_for(lambda: os.path.exists(f"{place}/bound") and read_bytes(f"{place}/bound")), "it was not bound")
        pid = int(read_bytes(f"{place}/bound"))
        burns(pid)
        run = scene.record(pid, seconds=1)
    need(total(run), "no samples")
    verdict = Verdict(run)
    verdict.bad_if("SECRET" in str(run.stacks), "it is shown")
    return verdict


@attack(
    "map-link",
    "makes its map of JIT code a link to a file of root's",
    "a name is read from it",
    short=(ROOT,),
    control=CARELESS,
)
def map_that_is_a_link(scene):
    secret = write(f"{scene.private()}/secret", EVERYTHING, 0o600)
    with jit(scene, as_user(ATTACKER)) as (target, path):
        scene.by_attacker("ln", "-s", secret, path)
        run = scene.record(target.pid, seconds=0.5)
        verdict = Verdict(run)
        verdict.bad_if("SECRET" in str(run.stacks) or not total(run), f"{total(run)} samples, or it is shown")
        need(verdict.against or perf_shows(target.pid, "SECRET"), "perf does not show it either")
    return verdict


@attack(
    "map-second-name",
    "gives a file of root's a second name, that of its map of JIT code",
    "a name is read from it",
    by="another user, where fs.protected_hardlinks is 0",
    control=CARELESS,
)
def map_with_a_second_name(scene):
    with jit(scene, as_user(ATTACKER)) as (target, path):
        secret = write(path + ".secret", EVERYTHING, 0o600)
        try:
            os.link(secret, path)
            run = scene.record(target.pid, seconds=0.5)
            verdict = Verdict(run)
            verdict.bad_if("SECRET" in str(run.stacks) or not total(run), f"{total(run)} samples, or it is shown")
            need(verdict.against or perf_shows(target.pid, "SECRET"), "perf does not show it either")
        finally:
            os.unlink(secret)
    return verdict


@attack(
    "map-for-another",
    "writes a map of JIT code for a process of root's",
    "the process's code gets its names",
    short=(CAPABILITIES,),
    control=CARELESS,
)
def map_for_another(scene):
    with jit(scene, ()) as (target, path):
        scene.by_attacker("sh", "-c", 'echo "1 7ffffffff000 SECRET" >"$0"', path)
        run = scene.record(target.pid, seconds=0.5)
        verdict = Verdict(run)
        verdict.bad_if("SECRET" in str(run.stacks) or not total(run), f"{total(run)} samples, or they have them")
        need(verdict.against or perf_shows(target.pid, "SECRET"), "perf does not show it either")
    return verdict


# Exchanges the map of each process, a file of its own, and a link to SECRET, all the time: SECRET PID…
EXCHANGES = """
import os, sys
secret, *pids = sys.argv[1:]
paths = [f"/tmp/perf-{pid}.map" for pid in pids]
for path in paths:
    os.symlink(secret, path + ".link")
while True:
    for path in paths:
        with open(path + ".own", "w") as file:
            file.write("1 7ffffffff000 own\\n")
        os.rename(path + ".own", path)
        os.link(path + ".link", path + ".secret", follow_symlinks=False)
        os.rename(path + ".secret", path)
"""
# As many processes as arguments, of a program that runs code made at run time: PROGRAM COUNT.
MANY = """
import os, subprocess, sys
program, count = sys.argv[1], int(sys.argv[2])
children = [subprocess.Popen([program, "600", "-"]) for _ in range(count)]
print(*[child.pid for child in children], flush=True)
for child in children:
    child.wait()
"""
PROCESSES = 100
READS = 100 if SHORT else 10_000


@attack(
    "race-map",
    f"exchanges its map of JIT code and a link to a file of root's, read {READS:,} times",
    "a name is read from the file",
    control="a program that asks what the path is, and then opens it",
)
def exchanged_maps(scene):
    secret = write(f"{scene.private()}/secret", EVERYTHING, 0o600)
    runs = shutil.copy(program("mapped_jit"), scene.elsewhere)
    with contextlib.ExitStack() as ending:
        printed = open(f"{scene.elsewhere}/pids", "w+b")
        ending.enter_context(printed)
        ending.enter_context(scene.attacker(PYTHON, "-c", MANY, runs, PROCESSES, stdout=printed))
        need(wait_for(lambda: read_bytes(printed.name).endswith(b"\n")), "no processes")
        pids = read_bytes(printed.name).decode().split()
        paths = [f"/tmp/perf-{pid}.map" for pid in pids]
        ending.callback(remove, paths)
        exchanger = ending.enter_context(scene.attacker(PYTHON, "-c", EXCHANGES, secret, *pids))
        need(wait_for(lambda: os.path.lexists(paths[-1])), "no maps")
        need(is_fooled(paths), "a careless program does not read the secret")
        verdict, reads, own = Verdict(), 0, 0
        while reads < READS and not verdict.against:
            run = scene.record([int(pid) for pid in pids], seconds=3, hz=999)
            verdict.add(run)
            shown = str(run.stacks)
            verdict.bad_if("SECRET" in shown, f"it is shown, after {reads} reads")
            # A map is read of each process that has a sample in its code.
            reads += PROCESSES
            own += sum(count for count, frames in run.stacks if "own" in frames)
            need(total(run), f"no samples: {run.last_words()}")
        need(exchanger.child.poll() is None, "the attacker ended early")
    return verdict.note(f"{reads:,} maps, {own:,} samples named by the attacker's own")


def is_fooled(paths):
    """Whether a program that asks by name what a path is, and then opens it, reads the secret once."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for path in paths:
            with contextlib.suppress(OSError):
                if not os.path.islink(path) and b"SECRET" in read_bytes(path):
                    return True
    return False


def remove(paths):
    for path in paths:
        for suffix in ("", ".own", ".link", ".secret"):
            if os.path.lexists(path + suffix):
                os.unlink(path + suffix)
