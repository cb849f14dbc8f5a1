# SPDX-License-Identifier: Apache-2.0
"""What a run costs beyond one on ordinary targets, and the ways to record a target's files."""

from workloads import busy, sample

# What each refused file may cost: CPU seconds and MB.
SECONDS, MEGABYTES = 2, 67


def baseline(tool, cache={}):
    """(CPU seconds, MB) of a run on ordinary targets; what a run takes beyond is the hostile file's cost."""
    if tool.name not in cache:
        with busy() as target:
            runs = [tool.record(target.pid, seconds=1), tool.record([sample("split"), "0.3"], seconds=None)]
        cache[tool.name] = [max(run.cpu for run in runs), max(run.memory_mb for run in runs)]
    return cache[tool.name]


def judge_cost(verdict, run, name, tool, seconds=SECONDS, megabytes=MEGABYTES):
    usual_cpu, usual_memory = baseline(tool)
    slower, larger = run.cpu - usual_cpu, run.memory_mb - usual_memory
    verdict.bad_if(slower > seconds, f"{name}: {slower:.1f} s of CPU more")
    verdict.bad_if(larger > megabytes, f"{name}: {larger:.0f} MB more")


# Without these capabilities the mapped inode cannot be opened, only the file at its path.
BY_PATH = ["setpriv", "--bounding-set=-checkpoint_restore,-sys_admin"]


def ways(tool):
    """Pairs (name, arguments of `record`): as root, and where files are found by their paths alone."""
    return [("", {}), (" by path", {"prefix": BY_PATH})] if tool.name == "flameback" else [("", {})]
