# SPDX-License-Identifier: Apache-2.0
"""What the BPF program and its maps are given by hostile processes, besides the floods of shares.py."""

import contextlib
import shutil
import signal

from attack import PYTHON, ROOT, attack, burns, need
from tools import read_bytes
from verdict import Verdict
from workloads import Workload, cpu_seconds, program, wait_for
from .shares import HZ, RENAMES, beside


@attack(
    "crafted-ids",
    "makes four stacks that have all the ids of a victim's stack",
    "the victim's samples are lost",
    against=(ROOT,),
)
def crafted_stacks(scene):
    """The victim starts when the others have been sampled: who is first has the id."""
    crafted = shutil.copy(program("crafted_stacks"), scene.elsewhere)
    victims = shutil.copy(crafted, f"{scene.elsewhere}/victim")
    cpu = {}

    def samples(run):
        with contextlib.ExitStack() as ending:
            for number in range(4):
                attacker = ending.enter_context(scene.attacker(crafted, 60, number))
                burns(attacker.pid, 0.2)
                need(attacker.child.poll() is None, "the attacker ended")
            victim = ending.enter_context(Workload([victims, 60], warm=0))
            # Once it has a CPU for itself.
            burns(victim.pid, 1)
            cpu["victim"] = cpu_seconds(victim.pid)
            run.send(signal.SIGINT)

    run = scene.record("-a", seconds=None, hz=HZ, meanwhile=samples, limit=60)
    need(cpu, f"it did not sample: {run.last_words()}")
    verdict = Verdict(run)
    recorded = sum(count for count, frames in run.stacks if frames[0] == "victim")
    attackers = sum(count for count, frames in run.stacks if frames[0] == "crafted_stacks")
    need(attackers, "the attackers have no samples")
    expected = HZ * cpu["victim"]
    verdict.bad_if(recorded < 0.9 * expected, f"{recorded} samples of {expected:.0f}")
    return verdict.note(f"{recorded} samples, {attackers} of the attackers")


# Files of a page each, mapped as code and kept.
FILES = """
import ctypes, os, sys, tempfile, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
with tempfile.TemporaryDirectory() as place:
    while True:
        for number in range(10500):
            path = f"{place}/{number}"
            with open(path, "wb") as file:
                file.truncate(4096)
            with open(path, "rb") as file:
                made = libc.mmap(None, 4096, 5, 2, file.fileno(), 0)
            os.unlink(path)
            if made in (None, 2**64 - 1):
                break
        time.sleep(3600)
"""
# Stacks that are all different: recursion in an order that is never the same.
STACKS = """
import functools, random
def call(function): return function()
def by_sort(function): return sorted([0], key=lambda _: function())
def by_map(function): return list(map(lambda _: function(), [0]))
def by_reduce(function): return functools.reduce(lambda *_: function(), [0, 0])
while True:
    function = lambda: sum(range(20000))
    for _ in range(random.randrange(40)):
        function = functools.partial(random.choice([call, by_sort, by_map, by_reduce]), function)
    function()
"""
# Threads that live for an instant each, with names of their own.
THREADS = """
import ctypes, itertools, threading
prctl = ctypes.CDLL(None).prctl
def run(number):
    prctl(15, b"t%x" % number, 0, 0, 0)
    for _ in range(2000):
        pass
for number in itertools.count():
    thread = threading.Thread(target=run, args=[number])
    thread.start()
    thread.join()
"""
FORKS = """
import os
while True:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
"""
# Mappings that stay, as many as a process may have, of three pages each: none is aligned.
LASTING = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
for _ in range(3):
    if os.fork() == 0:
        break
program = open("/proc/self/exe", "rb")
for number in range(65000):
    made = libc.mmap(None, 12288, 5, 2, program.fileno(), 4096 * (number % 2))
    if made in (None, 2**64 - 1):
        break
time.sleep(3600)
"""


QUICKLY = 999


def has_begun(run):
    """Waits until it says that it samples: before that it reads what all processes have mapped."""
    need(wait_for(lambda: b"sampling" in read_bytes(f"{run.folder}/.messages")), "it does not say that it samples")


def judge_victim(verdict, run, expected):
    """Judges whether nearly all samples of a victim are there, and named; `expected`: how many there must be."""
    recorded = sum(count for count, frames in run.stacks if frames[0] == "split")
    named = sum(count for count, frames in run.stacks if frames[0] == "split" and "main" in frames)
    verdict.bad_if(recorded < 0.97 * expected, f"{recorded} samples of {expected:.0f}")
    verdict.bad_if(named < 0.99 * recorded, f"{named} of {recorded} samples named")
    return verdict.note(f"{recorded} samples, {named} named")


def late_victim(scene, script):
    """Judges a victim that starts after the attacker's script has filled what it can, where 2,000 stacks are kept: so
    few that one process can fill them in seconds, and enough for all others."""
    cpu = {}
    with contextlib.ExitStack() as ending:
        attacker = ending.enter_context(scene.attacker(PYTHON, "-c", script))

        def samples(run):
            has_begun(run)
            burns(attacker.pid, 4)
            victim = ending.enter_context(Workload([scene.split, 60], warm=0))
            burns(victim.pid, 3)
            cpu["victim"] = cpu_seconds(victim.pid)
            run.send(signal.SIGINT)

        options = ["--max-stacks", "2000", "--max-loss", "100"]
        run = scene.record("-a", seconds=None, hz=QUICKLY, meanwhile=samples, options=options, limit=120)
    need(cpu, f"it did not sample: {run.last_words()}")
    verdict = Verdict(run)
    verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
    return judge_victim(verdict, run, QUICKLY * cpu["victim"])


FILLERS = {
    "stacks": ("has a new stack each time", STACKS),
    "threads": ("starts threads of new names all the time", THREADS),
    "few-names": ("renames its thread all the time", RENAMES),
}

for name, (title, script) in FILLERS.items():
    attack(
        name, f"{title}, where 2,000 may be kept", "a victim that comes later loses samples or names", against=(ROOT,)
    )(lambda scene, script=script: late_victim(scene, script))


@attack(
    "spaces",
    "has 16,384 processes with mappings of their own",
    "a victim that comes later loses samples or names",
    against=(ROOT,),
)
def processes_before_a_victim(scene):
    cpu = {}
    with contextlib.ExitStack() as ending:
        printed = ending.enter_context(open(f"{scene.elsewhere}/count", "w+b"))
        ending.enter_context(scene.attacker(program("spaces"), 16384, stdout=printed))
        need(wait_for(lambda: read_bytes(printed.name)), "no processes")
        need(int(read_bytes(printed.name)) > 12000, "too few processes")

        def samples(run):
            has_begun(run)
            victim = ending.enter_context(Workload([scene.split, 60], warm=0))
            burns(victim.pid, 2)
            cpu["victim"] = cpu_seconds(victim.pid)
            run.send(signal.SIGINT)

        run = scene.record("-a", seconds=None, hz=HZ, meanwhile=samples, limit=120)
    need(cpu, f"it did not sample: {run.last_words()}")
    verdict = Verdict(run)
    return judge_victim(verdict, run, HZ * cpu["victim"])


FLOODS = {
    "files": ("maps 10,500 tiny files as code", FILES),
    "forks": ("forks all the time", FORKS),
    "lasting": ("has 260,000 mappings that are not aligned", LASTING),
}

for name, (title, script) in FLOODS.items():
    attack(name, title, "a victim loses samples or names; own CPU above 20 %", against=(ROOT,))(
        lambda scene, script=script: beside(scene, script)
    )
