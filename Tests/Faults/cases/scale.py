# SPDX-License-Identifier: Apache-2.0
"""Much of everything: threads, mappings, libraries, time; and the profiler in its own profile."""

import os
import shutil
import subprocess
import time

from tools import share, total
from verdict import Verdict, case
from workloads import Workload, busy, folder, program, sample


@case("T37", "10,000 threads, 2,000 libraries, 60,000 mappings, files with odd names", short=True)
def crowds(tool):
    verdict = Verdict()
    with folder() as place:
        for number in range(2000):
            os.link(plugin(place), f"{place}/{number}.so")
        for kind, arguments in [("threads", [10000]), ("mappings", [60000, sample("split")]),
                                ("libraries", [2000, place])]:
            with Workload([program("crowd"), 120, kind, *arguments], stdout=subprocess.PIPE,
                          warm=0) as target:
                target.child.stdout.readline()
                run = tool.record(target.pid, seconds=2, limit=40)
            verdict.add(run)
            named = share(run, "burn_in_crowd")
            verdict.bad_if(run.exit != 0, f"{kind}: exit {run.exit}, {run.last_words()}")
            verdict.bad_if(named < 0.8, f"{kind}: {named:.0%} named")
            verdict.note(f"{kind}: {run.cpu:.1f} s, {run.memory_mb:.0f} MB")
        for name in ["a (deleted)", "//anon", "b\\012c", " blank "]:
            path = shutil.copy(sample("split"), f"{place}/{os.path.basename(name)}")
            with busy(path=path) as target:
                run = tool.record(target.pid, seconds=1)
            verdict.add(run)
            verdict.bad_if(share(run, "burn_a") < 0.4, f"{name!r}: {share(run, 'burn_a'):.0%} named")
    return verdict


def plugin(place):
    path = f"{place}/plugin"
    return path if os.path.exists(path) else shutil.copy(sample("libplugin.so"), path)


@case("T38", "the profiler sees itself", short=True, tools=("flameback", "perf"))
def itself(tool):
    with busy():
        run = tool.record("-a", seconds=3, hz=199)
    verdict = Verdict(run)
    own = sum(weight for weight, frames in run.stacks if frames[0].startswith(tool.name)) / 3 / 199
    verdict.bad_if(own > 0.05, "much of a core is its own")
    return verdict.note(f"{own:.1%} of a core while sampling")


@case("T39", "a long run while programs come and go: memory and descriptors", tools=("flameback",))
def soak(tool):
    """Half an hour where SOAK_SECONDS says so (`make soak`)."""
    seconds = int(os.environ.get("SOAK_SECONDS", "60"))
    seen = []

    def watch(run):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not run.has_ended():
            seen.append((resident_mb(run.pid), len(os.listdir(f"/proc/{run.pid}/fd"))))
            time.sleep(seconds / 60)

    # Of one parent, since what else runs on the machine is not ours to judge.
    script = (f"{program('execs')} 100 {seconds + 60} & {program('vforks')} 500 {seconds + 60} & "
              f"{sample('reloader')} 10000000 5000 & wait")
    with Workload(["sh", "-c", script], warm=0, prefix=["nice", "-n", "19"]) as target:
        run = tool.record(target.pid, seconds=seconds, hz=99, meanwhile=watch, limit=seconds + 120)
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}: {run.last_words()}")
    early = seen[len(seen) // 6:len(seen) // 3]
    late = seen[-len(seen) // 6:]
    memory = [sum(each[0] for each in part) / len(part) for part in (early, late)]
    files = [sum(each[1] for each in part) / len(part) for part in (early, late)]
    verdict.bad_if(memory[1] > 1.1 * memory[0] + 2, "memory grows")
    verdict.bad_if(files[1] > 1.1 * files[0] + 5, "descriptors grow")
    return verdict.note(f"{seconds} s: {memory[0]:.1f} to {memory[1]:.1f} MB, {files[0]:.0f} to "
                        f"{files[1]:.0f} descriptors, {total(run):,} samples")


def resident_mb(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
