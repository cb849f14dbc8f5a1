# SPDX-License-Identifier: Apache-2.0
"""Processes of the users that flameback's workers could run as."""

import os
import shutil

from attack import OVERFLOW_USER, PYTHON, ROOT, as_user, attack, need
from tools import total
from verdict import Verdict
from workloads import Workload, wait_for

# Does ACTION to each child of PARENT that the attacker may do it to, and then makes FILE: ACTION PARENT FILE.
CHILDREN = """
import ctypes, os, signal, sys
action, parent, path = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
SEIZE = 0x4206
def act(child):
    if action == "kill":
        os.kill(child, signal.SIGKILL)
    elif action == "stop":
        os.kill(child, signal.SIGSTOP)
    elif action == "trace":
        if libc.ptrace(SEIZE, child, 0, 0):
            raise OSError(ctypes.get_errno(), "ptrace")
    elif action == "read":
        open(f"/proc/{child}/mem", "rb").close()
    elif action == "files":
        if not os.listdir(f"/proc/{child}/fd"):
            raise OSError
while True:
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            children = file.read().split()
    except OSError:
        break
    for child in children:
        try:
            act(int(child))
        except OSError:
            continue
        open(path, "a").close()
"""


def on_children(scene, action):
    """Judges a run of which a process of user 65534 does something to all children."""
    mark = scene.path("done")
    # A program with a child of that user's.
    parent = f"{' '.join(as_user(OVERFLOW_USER))} sleep 60 & wait"
    with Workload(["sh", "-c", parent], warm=0) as careless:
        with scene.attacker(PYTHON, "-c", CHILDREN, action, careless.pid, mark, user=OVERFLOW_USER):
            need(wait_for(lambda: os.path.exists(mark)), "a child of that user's was not harmed")
    os.unlink(mark)

    # Some more files to name: each copy is another one.
    libraries = [shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", scene.path(f"{i}.so")) for i in range(20)]
    preloaded = {**os.environ, "LD_PRELOAD": ":".join(libraries)}
    with Workload([scene.split, 60], env=preloaded) as target:
        attackers = []

        def begin(run):
            attackers.append(scene.attacker(PYTHON, "-c", CHILDREN, action, run.pid, mark, user=OVERFLOW_USER))

        try:
            run = scene.record(target.pid, seconds=2, meanwhile=begin)
        finally:
            for each in attackers:
                each.__exit__()
    verdict = Verdict(run)
    verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
    verdict.bad_if(os.path.exists(mark), "done to a child")
    named = sum(count for count, frames in run.stacks if {"path_a", "path_b", "path_c"} & set(frames))
    verdict.bad_if(named < 0.9 * total(run) or not named, f"{named} of {total(run)} samples named")
    return verdict


ACTIONS = {
    "kill-workers": ("kill", "kills each child of flameback's that it may kill", "a worker ends", True),
    "stop-workers": ("stop", "stops each child of flameback's", "a worker stops, and names are missing", ()),
    "trace-workers": ("trace", "traces each child of flameback's", "it controls a worker", True),
    "read-workers": ("read", "opens the memory of each child of flameback's", "it reads a worker's memory", ()),
    "worker-files": (
        "files",
        "lists the open files of each child of flameback's",
        "it reaches what a worker has open",
        (),
    ),
}

for name, (action, title, never, short) in ACTIONS.items():
    attack(
        name,
        title,
        never,
        by="uid 65534",
        against=(ROOT,),
        short=short,
        control="a child that runs as uid 65534, of a shell of root's",
    )(lambda scene, action=action: on_children(scene, action))
