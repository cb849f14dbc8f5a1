# SPDX-License-Identifier: Apache-2.0
"""Targets that end, exec, fork or do not exist."""

import os
import re
import signal
import subprocess
import time

from fuse import SlowProgram
from tools import share, total
from verdict import SHORT, NotTried, Verdict, case
from workloads import Workload, busy, folder, free_pid, program, sample, wait_for


@case("T1", "the target exits while it is sampled", short=True)
def target_exits(tool):
    gone = []

    def until_it_ends(run):
        gone.append(wait_for(lambda: target.child.poll() is not None and time.monotonic() - run.start))

    with busy(0.8) as target:
        run = tool.record(target.pid, seconds=120, meanwhile=until_it_ends)
    verdict = Verdict(run)
    # perf raises the signal again with which it has ended its own `sleep`.
    verdict.bad_if(run.exit != 0 and (tool.name, run.exit) != ("perf", -15), f"exit {run.exit}")
    verdict.bad_if(share(run, "burn_a") < 0.4, f"burn_a in {share(run, 'burn_a'):.0%}")
    if tool.name == "flameback":
        late = run.wall - run.stats["cost"]["stop_to_written_s"] - gone[0]
        verdict.bad_if(late - run.kept_waiting > 0.3, f"stopped {late:.1f} s after the target")
        verdict.bad_if(not run.says(r"in [\d.]+ s.*the target exited"), "did not say when the target exited")
    return verdict.note(f"{total(run)} samples, {run.wall:.1f} s")


@case("T2", "no such process, or it dies between the check and the attachment", short=True)
def no_such_process(tool):
    pid = free_pid()
    run = tool.record(pid, seconds=1)
    verdict = Verdict(run)
    verdict.bad_if(run.exit == 0, "exit 0")
    if tool.name == "flameback":
        verdict.bad_if(run.exit != 1, f"exit {run.exit}")
        verdict.bad_if(not run.says(f"no process {pid}"), f"says {run.last_words()}")
        races(tool, 40 if SHORT else 200, verdict)
    return verdict.note(run.last_words())


def races(tool, rounds, verdict):
    """The target ends at any moment before, while and just after flameback attaches to it."""
    exits = []
    with busy() as target:
        start = time.monotonic()
        tool.record(target.pid, seconds=0.1, meanwhile=lambda _: exits.append(time.monotonic() - start))
    # Wall seconds from the start to the first sample, by which a target has used less CPU time.
    longest = 2 * exits.pop()
    for round in range(rounds):
        with Workload([sample("split"), longest * round / rounds], warm=0) as target:
            race = tool.record(target.pid, seconds=1)
        verdict.add(race)
        verdict.bad_if(race.exit not in (0, 1), f"race: exit {race.exit}, {race.last_words()}")
        verdict.bad_if(
            race.exit == 1 and not race.says("no process|zombie|exited|0 samples"), f"race: {race.last_words()}"
        )
        exits.append(race.exit)
        left = [name for name in race.files if not name.startswith(".")]
        verdict.bad_if(tool.name == "flameback" and bool(left) == bool(race.exit), f"race: exit {race.exit}, {left}")
    verdict.bad_if(len(set(exits)) < 2, f"all races ended with {exits[0]}: none was one")
    verdict.note(f"{rounds} races: {exits.count(1)} lost")


@case("T3", "the target becomes another program")
def target_execs(tool):
    run = tool.record([sample("execer"), "0.5", sample("recursion"), "0.5"], seconds=None)
    verdict = Verdict(run)
    mixed = [
        frames
        for _, frames in run.stacks
        if "before_exec" in frames and ("descend" in frames or "burn_at_leaf" in frames)
    ]
    verdict.bad_if(mixed, "frames before and after are mixed")
    for name in ["burn_before", "burn_at_leaf"]:
        verdict.bad_if(share(run, name) < 0.3, f"{name} in {share(run, name):.0%}")
    after = [frames for _, frames in run.stacks if "burn_at_leaf" in frames]
    verdict.bad_if(
        any("main" not in frames and "[truncated" not in str(frames) for frames in after),
        "stacks of the new program do not reach its main",
    )
    verdict.note(f"before {share(run, 'burn_before'):.0%}, after {share(run, 'burn_at_leaf'):.0%}")
    return slow_exec(tool, verdict)


def slow_exec(tool, verdict):
    """The new program's file is slow in the middle of the second exec; its tables are there since the first."""
    with folder() as place:
        server = SlowProgram(place, sample("recursion"), seconds=0.7)
        try:
            run = tool.record(
                ["sh", "-c", f"{place}/recursion 0.01; exec {sample('execer')} 0.1 {place}/recursion 1"], seconds=None
            )
        finally:
            server.end()
    verdict.add(run)
    verdict.bad_if(len(server.processes) < 2, "slow: it did not have to wait")
    whole = share(run, "main")
    verdict.bad_if(whole < 0.95, f"slow: {whole:.0%} from main")
    return verdict.note(f"slow: {whole:.0%} from main")


@case("T4", "6,000 vforks a second, its tree and the whole machine")
def fork_storm(tool):
    verdict = Verdict()
    for target in ["tree", "-a"]:
        with Workload([program("vforks"), 6000, 30], warm=0.1) as storm, Births() as births:
            run = tool.record(storm.pid if target == "tree" else "-a", seconds=5, hz=99)
            rate = births.per_second()
        verdict.add(run)
        verdict.bad_if(rate < 4000, f"{target}: no storm, {rate:,.0f} forks a second")
        verdict.bad_if(run.exit != 0, f"{target}: exit {run.exit}")
        own = run.cpu / run.seconds
        if run.stats:
            cost = run.stats["cost"]
            own = (cost["sampling_cpu_s"] + cost["bpf_ns"] / 1e9) / run.stats["duration_s"]
        verdict.bad_if(own > 0.1, f"{target}: {own:.1%} of a core")
        verdict.bad_if(run.memory_mb > 200, f"{target}: {run.memory_mb:.0f} MB")
        verdict.note(f"{target}: {own:.1%} of a core, {run.memory_mb:.0f} MB, {rate:,.0f} forks a second")
    return verdict


class Births:
    """The rate at which processes and threads start on the machine."""

    def __enter__(self):
        self.start, self.before = time.monotonic(), self.count()
        return self

    def __exit__(self, *_):
        pass

    def per_second(self):
        return (self.count() - self.before) / (time.monotonic() - self.start)

    @staticmethod
    def count():
        with open("/proc/stat") as file:
            return int(re.search(r"^processes (\d+)", file.read(), re.M).group(1))


@case("T5", "500 execs a second, the whole machine")
def exec_storm(tool):
    with Workload([program("execs"), 500, 30], warm=0.1), Births() as births:
        run = tool.record("-a", seconds=8, hz=499, limit=60)
        rate = births.per_second()
    theirs = [(weight, frames) for weight, frames in run.stacks if frames[0] == "exe"]
    count = sum(weight for weight, _ in theirs)
    unnamed = sum(
        weight
        for weight, frames in theirs
        if len(frames) < 2 or "+0x" in frames[-1] or frames[-1].startswith("[") or frames[-1].startswith("0x")
    )
    named = 1 - unnamed / count if count else 0
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(rate < 250, f"no storm: {rate:.0f} execs a second")
    verdict.bad_if(count < 100, f"only {count} samples of them")
    verdict.bad_if(named < 0.5, "most of their leaf frames have no name")
    verdict.degraded_if(named < 0.95, "less than 95 %")
    return verdict.note(f"{named:.1%} of {count:,} leaf frames named, {run.cpu / 8:.1%} of a core")


@case("T6", "libraries come and go at the same address")
def reused_addresses(tool):
    run = tool.record([sample("reloader"), "600", "1000"], seconds=None, hz=499, limit=60)
    verdict = Verdict(run)
    wrong = sum(
        weight
        for weight, frames in run.stacks
        if ("with_plugin" in frames and "other_work" in frames) or ("with_other" in frames and "plugin_work" in frames)
    )
    right = share(run, "plugin_work") + share(run, "other_work")
    verdict.bad_if(wrong, f"{wrong} samples have the other library's name")
    verdict.degraded_if(right < 0.5, "most of the library's frames have no name")
    return verdict.note(f"{right:.0%} named, {wrong} of {total(run)} misnamed")


@case("T7", "a JIT that rewrites its map all the time")
def churning_map(tool):
    with Workload([program("mapped_jit"), 30, "jitted_loop"]) as target:
        run = tool.record(target.pid, seconds=2)
    verdict = Verdict(run)
    torn = any(frame.startswith("torn_") or frame.startswith("other_") for _, frames in run.stacks for frame in frames)
    verdict.bad_if(torn, "a torn line, or another's name")
    verdict.bad_if(share(run, "jitted_loop") == 0, "no name")
    verdict.degraded_if(share(run, "jitted_loop") < 0.8, "names are missing")
    os.path.exists(path := f"/tmp/perf-{target.pid}.map") and os.unlink(path)
    return verdict.note(f"{share(run, 'jitted_loop'):.0%} named")


@case("T13", "another mount and pid namespace with its own root")
def other_root(tool):
    with folder() as root:
        in_a_root_of_its_own(root, sample("split"))
        with Workload(
            [f"/{os.path.basename(sample('split'))}", 60],
            warm=0,
            prefix=["unshare", "--mount", "--pid", "--fork", "chroot", root],
        ) as outer:
            time.sleep(0.5)
            inner = descendant(outer.pid)
            run = tool.record(inner, seconds=1)
    verdict = Verdict(run)
    verdict.bad_if(total(run) == 0, f"no samples: {run.last_words()}")
    verdict.bad_if(share(run, "burn_a") < 0.4, f"burn_a in {share(run, 'burn_a'):.0%}")
    return verdict.note(f"burn_a in {share(run, 'burn_a'):.0%}")


def in_a_root_of_its_own(root, path):
    """The program, its libraries, and a file of the host's name with other contents."""
    for line in [path, *libraries(path)]:
        place = root + ("/" + os.path.basename(path) if line == path else line)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        subprocess.run(["cp", "-L", line, place], check=True)


def libraries(path):
    import guest

    return guest.libraries_of(path)


def descendant(pid):
    """The last descendant of a process; each has at most one child."""
    while True:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
        if not children:
            return pid
        pid = int(children[0])


@case("T15", "a zombie, a kernel thread, a stopped and a frozen process", short=True)
def idle_targets(tool):
    verdict = Verdict()
    with Workload([sample("zombie")], warm=0, stdout=subprocess.PIPE) as parent:
        zombie = int(parent.child.stdout.readline().split()[1])
        run = tool.record(zombie, seconds=1)
    verdict.add(run)
    verdict.bad_if(run.exit == 0, "zombie: exit 0")
    if tool.name == "flameback":
        verdict.bad_if(run.exit != 1 or not run.says("zombie"), f"zombie: {run.exit}, {run.last_words()}")
    run = tool.record(2, seconds=1)
    verdict.add(run)
    verdict.degraded_if(run.exit == 0 and total(run) == 0, "kernel thread: nothing, and no word")
    if tool.name == "flameback":
        verdict.bad_if(
            run.exit != 0 and not (run.exit == 1 and run.says("0 samples")),
            f"kernel thread: {run.exit}, {run.last_words()}",
        )
    for name in ["stopped", "frozen"]:
        with busy() as target:
            with stopped(target.pid) if name == "stopped" else frozen(target.pid):
                run = tool.record(target.pid, seconds=1)
        verdict.add(run)
        verdict.degraded_if(run.exit == 0 and total(run) == 0, f"{name}: nothing, and no word")
        if tool.name == "flameback":
            verdict.bad_if(run.exit != 1 or not run.says("0 samples"), f"{name}: {run.exit}, {run.last_words()}")
            verdict.note(run.last_words())
    return verdict


class stopped:
    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


class frozen:
    """Freezes a process, in a cgroup of version 1 or 2, as long as the `with` lasts."""

    def __init__(self, pid):
        v1 = os.path.exists("/sys/fs/cgroup/freezer")
        self.group = f"/sys/fs/cgroup{'/freezer' if v1 else ''}/flameback-fault-{pid}"
        self.switch, self.on, self.off = ("freezer.state", "FROZEN", "THAWED") if v1 else ("cgroup.freeze", "1", "0")
        self.pid = pid

    def __enter__(self):
        try:
            os.mkdir(self.group)
        except OSError as error:
            raise NotTried(f"no cgroup: {error.strerror}")
        self.set("cgroup.procs", str(self.pid))
        self.set(self.switch, self.on)

    def __exit__(self, *_):
        self.set(self.switch, self.off)
        self.set("../cgroup.procs", str(self.pid))
        os.rmdir(self.group)

    def set(self, name, value):
        with open(f"{self.group}/{name}", "w") as file:
            file.write(value)


@case("T16", "a process id that is used again by another program")
def reused_pid(tool):
    pid = free_pid()
    run = tool.record(
        [program("same_pid"), str(pid), "4", "0.2", sample("split"), sample("recursion")], seconds=None, hz=499
    )
    verdict = Verdict(run)
    split, recursion = share(run, "path_a", of="split"), share(run, "burn_at_leaf", of="recursion")
    verdict.bad_if(split < 0.4 or recursion < 0.8, "names are missing")
    verdict.bad_if(share(run, "descend", of="split") + share(run, "path_a", of="recursion") > 0, "mixed")
    return verdict.note(f"path_a in {split:.0%} of split, burn_at_leaf in {recursion:.0%} of recursion")
