# SPDX-License-Identifier: Apache-2.0
"""What targets have mapped, in the place of which something else lies; map files; roots of containers."""

import ctypes
import os
import random
import shutil
import socket
import struct
import subprocess

from .processes import in_a_root_of_its_own
from tools import share, total
from verdict import Verdict, case
from workloads import Workload, busy, folder, program, sample, write

libc = ctypes.CDLL(None, use_errno=True)

# What each refused file may cost.
SECONDS, MEGABYTES = 2, 64


def baseline(tool, cache={}):
    """(CPU seconds, MB) of a run on ordinary targets: the rest is the hostile file's."""
    if tool.name not in cache:
        with busy() as target:
            runs = [tool.record(target.pid, seconds=1), tool.record([sample("split"), "0.3"], seconds=None)]
        cache[tool.name] = [max(run.cpu for run in runs), max(run.memory_mb for run in runs)]
    return cache[tool.name]


def judge_cost(verdict, run, name, tool):
    usual_cpu, usual_memory = baseline(tool)
    slower, larger = run.cpu - usual_cpu, run.memory_mb - usual_memory
    verdict.bad_if(slower > SECONDS, f"{name}: {slower:.1f} s of CPU more")
    verdict.bad_if(larger > MEGABYTES, f"{name}: {larger:.0f} MB more")


@case("T8", "the program's file is deleted, replaced, cut short or overwritten", short=True)
def changed_file(tool):
    verdict = Verdict()
    for name, change in CHANGES.items():
        with folder() as place:
            path = shutil.copy(sample("split"), f"{place}/victim")
            with busy(path=path) as target:
                change(path)
                run = tool.record(target.pid, seconds=1)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
        wrong = share(run, "descend") + share(run, "burn_at_leaf")
        verdict.bad_if(wrong > 0, f"{name}: names of another program")
        if name == "deleted":
            verdict.degraded_if(share(run, "burn_a") < 0.4, "deleted: unnamed")
        verdict.note(f"{name}: {share(run, 'burn_a'):.0%} named")
    return verdict


def replaced(path):
    os.rename(shutil.copy(sample("recursion"), path + ".new"), path)


def cut_short(path):
    # A running program's file cannot be written; a new one of its name can.
    with open(path, "rb") as file:
        head = file.read(3000)
    os.unlink(path)
    write(path, head)


CHANGES = {"deleted": os.unlink, "replaced": replaced, "cut short": cut_short}


@case("T9", "hostile ELF files, mapped and run", short=True)
def hostile_elf(tool):
    with open(sample("split"), "rb") as file:
        original = file.read()
    verdict = Verdict()
    variants = hostile_variants(original)
    with folder() as place:
        for name, content in variants:
            path = write(f"{place}/{name}", content, 0o755)
            run = tool.record([path, "0.3"], seconds=None, hz=499)
            verdict.add(run)
            judge_cost(verdict, run, name, tool)
            verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
            if tool.name == "flameback":
                verdict.bad_if(share(run, "__libc_start_call_main") == 0, f"{name}: libc has no names")
                named = subprocess.run([tool.binary, "symbolize", "--obj", path, "0x1200"], timeout=30,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                verdict.bad_if(named.returncode not in (0, 1), f"symbolize {name}: exit {named.returncode}")
    return verdict.note(f"{len(variants)} files")


def hostile_variants(original):
    """Programs that still run: what only a reader looks at is broken."""
    sections, = struct.unpack_from("<Q", original, 40)
    entry_size, count = struct.unpack_from("<HH", original, 58)

    def with_header(*changes):
        content = bytearray(original)
        for offset, kind, value in changes:
            struct.pack_into("<" + kind, content, offset, value)
        return bytes(content)

    def with_sections(field, value, kind="Q"):
        """The same field of all section headers."""
        return with_header(*[(sections + i * entry_size + field, kind, value) for i in range(1, count)])

    variants = [
        ("sections-at-2^63", with_header((40, "Q", 1 << 63))),
        ("sections-at-wrapping", with_header((40, "Q", (1 << 64) - 64))),
        ("sections-65535", with_header((60, "H", 65535))),
        ("section-size-1", with_header((58, "H", 1))),
        ("section-size-0", with_header((58, "H", 0))),
        ("names-out-of-range", with_header((62, "H", 65000))),
        ("all-sizes-2^63", with_sections(32, 1 << 63)),
        ("all-offsets-wrapping", with_sections(24, (1 << 64) - 8)),
        ("all-links-to-themselves", with_sections(40, 5, "I")),
        ("all-entries-of-1", with_sections(56, 1)),
        ("all-compressed", with_sections(8, 0x802)),
        ("all-tables-of-symbols", with_sections(4, 2, "I")),
        ("cut", original[:sections + 8]),
    ]
    dice = random.Random(1)
    # Behind the code and the data that are loaded, only readers come.
    first = max(offset + size for kind, offset, size in loaded(original) if kind == 1)
    for number in range(6):
        content = bytearray(original)
        for _ in range(2000):
            content[dice.randrange(first, len(content))] = dice.choice([0, 0x7f, 0x80, 0xff, dice.randrange(256)])
        variants.append((f"random-{number}", bytes(content)))
    return variants


def loaded(content):
    """(type, offset, size) of the segments."""
    table, = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for i in range(count):
        kind, = struct.unpack_from("<I", content, table + i * size)
        offset, = struct.unpack_from("<Q", content, table + i * size + 8)
        length, = struct.unpack_from("<Q", content, table + i * size + 32)
        yield kind, offset, length


@case("T10", "separate debug files of 4 GB and 1 TiB, nearly empty")
def sparse_debug_files(tool):
    verdict = Verdict()
    for size in ["4G", "1T"]:
        with folder() as place:
            path, debug = f"{place}/victim", f"{place}/victim.debug"
            shutil.copy(sample("split"), path)
            subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
            subprocess.run(["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", path], check=True)
            if subprocess.run(["truncate", "-s", size, debug], stderr=subprocess.DEVNULL).returncode:
                continue
            with busy(path=path) as target:
                run = tool.record(target.pid, seconds=1, limit=60)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{size}: exit {run.exit}")
        judge_cost(verdict, run, size, tool)
        verdict.note(f"{size}: {share(run, 'burn_a'):.0%} named, {run.cpu - baseline(tool)[0]:.1f} s more")
    return verdict


@case("T11", "a FIFO, socket, device, folder, link or dead FUSE where the mapped file was", short=True)
def no_file_at_the_path(tool):
    verdict = Verdict()
    for name, replace in REPLACEMENTS.items():
        with folder() as place:
            os.mkdir(f"{place}/mapped")
            path = shutil.copy(sample("split"), f"{place}/mapped/victim")
            with busy(path=path) as target:
                undo = replace(path)
                try:
                    run = tool.record(target.pid, seconds=1)
                finally:
                    if undo:
                        undo()
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{name}: exit {run.exit}")
        verdict.bad_if(total(run) == 0, f"{name}: no samples")
        judge_cost(verdict, run, name, tool)
    return verdict.note(", ".join(REPLACEMENTS))


def instead(make):
    def replace(path):
        os.unlink(path)
        make(path)
    return replace


def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def dead_fuse(path):
    """A file system of which nobody answers, over the folder: whoever looks into it waits."""
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


REPLACEMENTS = {
    "FIFO": instead(os.mkfifo),
    "socket": instead(bind_socket),
    "folder": instead(os.mkdir),
    "/dev/zero": instead(lambda path: os.symlink("/dev/zero", path)),
    "/dev/tty": instead(lambda path: os.symlink("/dev/tty", path)),
    "/proc/kmsg": instead(lambda path: os.symlink("/proc/kmsg", path)),
    "FUSE": dead_fuse,
}


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
        judge_cost(verdict, run, name, tool)
        text = str(run.stacks) + run.words + run.output.decode(errors="replace")
        verdict.bad_if("SECRET" in text, f"{name}: the secret is told")
        verdict.bad_if("\x1b" in str(run.stacks), f"{name}: raw escape sequences")
        if name == "of another user":
            verdict.bad_if(share(run, "forged") > 0, "another user's file is believed")
    return verdict.note(", ".join(MAP_FILES))


def jit_address(pid):
    """Where the anonymous code of the process lies."""
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
    "markup": lambda path, place, address: write(
        path, f"{address:x} 20 \x1b[31m<script>alert(1)</script>;\x9b2J\n"),
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
                    run = tool.record(inside.pid, seconds=1)
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


class Watch:
    """Whether a file is opened, by inotify."""

    def __init__(self, path):
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK)
        in_open = 0x20
        libc.inotify_add_watch(self.descriptor, path.encode(), in_open)

    def __enter__(self):
        return self

    def was_opened(self):
        try:
            return bool(os.read(self.descriptor, 4096))
        except BlockingIOError:
            return False

    def __exit__(self, *_):
        os.close(self.descriptor)
