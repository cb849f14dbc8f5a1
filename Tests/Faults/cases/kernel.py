# SPDX-License-Identifier: Apache-2.0
"""Maps and buffers that are full, and settings that the kernel refuses."""

import re
import signal

from tools import total
from verdict import Verdict, case
from workloads import Workload, busy, cpu_seconds, sample, wait_for


@case("T17", "more stacks than the map holds", short=True, tools=("flameback", "bpftrace"))
def full_map(tool):
    how = (
        {"options": ["--max-stacks", "32"]}
        if tool.name == "flameback"
        else {"environment": {"BPFTRACE_MAP_KEYS_MAX": "32"}}
    )
    run = tool.record([sample("tree"), "1"], seconds=None, hz=999, **how)
    verdict = Verdict(run)
    if tool.name == "bpftrace":
        verdict.bad_if(
            run.exit == 0 and total(run) < 500 and not run.says("lost|map full"),
            f"{total(run)} samples, and no word of the others",
        )
        return verdict
    lost = run.stats["samples"]["lost"]["map_full"]
    verdict.bad_if(run.exit != 6, f"exit {run.exit}")
    verdict.bad_if(lost == 0, "no loss counted")
    verdict.bad_if(not run.says("--max-stacks"), "does not name the option to raise")
    return verdict.note(f"{lost} lost of {lost + total(run)}, exit 6")


@case("T18", "stacks that meet under one id", short=True, tools=("flameback",))
def colliding_stacks(tool):
    run = tool.testing.record(
        [sample("tree"), "3"],
        seconds=None,
        hz=999,
        options=["--max-loss", "100"],
        environment={"FLAMEBACK_HASH_BITS": "8"},
    )
    verdict = Verdict(run)
    lost = run.stats["samples"]["lost"]["hash_collision"]
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(lost == 0, "none counted")
    # A stack of the program: main, ten steps, the leaf. One that is cut says so.
    whole = [frames for _, frames in run.stacks if frames[-1] == "spin" and not frames[1].startswith("[truncated")]
    odd = [frames for frames in whole if not is_path_of_the_tree(frames[1:])]
    verdict.bad_if(len(whole) < 100, f"only {len(whole)} stacks")
    verdict.bad_if(odd, f"{len(odd)} stacks that are none of the program's")
    return verdict.note(f"{lost} reported as lost, none merged")


def is_path_of_the_tree(frames):
    """Whether inlined and start-up frames apart a stack is one that samples/tree can have."""
    path = [frame for frame in frames if frame in ("left", "right", "main", "burn_leaf", "spin")]
    steps = set(path[1:11])
    return path[:1] == ["main"] and steps <= {"left", "right"} and path[11:] == ["burn_leaf", "spin"]


@case("T19", "records of mappings come faster than they are read", short=True, tools=("flameback", "perf"))
def overflowing_ring(tool):
    def stand_still(run):
        run.send(signal.SIGSTOP)
        # By what the target does, which takes longer on a busy machine.
        until = cpu_seconds(target.pid) + 2
        wait_for(lambda: cpu_seconds(target.pid) > until)
        run.send(signal.SIGCONT)

    options = ["-m", "1"] if tool.name == "perf" else []
    with Workload([sample("reloader"), 100000, 10]) as target:
        run = tool.record(target.pid, seconds=4, meanwhile=stand_still, options=options)
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(not run.says("lost"), "the loss is not reported")
    lines = [line.strip() for line in run.words.split("\n") if re.search("records|LOST", line)]
    return verdict.note(lines[0] if lines else "")


@case("T27", "no type information of the kernel", short=True, tools=("flameback", "bpftrace"))
def no_btf(tool):
    how = (
        {"prefix": in_own_mounts("mount -t tmpfs none /sys/kernel/btf")}
        if tool.name == "flameback"
        else {"environment": {"BPFTRACE_BTF": "/nonexistent"}}
    )
    with busy() as target:
        run = tool.record(target.pid, seconds=1, **how)
    verdict = Verdict(run)
    verdict.bad_if(
        tool.name == "flameback" and (run.exit != 4 or not run.says("CONFIG_DEBUG_INFO_BTF")),
        f"exit {run.exit}: {run.last_words()}",
    )
    verdict.bad_if(tool.name == "flameback" and len(run.words.strip().split("\n")) > 1, "more than one line")
    with busy() as target:
        bare = tool.record(target.pid, seconds=1, prefix=in_own_mounts("umount --lazy /sys"))
    verdict.add(bare)
    verdict.bad_if(
        tool.name == "flameback" and (bare.exit not in (0, 4) or bare.exit == 4 and not bare.says("BTF")),
        f"without /sys: exit {bare.exit}, {bare.last_words()}",
    )
    return verdict.note(run.last_words())


def in_own_mounts(command):
    """The words before a command that runs after this one, which changes mounts that only both see."""
    return ["unshare", "--mount", "sh", "-c", f'{command} && exec "$@"', "sh"]


@case("T34", "rates: 0, negative, far too high", short=True)
def odd_rates(tool):
    verdict = Verdict()
    before = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    with busy() as target:
        for rate in ["0", "-5", "1000000000", "100001", str(int(before) + 1)]:
            run = tool.record(target.pid, seconds=1, hz=rate)
            verdict.add(run)
            if tool.name == "flameback":
                verdict.bad_if(run.exit != 2, f"-F {rate}: exit {run.exit}")
                verdict.bad_if(
                    int(rate) > int(before) and before.strip() not in run.words, f"-F {rate}: does not name the limit"
                )
            verdict.degraded_if(run.exit == 0 and not run.words.strip(), f"{rate}: taken without a word")
        for rate in [1, 99, 4999] if tool.name == "flameback" else [99]:
            run = tool.record(target.pid, seconds=2, hz=rate)
            verdict.add(run)
            verdict.bad_if(run.exit not in ((0, 1) if rate == 1 else (0,)), f"{rate} Hz: exit {run.exit}")
    after = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    verdict.bad_if(tool.name == "flameback" and after != before, "the sysctl has changed")
    return verdict.note("0, -5, 10^9 and 100,001 Hz; 1, 99 and 4,999 Hz")
