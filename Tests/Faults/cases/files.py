# SPDX-License-Identifier: Apache-2.0
"""Files of targets that are replaced, changed, hostile, or no files."""

import contextlib
import ctypes
import os
import re
import shutil
import socket
import subprocess

from costs import SECONDS, baseline, judge_cost, ways
from elf_files import CODE_OFFSET, elf, identified, symbols, with_debug_file
from fuse import HangingFile, Program
from hostile_elf import hostile_files
from hostile_programs import hostile_programs
from tools import share, total
from verdict import Verdict, case
from watch import Watch
from workloads import Workload, busy, folder, program, sample, write

libc = ctypes.CDLL(None, use_errno=True)


@case("T8", "the program's file is deleted, replaced, cut short or overwritten", short=True)
def changed_file(tool):
    verdict = Verdict()
    for name, change in CHANGES.items():
        for way, how in ways(tool):
            with folder() as place:
                path = shutil.copy(sample("split"), f"{place}/victim")
                with busy(path=path) as target:
                    change(path)
                    run = tool.record(target.pid, seconds=1, **how)
            verdict.add(run)
            verdict.bad_if(run.exit != 0, f"{name}{way}: exit {run.exit}")
            wrong = share(run, "descend") + share(run, "burn_at_leaf")
            verdict.bad_if(wrong > 0, f"{name}{way}: names of another program")
            named = share(run, "burn_a")
            if name == "deleted" and not way:
                verdict.degraded_if(named < 0.4, "deleted: unnamed")
            if way:
                verdict.bad_if(named > 0, f"{name}{way}: {named:.0%} named, though the file is another")
                verdict.bad_if(total(run) == 0, f"{name}{way}: no samples")
            else:
                verdict.note(f"{name}: {named:.0%} named")
    run = overwritten(tool)
    verdict.add(run)
    verdict.bad_if(run.exit != 0 or total(run) == 0, f"overwritten: exit {run.exit}, {total(run)} samples")
    verdict.bad_if(share(run, "old_code") > 0, "overwritten: names of what was there before")
    return verdict


def replaced(path):
    os.rename(shutil.copy(sample("recursion"), path + ".new"), path)


def cut_short(path):
    # A running program's file cannot be written; a new one of its name can.
    with open(path, "rb") as file:
        head = file.read(3000)
    os.unlink(path)
    write(path, head)


def of_the_same_time(path):
    before = os.stat(path)
    replaced(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {
    "deleted": os.unlink,
    "replaced": replaced,
    "replaced, with its time": of_the_same_time,
    "cut short": cut_short,
}


def overwritten(tool):
    """A library that is written while it is mapped: the new bytes run."""
    with folder() as place:
        path = write(f"{place}/library", identified("old", elf(symbols(b"old_code"))))
        with Workload([program("mapped_files"), 60, path], warm=0.1) as target:
            with open(path, "r+b") as file:
                file.write(identified("new", elf(symbols(b"new_code"))))
            return tool.record(target.pid, seconds=1)


@case("T9", "hostile ELF files: mapped and run, as debug files, by name, and as programs", short=True)
def hostile_elf(tool):
    hostile = hostile_files()
    verdict = Verdict()
    with folder() as place:
        mapped = [write(f"{place}/{name}", content) for name, content in hostile.items()]
        run_code_of(mapped, "mapped", tool, verdict)
        if tool.name == "flameback":
            for path in mapped:
                judge_symbolize(tool, path, verdict)
    with folder() as place:
        programs = []
        for name, content in hostile.items():
            write(f"{place}/{name}.debug", content)
            programs.append(write(f"{place}/{name}", with_debug_file(f"{name}.debug", content)))
        run_code_of(programs, "debug files", tool, verdict)
    kinds = len(hostile)
    if tool.name == "flameback":
        kinds += run_hostile_programs(tool, verdict)
    return verdict.note(f"{kinds} kinds")


def run_hostile_programs(tool, verdict):
    """Runs programs whose own sections are wrong: the number of kinds."""
    with open(sample("split"), "rb") as file:
        programs = list(hostile_programs(file.read()))
    for name, content, size in programs:
        with folder() as place:
            path = write(f"{place}/hostile", content, 0o755)
            os.truncate(path, size)
            run = tool.record([path, "0.3"], seconds=None, hz=999)
            judge_symbolize(tool, path, verdict)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}, {run.last_words()}")
        if run.stats:
            cost = run.stats["cost"]
            naming, megabytes = cost["worker_cpu_s"] + cost["finish_cpu_s"], cost["worker_max_rss_bytes"] / 1e6
            verdict.bad_if(naming > 10, f"{name}: {naming:.1f} s of CPU for names")
            verdict.bad_if(megabytes > 419, f"{name}: a worker of {megabytes:.0f} MB")
            crashes = run.stats["frames"]["limited_modules"]["worker_crash"]
            verdict.bad_if(crashes, f"{name}: {crashes} workers crashed")
        verdict.bad_if(share(run, "__libc_start_call_main") == 0, f"{name}: another module lost its names")
    return len(programs)


def run_code_of(paths, name, tool, verdict):
    """Maps all of them in one process, which runs in each in turn, and an honest one among them."""
    honest = write(
        os.path.dirname(paths[0]) + "/honest", identified("honest", elf({**symbols(b"honest"), ".debug_info": b""}))
    )
    with Workload([program("mapped_files"), 60, *paths, honest], warm=0.1) as target:
        run = tool.record(target.pid, seconds=2, hz=999)
    verdict.add(run)
    verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
    # All of them together may cost what one may.
    judge_cost(verdict, run, name, tool, megabytes=268)
    in_files = sum(
        weight
        for weight, frames in run.stacks
        if "burn_in_file" in frames and frames[-1] not in ("burn_in_file", "honest")
    )
    if tool.name == "flameback":
        verdict.bad_if(in_files < total(run) / 2, f"{name}: {in_files} of {total(run)} samples are in the files")
        verdict.bad_if(share(run, "honest") == 0, f"{name}: the honest file has no name")
        # The symbol that most of them have.
        verdict.bad_if(share(run, "in_the_file") == 0, f"{name}: none was read")


def judge_symbolize(tool, path, verdict):
    child = subprocess.Popen(
        ["timeout", "60", tool.binary, "symbolize", "--obj", path, hex(CODE_OFFSET + 4)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6
    verdict.bad_if(
        child.returncode not in (0, 1) or seconds > SECONDS or megabytes > 268,
        f"symbolize {os.path.basename(path)}: exit {child.returncode}, {seconds:.1f} s, {megabytes:.0f} MB",
    )


@case("T10", "separate debug files of 4 GB and 1 TiB, nearly empty")
def sparse_debug_files(tool):
    verdict = Verdict()
    for size, is_read in [("4G", True), ("1T", False)]:
        with folder() as place:
            path, debug = f"{place}/victim", f"{place}/victim.debug"
            shutil.copy(sample("split"), path)
            subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
            subprocess.run(["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", path], check=True)
            # Found by its build id: no checksum of the whole file is needed.
            known = f"{place}/.build-id/{build_id(path)[:2]}/{build_id(path)[2:]}.debug"
            os.makedirs(os.path.dirname(known))
            os.rename(debug, known)
            if subprocess.run(["truncate", "-s", size, known], stderr=subprocess.DEVNULL).returncode:
                verdict.note(f"{size}: not on this file system")
                continue
            options = ["--debug-dir", place] if tool.name == "flameback" else []
            with busy(path=path) as target:
                run = tool.record(target.pid, seconds=1, limit=60, **outputs_and(options))
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{size}: exit {run.exit}")
        judge_cost(verdict, run, size, tool)
        named = share(run, "burn_a")
        if tool.name == "flameback":
            verdict.bad_if(is_read != (named > 0.4), f"{size}: {named:.0%} named")
        verdict.note(f"{size}: {named:.0%} named, {run.cpu - baseline(tool)[0]:.1f} s more")
    return verdict


def outputs_and(options):
    return {"options": options} if options else {}


def build_id(path):
    notes = subprocess.run(["readelf", "-n", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.search("Build ID: ([0-9a-f]+)", notes).group(1)


@case("T11", "a FIFO, socket, device, folder, link or a FUSE that hangs where the mapped file was", short=True)
def no_file_at_the_path(tool):
    verdict = Verdict()
    for name, replace in REPLACEMENTS.items():
        for way, how in ways(tool):
            with folder() as place:
                os.mkdir(f"{place}/mapped")
                path = shutil.copy(sample("split"), f"{place}/mapped/victim")
                with busy(path=path) as target:
                    undo = replace(path)
                    try:
                        # Opening it with O_PATH does no harm; opening it for reading does.
                        with Watch(path if name in ("FIFO", "socket") else place) as watch:
                            run = tool.record(target.pid, seconds=0.5, **how)
                            opened = name == "FIFO" and watch.was_opened()
                    finally:
                        if undo:
                            undo()
            what = f"{name}{way}"
            verdict.add(run)
            verdict.bad_if(run.exit != 0, f"{what}: exit {run.exit}")
            verdict.bad_if(total(run) == 0, f"{what}: no samples")
            verdict.bad_if(opened and tool.name == "flameback", f"{what}: opened")
            if way and name in ("FIFO", "socket", "folder"):
                refused = run.stats["frames"]["limited_modules"]["file_refused_type"]
                verdict.bad_if(refused == 0, f"{what}: not counted as refused")
            verdict.bad_if(own_seconds(run) > 10, f"{what}: {own_seconds(run):.0f} s")
            judge_cost(verdict, run, what, tool)
    hanging_debug_file(tool, verdict)
    large_fuse_files(tool, verdict)
    return verdict.note(", ".join(REPLACEMENTS))


def own_seconds(run):
    """Wall time without that in which other processes had the CPUs."""
    return run.wall - run.kept_waiting


def instead(make):
    def replace(path):
        os.unlink(path)
        make(path)

    return replace


def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def dead_fuse(path):
    """A file system without a server, over the folder: each access waits."""
    place = os.path.dirname(path)
    server = os.open("/dev/fuse", os.O_RDWR)
    data = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"dead", place.encode(), b"fuse", 0, data):
        os.close(server)
        return None

    def undo():
        os.close(server)
        libc.umount2(place.encode(), 2)

    return undo


def hanging_fuse(path):
    """A file system that answers to the file's name, but not to a read of it."""
    return HangingFile(os.path.dirname(path), os.path.basename(path), os.path.getsize(path)).end


def hanging_debug_file(tool, verdict):
    """An ordinary program whose debug file lies on such a file system."""
    with folder() as place:
        path = f"{place}/victim"
        write(path, with_debug_file("victim.debug", b"not read"))
        os.mkdir(f"{place}/.debug")
        server = HangingFile(f"{place}/.debug", "victim.debug", 100000)
        try:
            with Workload([program("mapped_files"), 60, path], warm=0.1) as target:
                run = tool.record(target.pid, seconds=1)
        finally:
            server.end()
    verdict.add(run)
    verdict.bad_if(own_seconds(run) > 10, f"a debug file that hangs: {own_seconds(run):.0f} s")
    verdict.bad_if(run.exit != 0 or total(run) == 0, f"a debug file that hangs: exit {run.exit}")
    if tool.name == "flameback":
        verdict.bad_if(server.reads == 0, "the debug file was not read")


def large_fuse_files(tool, verdict):
    """Three programs of 100 MB each on FUSE: two are copied, since all copies may have 256 MB."""
    with contextlib.ExitStack() as stack:
        programs = []
        for _ in range(3):
            place = stack.enter_context(folder())
            programs.append(Program(place, sample("split"), 100_000_000))
            stack.callback(programs[-1].end)
        targets = [stack.enter_context(busy(path=program.path)) for program in programs]
        run = tool.record([target.pid for target in targets], seconds=1)
    verdict.add(run)
    verdict.bad_if(run.exit != 0 or total(run) == 0, f"large files: exit {run.exit}")
    if tool.name == "flameback":
        refused = run.stats["frames"]["limited_modules"]["file_remote"]
        verdict.bad_if(refused == 0, "large files: all were copied")
        # On a busy machine the server may take too long.
        verdict.bad_if(refused < 3 and not share(run, "path_a"), "large files: those that were copied have no names")
        verdict.note(f"{refused} of 3 large files on FUSE not copied")


REPLACEMENTS = {
    "FIFO": instead(os.mkfifo),
    "socket": instead(bind_socket),
    "folder": instead(os.mkdir),
    "/dev/zero": instead(lambda path: os.symlink("/dev/zero", path)),
    "/dev/tty": instead(lambda path: os.symlink("/dev/tty", path)),
    "/proc/kmsg": instead(lambda path: os.symlink("/proc/kmsg", path)),
    "FUSE": dead_fuse,
    "FUSE that hangs": hanging_fuse,
}
