# SPDX-License-Identifier: Apache-2.0
"""What an ordinary user gets from a program with capabilities, and from its workers."""

import os
import re
import subprocess

from attack import CAPABILITIES, PYTHON, ROOT, attack
from verdict import Verdict
from workloads import Workload

# Kills each child of PARENT that the attacker may kill, and then makes FILE: PARENT FILE.
KILLER = """
import os, signal, sys
parent, path = sys.argv[1:]
while True:
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            children = file.read().split()
    except OSError:
        break
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except OSError:
            continue
        open(path, "a").close()
"""


@attack(
    "variables", "sets variables meant for tests", "the program obeys one", by="the caller", against=(CAPABILITIES,)
)
def test_variables(scene):
    with open(scene.binary, "rb") as file:
        names = sorted(set(re.findall(rb"FLAMEBACK_[A-Z_]+", file.read())))
    verdict = Verdict()
    verdict.bad_if(names, f"it knows {len(names)}: {b' '.join(names).decode()}")
    return verdict


@attack("binding", "writes over the table of library functions", "it is writable", against=(ROOT,))
def immediate_binding(scene):
    shown = subprocess.run(["readelf", "-Wd", scene.binary], stdout=subprocess.PIPE, check=True).stdout
    verdict = Verdict()
    verdict.bad_if(b"BIND_NOW" not in shown and not re.search(rb"FLAGS_1.* NOW", shown), "no immediate binding")
    return verdict


@attack("kill-workers", "kills the workers, whose user is 65534", "one can be killed", by="uid 65534", against=(ROOT,))
def killed_workers(scene):
    mark = scene.path("killed")
    with Workload([scene.split, 60]) as target:

        def kill(run):
            killers.append(scene.attacker(PYTHON, "-c", KILLER, run.pid, mark))

        killers = []
        run = scene.record(target.pid, seconds=2, meanwhile=kill)
        for killer in killers:
            killer.__exit__()
    verdict = Verdict(run)
    verdict.bad_if(run.exit, f"exit {run.exit}")
    verdict.bad_if(os.path.exists(mark), "a child was killed")
    return verdict
