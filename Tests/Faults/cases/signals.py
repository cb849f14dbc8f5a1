# SPDX-License-Identifier: Apache-2.0
"""Signals at random moments, and deaths of our own workers."""

import random
import signal
import time

from tools import share, total
from verdict import SHORT, Verdict, case
from workloads import busy, sample

ROUNDS = 5 if SHORT else 50


def ended_at_random(tool, number, rounds, verdict):
    """How many runs ended with the output whole."""
    dice = random.Random(number)
    whole = 0
    with busy(600) as target:
        for round in range(rounds):
            # Half of them end by themselves, so that some are caught as they name and write.
            run = tool.start(target.pid, seconds=None if round % 2 else 0.3, hz=499)
            moment = dice.uniform(0, 1.2)
            time.sleep(moment)
            run.send(number)
            tool.finish(run, 20)
            verdict.add(run)
            whole += total(run) > 0
            judge(tool, run, number, moment, verdict)
    return whole


def judge(tool, run, number, moment, verdict):
    name = signal.Signals(number).name
    if tool.name != "flameback":
        return
    left = [name for name in run.files if name not in (".messages", ".output")]
    if number == signal.SIGKILL:
        verdict.bad_if(left not in ([], tool.OUTPUTS) and run.broken, f"{name}: left {left}")
    elif run.exit == 0:
        verdict.bad_if(left != tool.OUTPUTS or total(run) == 0, f"{name}: exit 0, but {left}")
    else:
        # Before it has asked for signals, one ends it as any program.
        verdict.bad_if(
            run.exit != 1 and not (run.exit == -number and moment < 0.1),
            f"{name} after {moment:.2f} s: exit {run.exit}",
        )
        verdict.bad_if(left, f"{name}: exit {run.exit}, but {left}")


@case("T22", "SIGINT, SIGTERM, SIGHUP and SIGQUIT at random moments; a second one", short=True)
def stopped_at_random(tool):
    verdict = Verdict()
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]:
        rounds = ROUNDS if tool.name == "flameback" else min(ROUNDS, 5)
        whole = ended_at_random(tool, number, rounds, verdict)
        verdict.note(f"{signal.Signals(number).name}: {whole} of {rounds} whole")
    if tool.name == "flameback":
        with busy() as target:
            run = tool.start(target.pid, seconds=None)
            run.wait_until_sampling()
            run.send(signal.SIGINT)
            run.send(signal.SIGTERM)
            tool.finish(run, 20)
        verdict.add(run)
        verdict.bad_if(run.exit != 130 or total(run), f"second signal: exit {run.exit}")
    return verdict


@case("T23", "SIGKILL at random moments", short=True)
def killed_at_random(tool):
    verdict = Verdict()
    rounds = ROUNDS if tool.name == "flameback" else min(ROUNDS, 5)
    ended_at_random(tool, signal.SIGKILL, rounds, verdict)
    return verdict.note(f"{rounds} times, nothing left" if verdict.grade == "good" else "")


@case(
    "T25",
    "the process that reads strangers' files crashes, hangs or takes all memory",
    short=True,
    tools=("flameback",),
)
def failing_worker(tool):
    verdict = Verdict()
    for fault, reason in [("crash", "worker_crash"), ("hang", "worker_timeout"), ("memory", "worker_memory")]:
        run = tool.record(
            [sample("dlopener"), "1"],
            seconds=None,
            hz=499,
            environment={"FLAMEBACK_WORKER_FAULT": f"{fault}:libplugin.so"},
        )
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{fault}: exit {run.exit}")
        verdict.bad_if(not run.says(reason), f"{fault}: {reason} is not told")
        verdict.bad_if(share(run, "before_dlopen") < 0.3, f"{fault}: other modules lost their names")
    return verdict.note("worker_crash, worker_timeout, worker_memory")
