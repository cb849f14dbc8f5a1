# SPDX-License-Identifier: Apache-2.0
"""Program files of the attacker's that would give names and unwind tables to others."""

import contextlib
import os
import shutil
import signal
import subprocess

from attack import ATTACKER, PYTHON, ROOT, as_user, attack, burns, need
from elf_files import elf, identified, symbols, with_debug_file
from tools import read_bytes, total
from verdict import Verdict
from workloads import Workload, program, write

# In namespaces of its own, which any user can make.
NAMESPACES = [*as_user(ATTACKER), "unshare", "--user", "--map-root-user", "--mount"]
# Runs a program of its own by the path of another one: OWN OTHER.
IN_PLACE_OF = 'mount --bind "$0" "$1" && exec "$1" 60'


def beside_a_copy(scene, old, new):
    """Samples a victim after another process that has mapped a changed copy of its program: with the same path, length
    and build id, and with `new` in place of `old`. Returns the run, and the frames of either."""
    content = read_bytes(scene.split)
    need(old in content, "nothing to change")
    copy = write(f"{scene.elsewhere}/copy", content.replace(old, new), 0o755)
    # The thread of a program that is run by a link has the link's name.
    victim = scene.path("victim")
    os.symlink(scene.split, victim)
    with contextlib.ExitStack() as ending:
        own = ending.enter_context(Workload(["sh", "-c", IN_PLACE_OF, copy, scene.split], prefix=NAMESPACES))
        need(own.child.poll() is None, "no namespaces")

        def samples(run):
            # Its objects are known first.
            burns(own.pid, 0.5)
            other = ending.enter_context(Workload([victim, 60], warm=0))
            burns(other.pid, 0.5)
            run.send(signal.SIGINT)

        run = scene.record("-a", seconds=None, hz=499, meanwhile=samples, limit=60)
    victim, own = ([stack for stack in run.stacks if stack[1][0] == name] for name in ("victim", "split"))
    need(victim and own, f"{len(victim)} and {len(own)} stacks")
    return run, victim, own


def samples_with(name, stacks):
    """(samples with a frame of this name, all samples)"""
    return sum(count for count, frames in stacks if name in frames), sum(count for count, _ in stacks)


@attack(
    "forged-id",
    "maps a copy of a program with its path and build id, and other names",
    "the program gets them",
    short=(ROOT,),
)
def forged_build_id(scene):
    run, victim, own = beside_a_copy(scene, b"path_a\0", b"evil_a\0")
    verdict = Verdict(run)
    evil, total = samples_with("evil_a", victim)
    verdict.bad_if(evil, f"{evil} of {total} samples")
    own_names, _ = samples_with("path_a", victim)
    verdict.bad_if(own_names < 0.4 * total, f"its own names in {own_names} of {total}")
    need(verdict.against or samples_with("evil_a", own)[0], "the copy's frames do not have them either")
    return verdict


@attack("forged-table", "maps such a copy with another unwind table", "the program's stacks end early")
def forged_table(scene):
    # In the common entry: the return address is undefined (7, 16), not at CFA - 8.
    run, victim, own = beside_a_copy(scene, bytes.fromhex("0c07089001"), bytes.fromhex("0c07080710"))
    verdict = Verdict(run)
    whole, total = samples_with("main", victim)
    verdict.bad_if(whole < 0.9 * total, f"{whole} of {total} samples have main")
    whole, total = samples_with("main", own)
    need(verdict.against or whole < 0.5 * total, "the copy's own stacks are whole")
    return verdict


@attack(
    "debug-link",
    "names a debug file of root's by a path in .gnu_debuglink",
    "its names are shown",
    short=(ROOT,),
    control="the same file, beside the program",
)
def debug_link(scene):
    closed = scene.private()
    shared = f"{scene.elsewhere}/programs"
    os.mkdir(shared)
    name = "../private/secret.debug"
    debug = identified(name.removesuffix(".debug"), elf(symbols(b"SECRET")))
    write(f"{closed}/secret.debug", debug, 0o600)
    mapped = write(f"{shared}/mapped", with_debug_file(name, debug))
    runs = shutil.copy(program("mapped_files"), scene.elsewhere)

    def shown(path):
        with scene.attacker(runs, 60, path) as target:
            burns(target.pid)
            return scene.record(target.pid, seconds=0.5)

    run = shown(mapped)
    verdict = Verdict(run)
    verdict.bad_if("SECRET" in str(run.stacks), "it is shown")
    verdict.bad_if(not total(run), "no samples")
    write(f"{shared}/beside.debug", identified("beside", elf(symbols(b"SECRET"))))
    beside = write(f"{shared}/beside", with_debug_file("beside.debug", read_bytes(f"{shared}/beside.debug")))
    need("SECRET" in str(shown(beside).stacks), "not even beside the program")
    return verdict


@attack(
    "changes-while-read",
    "writes over its program all the time, and makes it short and long again",
    "the run fails, or is not ended in time",
    by="its owner",
    short=(ROOT,),
    control="a program that maps it ends by SIGBUS",
)
def file_that_changes(scene):
    place = scene.path("open")
    scene.by_attacker("mkdir", place)
    runs = shutil.copy(program("mapped_files"), scene.elsewhere)
    # With pages behind the code, which are there and not there.
    library = write(f"{place}/library", identified("library", elf(symbols(b"changing"))) + bytes(1 << 16))
    os.chown(library, ATTACKER, ATTACKER)
    with scene.attacker(runs, 60, library) as target:
        burns(target.pid)
        with scene.attacker(PYTHON, "-c", CHANGES, library) as changer:
            run = scene.record(target.pid, seconds=1)
            mapped = subprocess.run([PYTHON, "-c", MAPPED, library], timeout=60)
            need(mapped.returncode == -signal.SIGBUS, "a program that maps it does not end")
            need(changer.child.poll() is None, "the attacker ended early")
    verdict = Verdict(run)
    verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
    return verdict


MAPPED = """
import mmap, sys, time
end = time.monotonic() + 20
with open(sys.argv[1], "rb") as file:
    while time.monotonic() < end:
        try:
            mmap.mmap(file.fileno(), 1 << 16, prot=mmap.PROT_READ)[:]
        except ValueError:
            pass  # It is short.
"""
# Leaves the code as it is, and all that is behind it for a moment.
CHANGES = """
import os, sys
path = sys.argv[1]
with open(path, "rb") as file:
    content = file.read()
file = os.open(path, os.O_RDWR)
while True:
    os.pwrite(file, os.urandom(len(content) - 0x1200), 0x1200)
    os.ftruncate(file, 0x1200)
    os.pwrite(file, content[0x1200:], 0x1200)
"""
