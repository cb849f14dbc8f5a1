# SPDX-License-Identifier: Apache-2.0
"""What a command and all processes that it leaves behind cost."""

import ctypes
import json
import os
import resource
import subprocess
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    """A command that ended with an error, with its last messages."""


@dataclass
class Cost:
    # Seconds, of all processes.
    cpu: float
    wall: float
    # Bytes, resident, of the largest process.
    memory: int
    samples: int = 0


def cost_of(command, folder=None, question=None, environment=None):
    """Runs a list of words, or lines of shell, in `folder`; a Cost.

    A process between inherits those whose parent has ended: perf leaves its addr2line behind, and its CPU
    time would not be counted. `question` is a file to read as standard input.
    """
    reading, writing = os.pipe()
    runner = os.fork()
    if runner == 0:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        start = time.monotonic()
        with open(question or os.devnull, "rb") as text:
            run = subprocess.run(
                ["sh", "-ec", command] if isinstance(command, str) else command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=text,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        wall = time.monotonic() - start
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass  # None is left.
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = {
            "status": run.returncode,
            "messages": run.stderr.decode(errors="replace"),
            "cost": [usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024],
        }
        with open(writing, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writing)
    with open(reading) as file:
        answer = json.load(file)
    os.waitpid(runner, 0)
    if answer["status"] != 0:
        raise Failed(" / ".join(answer["messages"].strip().split("\n")[-3:]))
    return Cost(*answer["cost"])
