# SPDX-License-Identifier: Apache-2.0
"""Map files of JIT compilers, and the roots of containers."""

import os
import random

from .processes import in_a_root_of_its_own
from costs import judge_cost, ways
from tools import share, total
from verdict import Verdict, case
from watch import Watch
from workloads import Workload, folder, program, sample, write


@case("T12", "map files of a JIT: endless, huge, links, a root's secret, hostile names", short=True)
def hostile_map_files(tool):
    verdict = Verdict()
    for name, make in MAP_FILES.items():
        with folder() as place, Workload([program("mapped_jit"), 60, "-"]) as target:
            path = f"/tmp/perf-{target.pid}.map"
            try:
                make(path, place, jit_address(target.pid))
                run = tool.record(target.pid, seconds=1)
            finally:
                if os.path.lexists(path):
                    os.unlink(path)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
        judge_cost(verdict, run, name, tool, seconds=1)
        text = str(run.stacks) + run.words + run.output.decode(errors="replace")
        verdict.bad_if("SECRET" in text, f"{name}: the secret is in an output")
        verdict.bad_if("\x1b" in str(run.stacks), f"{name}: raw escape sequences")
        if name == "of another user":
            verdict.bad_if(share(run, "forged") > 0, "another user's file is believed")
    in_another_root(tool, verdict)
    return verdict.note(", ".join(MAP_FILES))


def in_another_root(tool, verdict):
    """A container's JIT writes into its own /tmp; another user writes a file of that name into the host's."""
    with folder() as root:
        in_a_root_of_its_own(root, program("mapped_jit"))
        os.mkdir(f"{root}/tmp")
        with Workload(["/mapped_jit", 60, "of_the_container", "once"], prefix=["chroot", root]) as target:
            forged = write(f"/tmp/perf-{target.pid}.map", f"{jit_address(target.pid):x} 20 forged\n")
            try:
                run = tool.record(target.pid, seconds=1)
            finally:
                os.unlink(forged)
    verdict.add(run)
    verdict.bad_if(share(run, "forged") > 0, "a file of the host is believed of a container")
    if tool.name == "flameback":
        named, unnamed = share(run, "of_the_container"), share(run, "[anonymous]")
        verdict.bad_if(named < 4 * unnamed or not named, f"the container's own map: {named:.0%}, {unnamed:.0%} unnamed")


def jit_address(pid):
    """The address of the process's anonymous code."""
    with open(f"/proc/{pid}/maps") as file:
        for line in file:
            fields = line.split()
            if "rwxp" in fields[1] and len(fields) == 5:
                return int(fields[0].split("-")[0], 16)
    return 0


def sparse(path, _, address):
    write(path, f"{address:x} 20 sparse\n")
    os.truncate(path, 5 << 30)


def secret(path, place, address):
    write(f"{place}/secret", f"{address:x} 20 SECRET_OF_ROOT\nSECRET\n", 0o600)
    os.symlink(f"{place}/secret", path)
    os.lchown(path, 65534, 65534)


def of_another_user(path, _, address):
    write(path, f"{address:x} 20 forged\n")
    os.chown(path, 65534, 65534)


MAP_FILES = {
    "/dev/zero": lambda path, place, address: os.symlink("/dev/zero", path),
    "FIFO": lambda path, place, address: os.mkfifo(path),
    "5 GB": sparse,
    "a line of 1 MB": lambda path, place, address: write(path, f"{address:x} 20 " + "x" * 1000000),
    "random": lambda path, place, address: write(path, random.Random(2).randbytes(100000)),
    "markup": lambda path, place, address: write(path, f"{address:x} 20 \x1b[31m<script>alert(1)</script>;\x9b2J\n"),
    "a secret": secret,
    "of another user": of_another_user,
}


@case("T14", "links in a container's root that lead out of it", short=True)
def links_out_of_a_root(tool):
    verdict = Verdict()
    for name, link in LINKS.items():
        with folder() as root, folder() as outside:
            in_a_root_of_its_own(root, sample("split"))
            target = write(f"{outside}/target", open(sample("recursion"), "rb").read(), 0o755)
            with Workload(["/split", 60], prefix=["chroot", root]) as inside:
                with Watch(target) as watch:
                    helper = link(f"{root}/split", target)
                    # By the path: the inode itself would do without it.
                    run = tool.record(inside.pid, seconds=1, **ways(tool)[-1][1])
                    if helper:
                        helper.__exit__()
                    opened = watch.was_opened()
        verdict.add(run)
        verdict.bad_if(opened, f"{name}: the host's file was opened")
        verdict.bad_if(share(run, "descend") > 0, f"{name}: the host's names")
        verdict.bad_if(total(run) == 0, f"{name}: no samples")
    return verdict.note(", ".join(LINKS))


def absolute(path, target):
    os.unlink(path)
    os.symlink(target, path)


def upwards(path, target):
    os.unlink(path)
    os.symlink("../.." + target, path)


def through_proc(path, target):
    os.unlink(path)
    os.symlink("/proc/self/root" + target, path)


def in_turn(path, target):
    os.symlink(target, path + ".link")
    return Workload([program("swap"), 60, path, path + ".link"], warm=0)


LINKS = {"absolute": absolute, "upwards": upwards, "through /proc": through_proc, "swapped all the time": in_turn}
