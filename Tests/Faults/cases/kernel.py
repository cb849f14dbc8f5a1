# SPDX-License-Identifier: Apache-2.0
"""Maps that are full, rights that are missing, limits, rates: what the kernel refuses."""

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import time

from runs import limits
from tools import share, total
from verdict import NotTried, Verdict, case
from workloads import Workload, busy, folder, program, sample, wait_for

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@case("T17", "more stacks than there is room for", short=True, tools=("flameback", "bpftrace"))
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
    run = tool.record(
        [sample("tree"), "1"],
        seconds=None,
        hz=999,
        options=["--max-loss", "100"],
        environment={"FLAMEBACK_HASH_BITS": "6"},
    )
    verdict = Verdict(run)
    lost = run.stats["samples"]["lost"]["hash_collision"]
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(lost == 0, "none counted")
    odd = [
        frames
        for _, frames in run.stacks
        if "main" in frames and "burn_leaf" in frames and sum(frame in ("left", "right") for frame in frames) != 10
    ]
    verdict.bad_if(len(odd) > 3, f"{len(odd)} stacks that are none of the program's")
    return verdict.note(f"{lost} told as lost, none merged")


@case("T19", "records of mappings come faster than they are read", short=True, tools=("flameback", "perf"))
def overflowing_ring(tool):
    def stand_still(run):
        run.send(signal.SIGSTOP)
        time.sleep(3)
        run.send(signal.SIGCONT)

    options = ["-m", "1"] if tool.name == "perf" else []
    with Workload([sample("reloader"), 100000, 10]) as target:
        run = tool.record(target.pid, seconds=4, meanwhile=stand_still, options=options)
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(not run.says("lost"), "not a word of what was lost")
    lines = [line.strip() for line in run.words.split("\n") if re.search("records|LOST", line)]
    return verdict.note(lines[0] if lines else "")


@case("T27", "no type information of the kernel", short=True, tools=("flameback", "bpftrace"))
def no_btf(tool):
    name = "FLAMEBACK_BTF" if tool.name == "flameback" else "BPFTRACE_BTF"
    with busy() as target:
        run = tool.record(target.pid, seconds=1, environment={name: "/nonexistent"})
    verdict = Verdict(run)
    verdict.bad_if(
        tool.name == "flameback" and (run.exit != 4 or not run.says("CONFIG_DEBUG_INFO_BTF")),
        f"exit {run.exit}: {run.last_words()}",
    )
    verdict.bad_if(tool.name == "flameback" and len(run.words.strip().split("\n")) > 1, "more than one line")
    with busy() as target:
        bare = tool.record(
            target.pid, seconds=1, prefix=["unshare", "--mount", "sh", "-c", 'umount --lazy /sys && exec "$@"', "sh"]
        )
    verdict.add(bare)
    verdict.bad_if(
        tool.name == "flameback" and (bare.exit not in (0, 4) or bare.exit == 4 and not bare.says("BTF")),
        f"without /sys: exit {bare.exit}, {bare.last_words()}",
    )
    return verdict.note(run.last_words())


# What each row of docs/privileges.md gives, as nobody: (capabilities, functions that have names, of
# TARGETS; capabilities whose lack is told). No functions: nothing is sampled.
TARGETS = {"open": "read_zeros", "secret": "path_a", "deleted": "burn_at_leaf", "kernel": "do_syscall_64"}
NAMING = ["sys_ptrace", "syslog", "dac_read_search", "checkpoint_restore"]
ROWS = [
    ("", [], ["bpf", "perfmon"]),
    ("bpf", [], ["perfmon"]),
    ("perfmon", [], ["bpf"]),
    ("bpf,perfmon", ["open"], ["sys_ptrace", "syslog", "dac_read_search"]),
    ("bpf,perfmon,sys_ptrace", ["open"], ["syslog", "dac_read_search", "checkpoint_restore"]),
    ("bpf,perfmon,sys_ptrace,syslog", ["open", "kernel"], ["dac_read_search", "checkpoint_restore"]),
    ("bpf,perfmon,sys_ptrace,syslog,dac_read_search", ["open", "kernel", "secret"], ["checkpoint_restore"]),
    ("bpf,perfmon,sys_ptrace,syslog,dac_read_search,checkpoint_restore", list(TARGETS), []),
    ("sys_admin", ["open"], ["sys_ptrace", "syslog", "dac_read_search"]),
]


@case("T28", "capabilities removed one by one", short=True)
def missing_capabilities(tool):
    verdict = Verdict()
    with folder() as place, contextlib.ExitStack() as running:
        os.chmod(place, 0o777)
        # Its own folder may not be open to everybody.
        other = type(tool)(shutil.copy(tool.binary, place))
        pids = []
        for name, program_name in [("open", "kernel"), ("secret", "split"), ("deleted", "recursion")]:
            path = shutil.copy(sample(program_name), f"{place}/{name}")
            os.chmod(path, 0o700 if name == "secret" else 0o755)
            pids.append(running.enter_context(Workload([path, 120])).pid)
        os.unlink(f"{place}/deleted")
        for capabilities, named, lacking in ROWS:
            given = ",".join("+" + name for name in capabilities.split(",")) if capabilities else "-all"
            run = other.record(
                pids,
                seconds=1,
                hz=499,
                prepare=lambda: os.chmod(".", 0o777),
                prefix=[*NOBODY, f"--inh-caps={given}", *([f"--ambient-caps={given}"] if capabilities else [])],
            )
            verdict.add(run)
            what = f"with {capabilities or 'none'}"
            if tool.name == "flameback":
                judge_row(verdict, run, what, named, lacking)
            else:
                verdict.bad_if(
                    run.exit == 0 and total(run) == 0 and not run.words.strip(), f"{what}: nothing, and exit 0"
                )
                verdict.degraded_if(named and run.exit != 0, f"{what}: exit {run.exit}, {run.last_words()}")
    return verdict.note(f"{len(ROWS)} rows of the table")


def judge_row(verdict, run, what, named, lacking):
    lines = run.words.split("\n")
    verdict.bad_if(run.exit != (0 if named else 3), f"{what}: exit {run.exit}, {run.last_words()}")
    for name, function in TARGETS.items():
        verdict.bad_if((share(run, function) > 0) != (name in named), f"{what}: {name} in {share(run, function):.0%}")
    for name in ["bpf", "perfmon", *NAMING]:
        told = [line for line in lines if re.search(f"(lacks|lack of|needs) .*CAP_{name.upper()}", line)]
        # What grants them all names them all: only the words before it count.
        told = [line for line in told if f"CAP_{name.upper()}" in re.split("sudo|setcap", line)[0]]
        verdict.bad_if(len(told) != (name in lacking), f"{what}: CAP_{name.upper()} in {len(told)} lines: {told}")
        verdict.bad_if(any("setcap" not in line for line in told), f"{what}: no remedy for {name}")


KILLED = 0


@case("T30", "seccomp refuses bpf() or perf_event_open()", short=True)
def seccomp(tool):
    verdict = Verdict()
    for name, call in [("bpf", 321), ("perf_event_open", 298)]:
        for error, code in [(errno.EPERM, 3), (errno.ENOSYS, 4), (KILLED, -signal.SIGSYS)]:
            with busy() as target:
                run = tool.record(target.pid, seconds=1, prefix=[program("deny"), str(call), str(error)])
            what = f"{name} {errno.errorcode.get(error, 'killed')}"
            verdict.add(run)
            if tool.name == "flameback":
                verdict.bad_if(run.exit != code, f"{what}: exit {run.exit}, {run.last_words()}")
                verdict.bad_if(code == 3 and not run.says("seccomp"), f"{what}: {run.last_words()}")
            elif name == "perf_event_open" or tool.name == "bpftrace":
                verdict.bad_if(run.exit == 0 and total(run) == 0, f"{what}: nothing, and exit 0")
    return verdict.note("3 with EPERM, 4 with ENOSYS" if tool.name == "flameback" else run.last_words())


@case("T31", "limits: no locked memory, few files or processes, little address space or memory", short=True)
def resource_limits(tool):
    verdict = Verdict()
    for name, values in [
        ("memlock 0", {"memlock": 0}),
        ("nofile 64", {"nofile": 64}),
        ("nofile 12", {"nofile": 12}),
        ("address space 512 MB", {"as": 512 << 20}),
    ]:
        with busy() as target:
            run = tool.record(target.pid, seconds=1, prepare=limits(**values))
        judge_limit(verdict, run, name)
        if name in ("memlock 0", "nofile 64"):
            verdict.degraded_if(run.exit != 0, f"{name}: exit {run.exit}, {run.last_words()}")
        if name == "nofile 12" and tool.name == "flameback":
            enough = re.search(r"ulimit -n (\d+)", run.words)
            verdict.bad_if(run.exit != 1 or not enough, f"{name}: {run.last_words()}")
            with busy() as target:
                again = tool.record(
                    target.pid, seconds=1, prepare=limits(nofile=int(enough.group(1)) if enough else 12)
                )
            verdict.bad_if(again.exit != 0, f"the limit that it asks for: exit {again.exit}, {again.last_words()}")
        if run.exit:
            verdict.note(f"{name}: {run.last_words()}")
    few_processes(tool, verdict)
    for megabytes in [64, 8]:
        with busy() as target, MemoryLimit(megabytes) as group:
            run = tool.record(target.pid, seconds=1, prepare=group.enter)
            kills = group.kills()
        if megabytes == 8:
            # Too little for anything: what matters is that nothing stays.
            verdict.add(run)
            verdict.bad_if(tool.name == "flameback" and kills == 0, "8 MB: nothing was killed")
        else:
            judge_limit(verdict, run, f"{megabytes} MB")
            verdict.degraded_if(run.exit != 0, f"{megabytes} MB: exit {run.exit}, {run.last_words()}")
        verdict.note(f"cgroup of {megabytes} MB: exit {run.exit}, {kills} killed")
    return verdict


def judge_limit(verdict, run, name):
    verdict.add(run)
    verdict.bad_if(run.exit not in (0, 1), f"{name}: exit {run.exit}, {run.last_words()}")
    verdict.bad_if(run.exit == 0 and total(run) == 0, f"{name}: nothing, and exit 0")
    verdict.bad_if(run.exit == 1 and not run.words.strip(), f"{name}: exit 1 without a word")


def few_processes(tool, verdict):
    """As nobody: root may have as many as it likes."""
    with folder() as place:
        os.chmod(place, 0o777)
        other = type(tool)(shutil.copy(tool.binary, place))
        with busy(path=shutil.copy(sample("split"), place)) as target:
            run = other.record(
                target.pid,
                seconds=1,
                hz=499,
                prefix=[
                    "prlimit",
                    "--nproc=1:1",
                    "setpriv",
                    "--reuid=61234",
                    "--regid=61234",
                    "--clear-groups",
                    "--inh-caps=+bpf,+perfmon",
                    "--ambient-caps=+bpf,+perfmon",
                ],
                prepare=lambda: os.chmod(".", 0o777),
            )
    if tool.name == "flameback":
        judge_limit(verdict, run, "1 process")
        verdict.note(f"1 process: exit {run.exit}, {share(run, 'burn_a'):.0%} named")


class MemoryLimit:
    """A cgroup with so little memory, of whichever version there is."""

    def __init__(self, megabytes):
        self.is_v1 = os.path.exists("/sys/fs/cgroup/memory")
        self.group = f"/sys/fs/cgroup{'/memory' if self.is_v1 else ''}/flameback-fault-{os.getpid()}"
        self.bytes = megabytes << 20

    def __enter__(self):
        try:
            os.mkdir(self.group)
        except OSError as error:
            raise NotTried(f"no cgroup: {error.strerror}")
        with open(f"{self.group}/{'memory.limit_in_bytes' if self.is_v1 else 'memory.max'}", "w") as file:
            file.write(str(self.bytes))
        return self

    def enter(self):
        """The process that calls it."""
        with open(f"{self.group}/cgroup.procs", "w") as file:
            file.write("0")

    def kills(self):
        with open(f"{self.group}/{'memory.oom_control' if self.is_v1 else 'memory.events'}") as file:
            return int(re.search(r"oom_kill (\d+)", file.read()).group(1))

    def __exit__(self, *_):
        # A moment passes until the dead have left it.
        wait_for(lambda: not open(f"{self.group}/cgroup.procs").read())
        os.rmdir(self.group)


@case("T34", "rates: 0, negative, far too high", short=True)
def odd_rates(tool):
    verdict = Verdict()
    before = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    with busy() as target:
        for rate in ["0", "-5", "1000000000", "100001"]:
            run = tool.record(target.pid, seconds=1, hz=rate)
            verdict.add(run)
            if tool.name == "flameback":
                verdict.bad_if(run.exit != 2, f"-F {rate}: exit {run.exit}")
                verdict.bad_if(
                    int(rate) > int(before) and before.strip() not in run.words, f"-F {rate}: does not tell the limit"
                )
            verdict.degraded_if(run.exit == 0 and not run.words.strip(), f"{rate}: taken without a word")
        for rate in [1, 99, 4999] if tool.name == "flameback" else [99]:
            run = tool.record(target.pid, seconds=2, hz=rate)
            verdict.add(run)
            verdict.bad_if(run.exit not in ((0, 1) if rate == 1 else (0,)), f"{rate} Hz: exit {run.exit}")
    after = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    verdict.bad_if(tool.name == "flameback" and after != before, "the sysctl has changed")
    return verdict.note("0, -5, 10^9 and 100,001 Hz; 1, 99 and 4,999 Hz")


@case("T35", "deep stacks, frame pointers that lead nowhere, a 32-bit process", short=True)
def odd_stacks(tool):
    verdict = Verdict()
    for depth in [500, 10000]:
        run = tool.record([sample("recursion"), "0.5", str(depth)], seconds=None, hz=499)
        verdict.add(run)
        deepest = max([len(frames) for _, frames in run.stacks], default=0)
        has_root = share(run, "main") > 0.5
        says = share(run, "[truncated: DEPTH]") > 0.5
        verdict.degraded_if(not has_root and not says, f"{depth} deep: cut at {deepest}, and no word")
        verdict.bad_if(total(run) == 0, f"{depth} deep: no samples")
    for kind in ["cycle", "unmapped", "guard"]:
        run = tool.record([program("odd_stacks"), "0.5", kind], seconds=None, hz=499)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{kind}: exit {run.exit}")
        verdict.bad_if(total(run) == 0, f"{kind}: no samples")
        longest = max([len(frames) for _, frames in run.stacks], default=0)
        verdict.degraded_if(longest > 150, f"{kind}: a stack of {longest} frames")
        if tool.name == "flameback":
            # Whole stacks of what calls the loop apart, all say that they are cut.
            unsaid = sum(
                weight
                for weight, frames in run.stacks
                if "main" not in frames and not any(frame.startswith("[truncated: ") for frame in frames)
            )
            verdict.bad_if(unsaid > 0.02 * total(run), f"{kind}: {unsaid} of {total(run)} are cut, and do not say so")
    for kind, function in [("signal", "burn_in_handler"), ("vsyscall", "call_the_page")]:
        run = tool.record([program("odd_stacks"), "0.5", kind], seconds=None, hz=499)
        verdict.add(run)
        if kind == "vsyscall" and run.exit == 128 + signal.SIGSEGV:
            continue
        verdict.bad_if(run.exit != 0 or total(run) == 0, f"{kind}: exit {run.exit}, {total(run)} samples")
        whole = share(run, "main", of=function)
        verdict.degraded_if(whole < 0.9, f"{kind}: {whole:.0%} of {function} reach main")
    if path := program_of_32_bits():
        run = tool.record([path], seconds=1, hz=499)
        verdict.add(run)
        verdict.bad_if(total(run) == 0, f"32 bits: no samples, {run.last_words()}")
    return verdict.note(
        "500 and 10,000 deep, three frame pointers, a signal, vsyscall, 32 bits" if path else "no 32 bits here"
    )


def program_of_32_bits():
    with folder() as place:
        source = f"{place}/spin.S"
        with open(source, "w") as file:
            file.write(
                ".globl _start\n_start: mov $2000000000, %ecx\n1: dec %ecx\njnz 1b\n"
                "mov $1, %eax\nxor %ebx, %ebx\nint $0x80\n"
            )
        path = f"{os.path.dirname(program('deny'))}/spin32"
        built = subprocess.run(["cc", "-m32", "-nostdlib", "-static", "-o", path, source], stderr=subprocess.DEVNULL)
    return path if built.returncode == 0 and subprocess.run([path]).returncode == 0 else None
