# SPDX-License-Identifier: Apache-2.0
"""Outputs that cannot be written: full disks, paths that are no files, pipes that close."""

import os
import re
import stat
import subprocess

from runs import limits
from tools import installed, share, total
from verdict import Verdict, case
from workloads import Workload, busy, cpu_seconds, folder, small_disk, write


@case("T20", "a full disk, a file limit, a missing folder, a device that is full", short=True)
def outputs_that_fail(tool):
    verdict = Verdict()

    def refused(name, path, error, options=(), prepare=None, other=None):
        outputs = ["-o", f"{other}/other.folded"] if other else ["-o", path]
        with busy() as target:
            run = tool.record(target.pid, seconds=1, hz=499, options=[*outputs, *options], prepare=prepare)
        verdict.add(run)
        verdict.bad_if(run.exit == 0, f"{name}: exit 0")
        verdict.bad_if(tool.name == "flameback" and run.exit != 5, f"{name}: exit {run.exit}")
        if tool.name == "flameback":
            said = [line for line in run.words.split("\n") if path in line]
            verdict.bad_if(len(said) != 1 or not re.search(error, said[0]), f"{name}: {len(said)} lines: {said}")

    with small_disk() as disk:
        subprocess.run(["dd", "if=/dev/zero", f"of={disk}/filler"], stderr=subprocess.DEVNULL)
        for name in ["out.svg", "out.folded", "out.pb.gz"] if tool.name == "flameback" else ["out.svg"]:
            refused(f"full disk, {name}", f"{disk}/{name}", "No space")
        if tool.name == "flameback":
            other_outputs_on_a_full_disk(disk, refused, verdict)
        verdict.bad_if(tool.name == "flameback" and os.listdir(disk) != ["filler"], f"full disk: {os.listdir(disk)}")
        os.unlink(f"{disk}/filler")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        refused("read-only disk", f"{disk}/out.svg", "Read-only")
    with small_disk() as disk:
        # The start of the output fits.
        write(f"{disk}/filler", bytes(40000))
        refused("nearly full disk", f"{disk}/out.svg", "No space")
        verdict.bad_if(tool.name == "flameback" and os.listdir(disk) != ["filler"], f"nearly full: {os.listdir(disk)}")
    with folder() as place:
        refused("missing folder", f"{place}/missing/out.svg", "No such file")
        verdict.bad_if(tool.name == "flameback" and os.listdir(place), f"missing folder: {os.listdir(place)}")
        os.mkdir(f"{place}/folder.svg")
        refused("a folder", f"{place}/folder.svg", "directory")
        refused("file limit", f"{place}/out.svg", "too large", prepare=limits(fsize=4096))
        verdict.bad_if(tool.name == "flameback" and os.path.exists(f"{place}/out.svg"), "file limit: half a file")
    if tool.name == "flameback":
        refused("/dev/full", "/dev/full", "No space", ["-f", "folded"])
        into_a_fifo(tool, verdict)
    return verdict.note("full disk, read-only, missing folder, folder, file limit, /dev/full")


def other_outputs_on_a_full_disk(disk, refused, verdict):
    """One output fails, the statistics or a picture; the other is on another disk and whole."""
    with folder() as place:
        refused(
            "full disk for statistics", f"{disk}/stats.json", "No space", ["--stats", f"{disk}/stats.json"], other=place
        )
        verdict.bad_if(os.listdir(place) != ["other.folded"], f"beside full statistics: {os.listdir(place)}")
    with folder() as place:
        refused("full disk for one of two", f"{disk}/out.svg", "No space", ["-o", f"{disk}/out.svg"], other=place)
        verdict.bad_if(os.listdir(place) != ["other.folded"], f"beside a failed picture: {os.listdir(place)}")


def into_a_fifo(tool, verdict):
    """Writes to a FIFO, which is no fault."""
    with folder() as place, busy() as target:
        os.mkfifo(f"{place}/out.svg")
        reader = subprocess.Popen(["cat", f"{place}/out.svg"], stdout=subprocess.PIPE)
        run = tool.record(target.pid, seconds=0.5, options=["-o", f"{place}/out.svg"])
        text, _ = reader.communicate(timeout=10)
        verdict.add(run)
        verdict.bad_if(
            run.exit != 0 or not text.rstrip().endswith(b"</svg>"), f"FIFO: exit {run.exit}, {len(text)} bytes"
        )


@case("T21", "another user's link at the path of the output", short=True)
def planted_link(tool):
    with folder() as place, folder() as elsewhere, busy() as target:
        victim = write(f"{elsewhere}/victim", "untouched\n")
        os.chmod(place, 0o777)
        os.symlink(victim, f"{place}/out.svg")
        os.lchown(f"{place}/out.svg", 65534, 65534)
        # Planted again and again until the run is over. It ends by itself: killed, ln could leave a temporary
        # link of its own behind.
        script = f'until [ -e "{elsewhere}/over" ]; do ln -sfn "{victim}" "{place}/out.svg"; sleep 0.001; done'
        planter = Workload(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script], warm=0)
        run = tool.record(
            target.pid,
            seconds=1,
            options=["-o", f"{place}/out.svg"],
            environment={"SUDO_UID": "65534", "SUDO_GID": "65534"},
        )
        write(f"{elsewhere}/over", "")
        planter.child.wait()
        verdict = Verdict(run)
        verdict.bad_if(tool.name == "flameback" and run.exit != 0, f"planted all the time: exit {run.exit}")
        verdict.bad_if(open(victim, "rb").read() != b"untouched\n", "a link that comes back was followed")
        run = tool.record(
            target.pid,
            seconds=1,
            options=["-o", f"{place}/out.svg"],
            environment={"SUDO_UID": "65534", "SUDO_GID": "65534"},
        )
        verdict.add(run)
        verdict.bad_if(open(victim, "rb").read() != b"untouched\n", "the link was followed")
        if tool.name == "flameback":
            result = os.lstat(f"{place}/out.svg")
            verdict.bad_if(not stat.S_ISREG(result.st_mode), "the link is still there")
            verdict.bad_if(stat.S_IMODE(result.st_mode) != 0o600, f"mode {result.st_mode:o}")
            verdict.bad_if(result.st_uid != 65534, f"owner {result.st_uid}")
            verdict.bad_if(os.listdir(place) != ["out.svg"], "temporary files")
    return verdict.note("replaced, not followed" if verdict.grade == "good" else "")


@case("T24", "a pipe that closes, standard streams that are closed", short=True)
def closed_streams(tool):
    verdict = Verdict()
    options = {"flameback": "-o -", "perf": "-o -", "bpftrace": ""}[tool.name]
    with busy() as target:
        for name, shell in [
            ("pipe", f'"$@" {options} | head -c 1 >/dev/null'),
            ("stdout", '"$@" >&-'),
            ("stderr", '"$@" 2>&-'),
            ("all", '"$@" <&- >&- 2>&-'),
        ]:
            run = tool.record(
                target.pid,
                seconds=1,
                prefix=["sh", "-c", shell, "sh"],
                options=["-o", "-"] if name == "pipe" and tool.name == "flameback" else [],
            )
            verdict.add(run)
            if tool.name == "flameback" and name != "pipe":
                verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
                verdict.bad_if(total(run) == 0, f"{name}: no samples")
    return verdict.note("pipe, stdout, stderr, all three")


@case("T33", "two at once, with the same output", short=True)
def two_at_once(tool):
    with folder() as place, busy() as target:
        runs = [tool.start(target.pid, seconds=2, options=["-o", f"{place}/out.svg"]) for _ in range(2)]
        own = tool.start(target.pid, seconds=4, hz=999)
        own.wait_until_sampling()
        before = cpu_seconds(target.pid)
        others = [other for other in installed(tool.binary)[1:] if other.name != tool.name]
        beside = [other.start(target.pid, seconds=2) for other in others]
        tool.finish(own)
        # What the target has used in about that time, on however busy a machine.
        expected = 999 * (cpu_seconds(target.pid) - before)
        for run in runs:
            tool.finish(run)
        for other, run in zip(others, beside):
            other.finish(run)
        verdict = Verdict(*runs, own)
        verdict.bad_if(
            tool.name == "flameback" and any(total(run) == 0 for run in beside),
            f"beside it others take {[total(run) for run in beside]} samples",
        )
        verdict.bad_if(any(run.exit for run in [*runs, own]), f"exits {[run.exit for run in runs]}")
        verdict.bad_if(total(own) < 0.5 * expected, f"only {total(own)} samples of {expected:.0f}")
        paths = [share(own, path) for path in ("path_a", "path_b", "path_c")]
        # Of 60, 30 and 10 %: five standard deviations.
        off = [
            abs(paths[i] - truth) > 5 * (0.25 / max(1, total(own))) ** 0.5 for i, truth in enumerate((0.6, 0.3, 0.1))
        ]
        verdict.bad_if(tool.name == "flameback" and any(off), f"shares {paths} of {total(own)} samples")
        if tool.name == "flameback":
            text = open(f"{place}/out.svg").read()
            verdict.bad_if(not text.rstrip().endswith("</svg>"), "the output is not whole")
    return verdict.note(f"{total(own)} samples in one of three")
