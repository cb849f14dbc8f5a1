# SPDX-License-Identifier: Apache-2.0
"""What is at the output's path is exchanged: while flameback samples, and all the time."""

import os
import pathlib
import subprocess

from attack import ATTACKER, CALLER, PYTHON, ROOT, SUDO, attack, judged, need
from tools import read_bytes
from verdict import SHORT, Verdict
from workloads import folder, program, write
from .outputs import reader

TRIES = 30 if SHORT else 10_000
# As text: the attacker may not be able to read the file.
EXCHANGE = pathlib.Path(__file__).parent.with_name("programs").joinpath("exchange.py").read_text()


@attack("folder-link", "makes a folder of the output a link", "a file outside is written", short=True)
def link_among_folders(scene):
    private = scene.private()
    scene.by_attacker("ln", "-s", private, scene.path("link"))
    verdict = judged(scene.run("report", scene.input, "-o", scene.path("link/out.folded")), 5)
    verdict.bad_if(os.listdir(private), f"written: {os.listdir(private)}")
    return verdict


@attack("folder-later", "makes the output's folder a link while it samples", "a file outside is written", short=(SUDO,))
def folder_exchanged(scene):
    private, place = scene.private(), scene.path("open")
    scene.by_attacker("mkdir", "-m", "777", place)
    exchange = 'mv "$0" "$0.moved" && ln -s "$1" "$0"'
    run = scene.while_sampling(
        "-o", f"{place}/out.folded", act=lambda: scene.by_attacker("sh", "-c", exchange, place, private)
    )
    verdict = judged(run, 0, 5)
    need(os.path.islink(place), "the folder was not exchanged")
    verdict.bad_if(os.listdir(private), f"written: {os.listdir(private)}")
    return verdict


@attack("fifo-later", "makes a FIFO at the output's path while it samples", "the profile goes into it", short=(SUDO,))
def fifo_while_sampling(scene):
    scene.by_attacker("mkfifo", "-m", "666", scene.path("fifo"))
    with reader(scene.path("fifo"), f"{scene.private()}/copy") as read:
        run = scene.while_sampling(
            "-o", scene.path(), act=lambda: scene.by_attacker("ln", scene.path("fifo"), scene.path())
        )
        # Written to by its first name: the second one may be replaced.
        text = read()
    verdict = judged(run, 0, 5)
    verdict.bad_if(text, f"read: {len(text)} bytes")
    return verdict


@attack("silent-later", "makes a FIFO while it samples, and does not read it", "it hangs after Ctrl-C", short=(SUDO,))
def silent_fifo_while_sampling(scene):
    return judged(
        scene.while_sampling("-o", scene.path(), act=lambda: scene.by_attacker("mkfifo", "-m", "666", scene.path())),
        0,
        5,
    )


@attack("name-taken", "makes a folder at the output's path while it samples", "the profile is lost", short=(SUDO,))
def folder_at_the_path(scene):
    run = scene.while_sampling("-o", scene.path(), act=lambda: scene.by_attacker("mkdir", scene.path()))
    verdict = judged(run, 5)
    kept = [name for name in os.listdir(scene.place) if os.path.isfile(scene.path(name))]
    verdict.bad_if(not any(b"path_a" in read_bytes(scene.path(name)) for name in kept), f"there is only {kept}")
    return verdict


def race(scene, path, attacker, is_harmed, *exits):
    """Many reports to a path at which an attacker exchanges things: how often `is_harmed` is true."""
    verdict, written = Verdict(), 0
    with attacker as exchanger:
        for number in range(TRIES):
            # Not a Run, which asks for all BPF objects: of 10,000 tries most of the time would be that.
            exit_code = subprocess.run(
                [scene.binary, "report", "-q", scene.input, "-o", path],
                env={**os.environ, **scene.environment},
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=60,
            ).returncode
            written += exit_code == 0
            verdict.bad_if(exit_code not in exits, f"exit {exit_code}")
            verdict.bad_if(is_harmed(), f"written on try {number + 1}")
            if verdict.against:
                break
        need(exchanger.child.poll() is None, "the attacker ended early")
    return verdict.note(f"{number + 1:,} tries, {written:,} outputs written")


@attack(
    "race",
    f"exchanges FIFO and link at the output's path, {TRIES:,} tries",
    "the file that the link names is written",
    by="another user, and the caller of sudo",
    against=(ROOT, SUDO),
    short=(ROOT,),
)
def exchanged(scene):
    with folder() as private:
        secret = write(f"{private}/secret", "untouched", 0o600)
        place = scene.path("open")
        os.mkdir(place)
        os.chmod(place, 0o777)
        if scene.privilege == SUDO:
            # He trusts himself: with his own FIFOs there are two ways to be taken.
            scene.environment.update(SUDO_UID=str(ATTACKER), SUDO_GID=str(ATTACKER))
        path = f"{place}/out.folded"
        attacker = scene.attacker(PYTHON, "-c", EXCHANGE, path, secret)
        return race(scene, path, attacker, lambda: read_bytes(secret) != b"untouched", 0, 5)


@attack(
    "race-folder",
    f"exchanges the output's folder and a link, {TRIES:,} tries",
    "a file is made where the link leads",
    against=(ROOT, SUDO),
    short=(ROOT,),
)
def exchanged_folder(scene):
    with folder() as private:
        os.chown(private, CALLER if scene.privilege == SUDO else 0, 0)
        os.chmod(private, 0o700)
        place = scene.path("open")
        scene.by_attacker("mkdir", "-m", "777", place)
        scene.by_attacker("mkdir", "-m", "777", f"{place}/one")
        scene.by_attacker("ln", "-s", private, f"{place}/two")
        attacker = scene.attacker(program("swap"), 3600, f"{place}/one", f"{place}/two")
        return race(scene, f"{place}/one/out.folded", attacker, lambda: os.listdir(private), 0, 5)
