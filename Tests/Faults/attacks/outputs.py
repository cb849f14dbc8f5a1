# SPDX-License-Identifier: Apache-2.0
"""What is at the output's path, in a folder where all users may make files, before the run."""

import contextlib
import os
import signal

from attack import CALLER, PYTHON, ROOT, SUDO, attack, interrupted, judged, need
from tools import read_bytes
from verdict import SHORT, Verdict
from workloads import Workload, wait_for, write

GUESSES = 1000 if SHORT else 4000
NO_PROTECTION = "another user, where fs.protected_hardlinks is 0"


@contextlib.contextmanager
def reader(fifo, copy, prefix=()):
    """Copies what comes through a FIFO. Yields a function that returns all of it, and ends the reader."""
    mark = b"end of what was written"
    with Workload(["sh", "-c", 'exec cat "$0" >"$1"', fifo, copy], warm=0, prefix=prefix) as cat:

        def read():
            if cat.child.poll() is None:
                # The reader has opened the FIFO, or will: it got the mark, so it would have got a profile.
                with contextlib.suppress(OSError), open(fifo, "wb") as file:
                    file.write(mark)
            cat.child.wait(20)
            text = read_bytes(copy)
            need(text, "the reader got nothing")
            return text.replace(mark, b"")

        yield read


@attack("fifo", "makes a FIFO at the output's path, and reads it", "the profile goes into it", short=True)
def fifo_of_another(scene):
    scene.by_attacker("mkfifo", "-m", "666", scene.path())
    with reader(scene.path(), f"{scene.private()}/copy") as read:
        run = scene.run("report", scene.input, "-o", scene.path(), limit=20)
        text = read()
    verdict = judged(run, 5)
    verdict.bad_if(text, f"read: {text.decode()}")
    return verdict


@attack(
    "fifo-silent", "makes a FIFO at the output's path, and does not read it", "it hangs, or samples first", short=True
)
def fifo_without_a_reader_of_another(scene):
    scene.by_attacker("mkfifo", "-m", "666", scene.path())
    run = scene.run("record", "-o", scene.path(), "--", "touch", scene.path("started"), limit=20)
    verdict = judged(run, 5)
    verdict.bad_if(os.path.exists(scene.path("started")), "refused only after the command was started")
    return verdict


@attack("stats-fifo", "makes a FIFO at the path of the account", "the account goes into it", short=(ROOT,))
def fifo_for_the_account(scene):
    scene.by_attacker("mkfifo", "-m", "666", scene.path())
    with reader(scene.path(), f"{scene.private()}/copy") as read:
        run = scene.while_sampling("-o", scene.path("other.folded"), "--stats", scene.path())
        text = read()
    verdict = judged(run, 5)
    verdict.bad_if(text, f"read: {len(text)} bytes")
    return verdict


@attack(
    "fifo-of-root", "gives a FIFO of root's a second name", "the profile goes into it", by=NO_PROTECTION, short=True
)
def second_name_of_a_fifo(scene):
    fifo = f"{scene.private()}/control"
    os.mkfifo(fifo, 0o600)
    if scene.privilege != ROOT:
        os.chown(fifo, CALLER, CALLER)
    os.link(fifo, scene.path())
    with reader(fifo, f"{scene.elsewhere}/copy") as read:
        run = scene.run("report", scene.input, "-o", scene.path(), limit=20)
        text = read()
    verdict = judged(run, 5)
    verdict.bad_if(text, f"read: {text.decode()}")
    return verdict


def is_careful(scene, make, written):
    """Judges flameback on what `make` puts at the output's path: `written` says whether another file got the output.
    A careless program comes last: that it does harm shows that flameback could have."""
    make()
    verdict = judged(scene.run("report", scene.input, "-o", scene.path()), 0, 5)
    verdict.bad_if(written(), "another file got the output")
    if not verdict.against:
        if os.path.lexists(scene.path()):
            os.unlink(scene.path())
        make()
        scene.careless(scene.path())
        need(written(), "a careless program did not write it")
    return verdict


CARELESSLY = "a program that opens the path for writing"


@attack("link", "makes a link to a file at the output's path", "the file is written", short=True, control=CARELESSLY)
def link_to_a_file(scene):
    secret = write(f"{scene.private()}/secret", "untouched", 0o600)
    os.chown(secret, scene.caller, scene.caller)
    return is_careful(
        scene,
        lambda: scene.by_attacker("ln", "-s", secret, scene.path()),
        lambda: read_bytes(secret) != b"untouched",
    )


@attack("loose-link", "makes a link to a name that is free", "a file is made there", short=True, control=CARELESSLY)
def link_to_nothing(scene):
    made = f"{scene.private()}/made"
    return is_careful(scene, lambda: scene.by_attacker("ln", "-s", made, scene.path()), lambda: os.path.exists(made))


@attack(
    "second-name",
    "gives a file a second name, the output's",
    "the file is written",
    by=NO_PROTECTION,
    short=True,
    control=CARELESSLY,
)
def second_name_of_a_file(scene):
    secret = write(f"{scene.private()}/secret", "untouched", 0o600)
    os.chown(secret, scene.caller, scene.caller)
    return is_careful(scene, lambda: os.link(secret, scene.path()), lambda: read_bytes(secret) != b"untouched")


@attack(
    "socket",
    "listens at the output's path",
    "the run hangs, or the socket is removed",
    against=(ROOT, SUDO),
    short=True,
)
def socket(scene):
    script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
    scene.by_attacker(PYTHON, "-c", script, scene.path())
    inode = os.lstat(scene.path()).st_ino
    verdict = judged(scene.run("report", scene.input, "-o", scene.path(), limit=20), 5)
    verdict.bad_if(os.lstat(scene.path()).st_ino != inode, "it was replaced")
    return verdict


# Reads each file in a folder as soon as it is there, until one has the output's text; then makes FOLDER/READ.
READER = """
import os, sys
folder, read = sys.argv[1:]
while not os.path.exists(read):
    for name in os.listdir(folder):
        try:
            with open(f"{folder}/{name}", "rb") as file:
                if file.read() == b"a;b 1\\n":
                    open(read, "w").close()
        except OSError:
            pass
"""


@attack(
    "open-mode",
    "reads all files in the output's folder as they appear",
    "the profile can be read",
    short=(ROOT,),
    control="a program that leaves the mode to the umask, which is 0",
)
def mode_of_outputs(scene):
    read = scene.path("read")
    with scene.attacker(PYTHON, "-c", READER, scene.place, read):
        verdict = Verdict()
        for number in range(5):
            run = scene.run("report", scene.input, "-o", scene.path(f"{number}.folded"), prepare=lambda: os.umask(0))
            verdict.add(run)
            verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
        verdict.bad_if(os.path.exists(read), "another user has read it")
        before = os.umask(0)
        scene.careless(scene.path("careless"))
        os.umask(before)
        need(wait_for(lambda: os.path.exists(read)), "a file that all users may read was not read")
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
    # Killed by SIGINT, as programs with nothing to save are.
    verdict = judged(interrupted(run, limit=20), 5, 130, -signal.SIGINT)
    verdict.bad_if(not waits, "it does not say that it waits")
    return verdict


@attack("temporary", "makes folders of guessed temporary names", "the profile is lost", short=(ROOT,))
def temporary_names(scene):
    script = (
        "import os, sys\n"
        "newest = int(open('/proc/loadavg').read().split()[-1])\n"
        f"for pid in range(newest, newest + {GUESSES}):\n"
        "    os.mkdir(f'{sys.argv[1]}/.flameback-{pid}-out.folded.tmp')\n"
    )
    scene.by_attacker(PYTHON, "-c", script, scene.place)
    verdict = judged(scene.run("report", scene.input, "-o", scene.path()), 0)
    verdict.bad_if(not os.path.isfile(scene.path()), "no output")
    return verdict
