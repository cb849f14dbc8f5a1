# SPDX-License-Identifier: Apache-2.0
"""Missing capabilities, refused system calls and resource limits."""

import contextlib
import errno
import os
import re
import shutil
import signal

from runs import limits
from tools import share, total
from verdict import NotTried, Verdict, case
from workloads import Workload, busy, folder, program, sample, wait_for

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# The rows of docs/privileges.md, without privileges but for these: (capabilities, targets of TARGETS whose
# functions have names, capabilities whose lack is reported). Without such targets nothing is sampled.
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
        said = [line for line in lines if re.search(f"(lacks|lack of|needs) .*CAP_{name.upper()}", line)]
        # The remedy names all of them: only the words before it count.
        said = [line for line in said if f"CAP_{name.upper()}" in re.split("sudo|setcap", line)[0]]
        verdict.bad_if(len(said) != (name in lacking), f"{what}: CAP_{name.upper()} in {len(said)} lines: {said}")
        verdict.bad_if(any("setcap" not in line for line in said), f"{what}: no remedy for {name}")


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
            # Too little for any run: nothing must be left behind.
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
    """Runs as an ordinary user, since the limit does not apply to root."""
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
    """A cgroup with a memory limit, of version 1 or 2."""

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
        """Moves the calling process into the cgroup."""
        with open(f"{self.group}/cgroup.procs", "w") as file:
            file.write("0")

    def kills(self):
        with open(f"{self.group}/{'memory.oom_control' if self.is_v1 else 'memory.events'}") as file:
            return int(re.search(r"oom_kill (\d+)", file.read()).group(1))

    def __exit__(self, *_):
        # A killed process leaves its cgroup a moment later.
        wait_for(lambda: not open(f"{self.group}/cgroup.procs").read())
        os.rmdir(self.group)
