# SPDX-License-Identifier: Apache-2.0
"""Many threads, mappings and libraries, long runs, and the profiler in its own profile."""

import os
import shutil
import signal
import subprocess
import time

from .processes import Births
from tools import share, total
from verdict import Verdict, case
from workloads import Workload, busy, cpu_seconds, folder, program, sample, wait_for


@case("T37", "10,000 threads, 2,000 libraries, 60,000 mappings, files with odd names", short=True)
def crowds(tool):
    verdict = Verdict()
    with folder() as place:
        for number in range(2000):
            os.link(plugin(place), f"{place}/{number}.so")
        for kind, arguments in [
            ("threads", [10000]),
            ("mappings", [60000, sample("split")]),
            ("libraries", [2000, place]),
        ]:
            with Workload([program("crowd"), 120, kind, *arguments], stdout=subprocess.PIPE, warm=0) as target:
                target.child.stdout.readline()
                run = tool.record(target.pid, seconds=2)
            verdict.add(run)
            named = share(run, "burn_in_crowd")
            verdict.bad_if(run.exit != 0, f"{kind}: exit {run.exit}, {run.last_words()}")
            verdict.bad_if(named < 0.8, f"{kind}: {named:.0%} named")
            verdict.bad_if(run.cpu > 8, f"{kind}: {run.cpu:.1f} s of CPU")
            verdict.note(f"{kind}: {run.cpu:.1f} s, {run.memory_mb:.0f} MB")
        for name in ["a (deleted)", "//anon", "b\\012c", "new\nline", " blank "]:
            path = shutil.copy(sample("split"), f"{place}/{os.path.basename(name)}")
            with busy(path=path) as target:
                run = tool.record(target.pid, seconds=0.5, hz=499)
            verdict.add(run)
            verdict.bad_if(share(run, "burn_a") < 0.4, f"{name!r}: {share(run, 'burn_a'):.0%} named")
    memory = os.memfd_create("split")
    with open(sample("split"), "rb") as file:
        os.write(memory, file.read())
    with busy(path=f"/proc/{os.getpid()}/fd/{memory}") as target:
        run = tool.record(target.pid, seconds=0.5, hz=499)
    os.close(memory)
    verdict.add(run)
    verdict.bad_if(total(run) == 0, "memfd: no samples")
    verdict.degraded_if(share(run, "burn_a") < 0.4, f"memfd: {share(run, 'burn_a'):.0%} named")
    return verdict


def plugin(place):
    path = f"{place}/plugin"
    return path if os.path.exists(path) else shutil.copy(sample("libplugin.so"), path)


# Processes and threads that a machine without other work starts in a second, at most.
QUIET = 5


@case("T38", "the profiler sees itself: beside others, alone, and as it dies", short=True, tools=("flameback", "perf"))
def itself(tool):
    # So long that the tables, made once, are a small part.
    seconds = 10
    with busy(), Births() as births:
        run = tool.record("-a", seconds=seconds, hz=199)
        rate = births.per_second()
    verdict = Verdict(run)
    own = sum(weight for weight, frames in run.stacks if frames[0].startswith(tool.name)) / seconds / 199
    if run.stats:
        reported = run.stats["cost"]["sampling_cpu_s"] / run.stats["duration_s"]
        verdict.bad_if(not run.says("own cost"), "does not report what it costs")
        verdict.note(f"{reported:.2%} of a core by its own account")
        own = max(own, reported)
    # Every program that starts on the machine costs time, so the share is judged on a quiet machine only.
    if rate < QUIET:
        verdict.bad_if(own > 0.01, f"{own:.1%} of a core is its own")
    else:
        verdict.note(f"not judged: {rate:.0f} processes a second started on the machine")
        verdict.bad_if(own > 0.1, f"{own:.1%} of a core is its own")
    if tool.name == "flameback":
        # As its only target; programs that come and go keep it busy.
        def until_it_has_worked(run):
            until = cpu_seconds(run.pid) + 0.1
            wait_for(lambda: cpu_seconds(run.pid) > until)
            run.send(signal.SIGINT)

        with Workload([program("execs"), 300, 300], warm=0):
            alone = tool.record(
                "-a", seconds=None, hz=4999, options=["--comm", "flameback"], meanwhile=until_it_has_worked
            )
        verdict.add(alone)
        verdict.bad_if(alone.exit != 0 or total(alone) == 0, f"itself alone: exit {alone.exit}, {alone.last_words()}")
        without = tool.record("-a", seconds=2, options=["--comm", "split"], hz=999)
        verdict.add(without)
        verdict.bad_if(any(frames[0] == "flameback" for _, frames in without.stacks), "it cannot be left out")
        dying = tool.start("-a", seconds=None, hz=999, options=["--comm", "flameback"])
        dying.wait_until_sampling()
        dying.send(signal.SIGKILL)
        verdict.add(tool.finish(dying))
    return verdict.note(f"{own:.1%} of a core while sampling")


@case("T39", "a long run while programs come and go: memory and descriptors", tools=("flameback",))
def soak(tool):
    """Half an hour where SOAK_SECONDS says so (`make soak`)."""
    seconds = int(os.environ.get("SOAK_SECONDS", "60"))
    seen = []

    def watch(run):
        while run.start + seconds > time.monotonic() and not run.has_ended():
            seen.append((time.monotonic() - run.start, resident_mb(run.pid), len(os.listdir(f"/proc/{run.pid}/fd"))))
            time.sleep(seconds / 120)

    # Children of one parent: other programs of the machine do not count.
    script = (
        f"{program('execs')} 100 {seconds + 60} & {program('vforks')} 500 {seconds + 60} & "
        f"{sample('reloader')} 10000000 5000 & wait"
    )
    with Workload(["sh", "-c", script], warm=0, prefix=["nice", "-n", "19"]) as target, Births() as births:
        run = tool.record(target.pid, seconds=seconds, hz=99, meanwhile=watch, limit=seconds + 120)
        rate = births.per_second()
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}: {run.last_words()}")
    verdict.bad_if(rate < 200, f"no churn: {rate:.0f} processes a second")
    verdict.bad_if(len(seen) < 60, f"only {len(seen)} readings")
    # Caches are full after the first third.
    settled = seen[len(seen) // 3 :]
    for name, column, unit in [("memory", 1, "MB"), ("descriptors", 2, "")]:
        values = [each[column] for each in settled]
        growth = slope([each[0] for each in settled], values) * seconds
        level = sum(values) / len(values)
        # Over the whole run, by the line that fits best.
        verdict.bad_if(growth > 0.1 * level, f"{name} grow by {growth:.1f} {unit}".rstrip())
        places = [seen[min(1, len(seen) - 1)], seen[len(seen) // 2], seen[-1]]
        verdict.note(
            f"{name} {', '.join(f'{place[column]:.0f}' for place in places)} {unit}".rstrip()
            + f" at start, middle, end ({growth:+.1f} by the slope of the last two thirds)"
        )
    return verdict.note(f"{seconds} s, {rate:.0f} processes a second, {total(run):,} samples")


def slope(times, values):
    """The slope of the straight line with the least squares."""
    middle, level = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    return sum((time - middle) * (value - level) for time, value in zip(times, values)) / spread if spread else 0


def resident_mb(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
