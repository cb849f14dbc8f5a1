# SPDX-License-Identifier: Apache-2.0
"""Other profilers that run beside it: they must work as if it were not there."""

import os
import shutil
import subprocess

from verdict import SHORT, NotTried, Verdict, case
from workloads import busy, folder

# A build: programs that start and end, whose files the others look for. Enough of it for samples on any machine.
WORK = ["sh", "-c", "for i in $(seq 20); do ls /usr/bin > /dev/null; seq 60000 | sort > /dev/null; done"]


@case("T41", "perf record, bpftrace and a second flameback beside it", short=True, tools=("flameback",))
def neighbours(tool):
    perf, bpftrace = shutil.which("perf"), shutil.which("bpftrace")
    if not perf:
        raise NotTried("perf is not installed")
    verdict = Verdict()
    rounds = 3 if SHORT else 10
    with busy(600) as target, folder() as place:
        own = tool.start("-a", seconds=600, hz=199)
        own.wait_until_sampling()
        for number in range(rounds):
            data = f"{place}/perf.data"
            # It collects build ids at its end, and believes the kernel's records.
            recorded = ran([perf, "record", "-e", "cpu-clock", "-g", "-F", "499", "-o", data, "--", *WORK], place)
            verdict.bad_if(recorded.returncode, f"perf record, round {number + 1}: exit {recorded.returncode}")
            script = ran([perf, "script", "-i", data], place)
            verdict.bad_if(script.returncode or not script.stdout, f"perf script: exit {script.returncode}")
            if bpftrace:
                probe = "profile:hz:99 { @[comm] = count(); } interval:s:1 { exit(); }"
                traced = ran([bpftrace, "-e", probe], place)
                verdict.bad_if(traced.returncode or not traced.stdout, f"bpftrace: exit {traced.returncode}")
            second = tool.record(target.pid, seconds=0.5)
            verdict.add(second)
            verdict.bad_if(second.exit or not second.stacks, f"a second flameback: exit {second.exit}")
        own.send(2)
        tool.finish(own)
    verdict.add(own)
    verdict.bad_if(own.exit or not own.stacks, f"flameback: exit {own.exit}")
    return verdict.note(f"{rounds} rounds{'' if bpftrace else ', bpftrace is not installed'}")


def ran(arguments, place):
    return subprocess.run(
        arguments,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=120,
        env={**os.environ, "HOME": place},
    )
