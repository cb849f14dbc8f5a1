# SPDX-License-Identifier: Apache-2.0
"""Names that would break a picture, a terminal, a folded line or a path; the network."""

import contextlib
import os
import re
import shutil
import subprocess

from .maps import jit_address
from elf_files import elf, identified, symbols
from runs import raw_controls
from tools import total
from verdict import Verdict, case
from workloads import HERE, Workload, busy, folder, program, sample, wait_for, write

SCRIPTS = [
    b"<script>hostile=1</script>",
    b"</script><script>alert(1)</script>",
    b"<img src=x onerror=hostile=1>",
    b"'\"><svg onload=hostile=1>",
    b"]]></style><script>hostile=1</script>",
]
STEERING = [
    b"\x1b[31mred\x1b]0;title\x07",
    b"a;b;c 12",
    b"two\nlines\r",
    b"\xff\xfe\x80 bytes",
    b"\x9b2J\xc2\x9b2J",
    "\u202edesrever\u2066".encode(),
    b"\x01\x02\x7f",
    b" 5 ",
    b"x" * 200,
]
LONG = b"y" * (1 << 20)


@case("T36", "hostile names of threads, paths, symbols, cgroups and in map files, seen by a browser", short=True)
def hostile_names(tool):
    verdict = Verdict()
    pictures = {}
    for name, record in [
        ("threads", threads),
        ("symbols", symbols_of),
        ("map file", map_file),
        ("cgroups", cgroups),
        ("paths", paths),
    ]:
        for number, (run, expected) in enumerate(record(tool)):
            verdict.add(run)
            verdict.bad_if(run.exit != 0 or total(run) == 0, f"{name}: exit {run.exit}, {total(run)} samples")
            shown = "\n".join(";".join(frames) for _, frames in run.stacks)
            steering = raw_controls(shown.encode("utf-8", "surrogateescape"))
            verdict.bad_if(steering, f"{name}: raw control bytes in the stacks ({steering})")
            # Without the name in the output nothing was tested.
            verdict.bad_if(
                tool.name == "flameback" and not re.search(expected, shown), f"{name}: no {expected} in the stacks"
            )
            for file, content in run.pictures.items():
                steering = raw_controls(content) if file.endswith(".svg") else ""
                verdict.bad_if(steering, f"{name}: raw control bytes in {file} ({steering})")
                pictures[f"{name}-{number}-{file}"] = content
    if tool.name == "flameback":
        name_of_the_file(tool, verdict)
        command_line(tool, verdict)
    if pictures:
        judge_pictures(verdict, pictures)
    return verdict.note(f"{len(pictures)} pictures, 0 scripts run" if verdict.grade == "good" else "")


def judge_pictures(verdict, pictures):
    with folder() as place:
        files = [write(f"{place}/{name.replace(' ', '-')}", content) for name, content in pictures.items()]
        drawn = [path for path in files if path.endswith(".svg")]
        checked = subprocess.run(["xmllint", "--noout", "--nonet", "--huge", *drawn], stderr=subprocess.PIPE, text=True)
        verdict.bad_if(checked.returncode, f"xmllint: {checked.stderr[:200]}")
        # Debian's Python, which has Debian's selenium.
        seen = subprocess.run(
            ["/usr/bin/python3", f"{HERE}/browser.py", *files],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        verdict.bad_if(seen.stdout != "ok\n", f"in a browser: {seen.stderr.strip()[-200:]}")


def name_of_the_file(tool, verdict):
    """The file is named after a process whose name changes all the time."""
    with Workload([sample("hostile"), 60]) as target:
        for _ in range(5):
            # Without -o a name is chosen.
            run = tool.record(target.pid, seconds=0.3, hz=499, options=["--stats", "/dev/null"])
            chosen = [name for name in run.files if not name.startswith(".")]
            run.broken = []
            verdict.add(run)
            verdict.bad_if(run.exit != 0 or len(chosen) != 1, f"file name: exit {run.exit}, {chosen}")
            verdict.bad_if(not all(re.fullmatch(r"flameback-[\w.+-]+\.svg", name) for name in chosen), f"file {chosen}")


def command_line(tool, verdict):
    """A command that does not exist, in messages."""
    run = tool.record(["\x1b[31mred\u202e\x9b2J"], seconds=None)
    verdict.add(run)
    verdict.bad_if(run.exit != 127, f"a command with a hostile name: exit {run.exit}")


def threads(tool):
    yield tool.record([sample("hostile"), "1"], seconds=None, hz=499), "<script>a"


def symbols_of(tool):
    """Symbols, each in a library of its own."""
    with folder() as place:
        files = [
            write(f"{place}/{i}", identified(str(i), elf(symbols(name))))
            for i, name in enumerate([*SCRIPTS, *STEERING, LONG])
        ]
        with Workload([program("mapped_files"), 60, *files], warm=0.1) as target:
            yield tool.record(target.pid, seconds=1, hz=999), "onerror"


def map_file(tool):
    """A map file with all of them in one name, since the target has one function."""
    name = b" ".join(each for each in [*SCRIPTS, *STEERING] if b"\n" not in each)
    with Workload([program("mapped_jit"), 60, "-"]) as target:
        path = write(f"/tmp/perf-{target.pid}.map", f"{jit_address(target.pid):x} 20 ".encode() + name + b"\n")
        try:
            yield tool.record(target.pid, seconds=0.5, hz=499), "onerror"
        finally:
            os.unlink(path)


def cgroups(tool):
    """Cgroups, by which stacks are kept apart."""
    if tool.name != "flameback":
        return
    version2 = b"/sys/fs/cgroup/unified" if os.path.exists("/sys/fs/cgroup/unified") else b"/sys/fs/cgroup"
    # The kernel refuses a newline there; a path cannot hold a slash.
    names = [b"fault-" + each.replace(b"/", b"\\") for each in SCRIPTS + STEERING if b"\n" not in each]
    groups = [version2 + b"/" + name for name in names]
    with contextlib.ExitStack() as running:
        pids = []
        for group in groups:
            os.mkdir(group)
            running.callback(lambda group=group: wait_for(lambda: removed(group)))
            pids.append(running.enter_context(Workload([sample("split"), 60], warm=0)).pid)
            write(group + b"/cgroup.procs", str(pids[-1]))
        yield tool.record(pids, seconds=1, hz=499, options=["--per-cgroup"]), "fault-.*onerror"


def removed(group):
    """Whether a cgroup could be removed: once it has no processes."""
    try:
        os.rmdir(group)
        return True
    except OSError:
        return False


def paths(tool):
    """Paths of programs without symbols, whose frames are named after their files."""
    with folder() as place, contextlib.ExitStack() as running:
        pids = []
        for name in SCRIPTS + STEERING:
            name = name.replace(b"/", b"\\")
            os.mkdir(within := os.path.join(place.encode(), name))
            path = shutil.copy(sample("split", "nofp").encode(), os.path.join(within, name[:200]))
            subprocess.run([b"strip", path], check=True)
            pids.append(running.enter_context(Workload([os.fsdecode(path), 60], warm=0)).pid)
        yield tool.record(pids, seconds=2, hz=499), r"onerror=hostile=1>\+0x"


@case("T40", "the network", short=True, tools=("flameback", "perf"))
def no_network(tool):
    with folder() as place, busy() as target:
        run = tool.record(
            target.pid,
            seconds=1,
            environment={"DEBUGINFOD_URLS": "http://127.0.0.1:9"},
            prefix=["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", f"{place}/trace"],
        )
        calls = [line for line in open(f"{place}/trace") if "AF_INET" in line]
        verdict = Verdict(run)
        verdict.bad_if(run.exit != 0, f"exit {run.exit}: {run.last_words()}")
        verdict.bad_if(calls, f"{len(calls)} sockets")
        if tool.name == "flameback":
            symbolize_alone(tool, place, verdict)
    return verdict.note("no socket")


def symbolize_alone(tool, place, verdict):
    """A stripped program's debug file could be on a server; nothing asks for it."""
    path = shutil.copy(sample("split"), f"{place}/stripped")
    subprocess.run(["strip", path], check=True)
    subprocess.run(
        [
            "strace",
            "-f",
            "-e",
            "trace=socket,connect",
            "-o",
            f"{place}/trace",
            tool.binary,
            "symbolize",
            "--obj",
            path,
            "0x1100",
        ],
        env={**os.environ, "DEBUGINFOD_URLS": "http://127.0.0.1:9"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with open(f"{place}/trace") as file:
        trace = file.read()
    verdict.bad_if("exited with 0" not in trace, "symbolize: not traced to its end")
    verdict.bad_if("socket(" in trace or "connect(" in trace, "symbolize: sockets")
