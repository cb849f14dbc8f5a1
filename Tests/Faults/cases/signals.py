# SPDX-License-Identifier: Apache-2.0
"""Signals at random moments, and workers that crash, hang or take all memory."""

import random
import signal
import time

from runs import bpf_ids
from tools import share, total
from verdict import SHORT, Verdict, case
from workloads import busy, cpu_seconds, sample, wait_for

ROUNDS = 5 if SHORT else 50


def ended_at_random(tool, number, rounds, verdict):
    """Sends a signal to `rounds` runs; the number of those that ended with the output whole."""
    dice = random.Random(number)
    whole = 0
    with busy(600) as target:
        for round in range(rounds):
            # Half of them end by themselves, so that some are interrupted as they name and write.
            run = tool.start(target.pid, seconds=None if round % 2 else 0.3, hz=499)
            moment = dice.uniform(0, 1.2)
            time.sleep(moment)
            is_prepared = run.blocks(number)
            held = run.bpf_ids()
            run.send(number)
            tool.finish(run)
            verdict.add(run)
            whole += total(run) > 0
            verdict.bad_if(remain(held), f"{signal.Signals(number).name} after {moment:.2f} s: BPF objects remain")
            judge(tool, run, number, moment, is_prepared, verdict)
    return whole


def remain(held):
    """Whether the kernel still has BPF objects that a process held; it frees them after a grace period."""
    return bool(held) and wait_for(lambda: not held & bpf_ids()) is None


def judge(tool, run, number, moment, is_prepared, verdict):
    name = signal.Signals(number).name
    if tool.name != "flameback":
        return
    left = [name for name in run.files if name not in (".messages", ".output")]
    if number == signal.SIGKILL:
        verdict.bad_if(left not in ([], tool.OUTPUTS) and run.broken, f"{name}: left {left}")
    elif run.exit == 0:
        verdict.bad_if(left != tool.OUTPUTS or total(run) == 0, f"{name}: exit 0, but {left}")
    else:
        # Before it blocks the signal, the signal ends it as any program.
        verdict.bad_if(
            run.exit != 1 and not (run.exit == -number and not is_prepared),
            f"{name} after {moment:.2f} s: exit {run.exit}",
        )
        verdict.bad_if(left, f"{name}: exit {run.exit}, but {left}")


@case("T22", "SIGINT, SIGTERM, SIGHUP and SIGQUIT at random moments; two at once", short=True)
def stopped_at_random(tool):
    verdict = Verdict()
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]:
        rounds = ROUNDS if tool.name == "flameback" else min(ROUNDS, 5)
        whole = ended_at_random(tool, number, rounds, verdict)
        verdict.note(f"{signal.Signals(number).name}: {whole} of {rounds} whole")
        if tool.name == "flameback":
            stopped_while_sampling(tool, number, verdict)
    if tool.name == "flameback":
        with busy() as target:
            run = tool.start(target.pid, seconds=None, hz=999)
            run.wait_until_sampling()
            # As timeout(1) sends two. Stopped, it receives both at once; the kernel keeps one of two equal signals.
            for number in [signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT]:
                run.send(number)
            tool.finish(run)
        verdict.add(run)
        left = [name for name in run.files if not name.startswith(".")]
        verdict.bad_if(run.exit != 0 or sorted(left) != tool.OUTPUTS, f"two at once: exit {run.exit}, {left}")
    return verdict


def stopped_while_sampling(tool, number, verdict):
    """The first signal is a normal end."""
    with busy() as target:
        run = tool.start(target.pid, seconds=None, hz=999)
        run.wait_until_sampling()
        until = cpu_seconds(target.pid) + 0.3
        wait_for(lambda: cpu_seconds(target.pid) > until)
        run.send(number)
        tool.finish(run)
    verdict.add(run)
    verdict.bad_if(run.exit != 0 or share(run, "burn_a") < 0.4, f"{signal.Signals(number).name}: exit {run.exit}")


@case("T23", "SIGKILL at random moments", short=True)
def killed_at_random(tool):
    verdict = Verdict()
    rounds = ROUNDS if tool.name == "flameback" else min(ROUNDS, 5)
    ended_at_random(tool, signal.SIGKILL, rounds, verdict)
    if tool.name == "flameback":
        killed_while_sampling(tool, verdict)
    return verdict.note(f"{rounds} times, nothing left" if verdict.grade == "good" else "")


def killed_while_sampling(tool, verdict):
    """By then it holds programs, maps and links, and has written nothing."""
    with busy() as target:
        run = tool.start(target.pid, seconds=None)
        run.wait_until_sampling()
        held = wait_for(lambda: {kind for kind, _ in run.bpf_ids()} == {"prog", "map", "link"} and run.bpf_ids())
        verdict.bad_if(not held, "holds no BPF objects while it samples")
        run.send(signal.SIGKILL)
        tool.finish(run)
    verdict.add(run)
    left = [name for name in run.files if not name.startswith(".")]
    verdict.bad_if(left or remain(held), f"killed while sampling: left {left}")


# What a worker does in the middle of a module, and what is reported of that module.
WORKER_FAULTS = {"crash": "worker_crash", "linger": "worker_crash", "hang": "worker_timeout", "memory": "worker_memory"}


@case(
    "T25",
    "the process that reads untrusted files crashes, lingers, hangs or takes all memory",
    short=True,
    tools=("flameback",),
)
def failing_worker(tool):
    verdict = Verdict()
    for fault, reason in WORKER_FAULTS.items():
        run = tool.testing.record(
            [sample("dlopener"), "2"],
            seconds=None,
            hz=999,
            environment={"FLAMEBACK_WORKER_FAULT": f"{fault}:libplugin.so"},
        )
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{fault}: exit {run.exit}")
        verdict.bad_if(not run.says(reason), f"{fault}: {reason} is not reported")
        modules = run.stats["frames"]["limited_modules"][reason] if run.stats else 0
        verdict.bad_if(modules != 1, f"{fault}: {modules} modules with {reason}")
        verdict.bad_if(share(run, "before_dlopen") < 0.3, f"{fault}: other modules lost their names")
        # Where the debug information was too much, symbols are not.
        has_names = reason != "worker_crash"
        named = share(run, "plugin_work") > 0
        unnamed = any(frame.startswith("libplugin.so+0x") for _, frames in run.stacks for frame in frames)
        verdict.bad_if((named, unnamed) != (has_names, not has_names), f"{fault}: named {named}, unnamed {unnamed}")
    return verdict.note(", ".join(WORKER_FAULTS.values()))
