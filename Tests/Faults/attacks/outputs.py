# SPDX-License-Identifier: Apache-2.0
"""Outputs in folders where the attacker makes, exchanges and occupies names."""

import os
import pathlib
import subprocess

from attack import CALLER, PYTHON, ROOT, SUDO, attack, interrupted, judged
from tools import read_bytes
from verdict import SHORT, Verdict
from workloads import folder, wait_for, write

TRIES = 200 if SHORT else 10_000
# As text: the attacker may not be able to read the file.
EXCHANGE = pathlib.Path(__file__).parent.with_name("programs").joinpath("exchange.py").read_text()


@attack("fifo", "makes a FIFO at the output's path", "the profile goes into it", short=True)
def fifo_of_another(scene):
    scene.by_attacker("mkfifo", "-m", "666", scene.path())
    run = scene.run("record", "-o", scene.path(), "--", "touch", scene.path("started"))
    verdict = judged(run, 5)
    verdict.bad_if(os.path.exists(scene.path("started")), "refused only after the command was started")
    return verdict


@attack("fifo-alone", "reads no FIFO of the caller's own", "it hangs after one Ctrl-C", by="no other user", short=True)
def fifo_without_reader(scene):
    os.mkfifo(scene.path(), 0o600)
    if scene.privilege != ROOT:
        os.chown(scene.path(), CALLER, CALLER)
    run = scene.start("report", scene.input, "-o", scene.path())
    said = f"{run.folder}/.messages"
    # Before it waits, Ctrl-C would end any program.
    waits = wait_for(lambda: run.has_ended() or b"waiting for a program" in read_bytes(said), limit=20)
    verdict = judged(interrupted(run, limit=20), 5, 130)
    verdict.bad_if(not waits, "it does not say that it waits")
    return verdict


@attack("temporary", "makes folders of guessed temporary names", "the profile is lost", short=True)
def temporary_names(scene):
    script = (
        "import os, sys\n"
        "for pid in range(int(sys.argv[2]), int(sys.argv[2]) + 400):\n"
        "    os.mkdir(f'{sys.argv[1]}/.flameback-{pid}-out.folded.tmp')\n"
    )
    scene.by_attacker(PYTHON, "-c", script, scene.place, str(os.getpid()))
    verdict = judged(scene.run("report", scene.input, "-o", scene.path()), 0)
    verdict.bad_if(not os.path.isfile(scene.path()), "no output")
    return verdict


@attack("folder-link", "makes a folder of the output a link", "a file outside is written", short=True)
def link_among_folders(scene):
    with folder() as private:
        os.chown(private, CALLER if scene.privilege != ROOT else 0, 0)
        scene.by_attacker("ln", "-s", private, scene.path("link"))
        run = scene.run("report", scene.input, "-o", scene.path("link/out.folded"))
        verdict = judged(run, 5)
        verdict.bad_if(os.listdir(private), f"written: {os.listdir(private)}")
    return verdict


@attack(
    "race",
    f"exchanges FIFO and link at the output's path, {TRIES:,} tries",
    "the file that the link names is written",
    by="another user, and the caller of sudo",
    against=(ROOT, SUDO),
    short=True,
)
def exchanged(scene):
    with folder() as private:
        secret = write(f"{private}/secret", "untouched", 0o600)
        place = scene.path("open")
        os.mkdir(place)
        os.chmod(place, 0o777)
        if scene.privilege == SUDO:
            # He trusts himself: with his own FIFOs there are two ways to be taken.
            scene.environment.update(SUDO_UID="65534", SUDO_GID="65534")
        verdict, written = Verdict(), 0
        with scene.attacker(PYTHON, "-c", EXCHANGE, f"{place}/out.folded", secret) as exchanger:
            for number in range(TRIES):
                # Not a Run, which asks for all BPF objects: of 10,000 tries most of the time would be that.
                exit_code = subprocess.run(
                    [scene.binary, "report", "-q", scene.input, "-o", f"{place}/out.folded"],
                    env={**os.environ, **scene.environment},
                    stdin=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=60,
                ).returncode
                written += exit_code == 0
                verdict.bad_if(exit_code not in (0, 5), f"exit {exit_code}")
                with open(secret) as file:
                    verdict.bad_if(file.read() != "untouched", f"written on try {number + 1}")
                if verdict.against:
                    break
            verdict.bad_if(exchanger.child.poll() is not None, "the attacker ended early: nothing was tried")
    return verdict.note(f"{number + 1:,} tries, {written:,} outputs written")
