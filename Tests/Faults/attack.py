# SPDX-License-Identifier: Apache-2.0
"""The shape of an attack, the privileges that flameback has meanwhile, and the list of all attacks."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile

from runs import Run
from tools import Flameback
from verdict import Verdict
from workloads import Workload, folder, sample, write

# The hostile user, and the one who runs flameback by sudo or with capabilities of the file. Both without groups.
ATTACKER, CALLER = 65534, 65001
GRANTED = "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog,cap_dac_read_search,cap_checkpoint_restore+ep"
ROOT, SUDO, CAPABILITIES = "root", "sudo", "capabilities"
EVERY = (ROOT, SUDO, CAPABILITIES)
# Not sys.executable, which may lie in a folder of root's.
PYTHON = "/usr/bin/python3"


def as_user(user):
    """The words before a command that is run by a user."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


class Attack:
    """One value for each attack: what is done, by whom, against which privileges, and what must not happen."""

    def __init__(self, name, title, never, by, against, short, function):
        self.name, self.title, self.never, self.by, self.against = name, title, never, by, against
        self.short, self.function = short, function


ALL = []


def attack(name, title, never, by="another user", against=EVERY, short=False):
    """Marks a function that makes an attack in a Scene and returns a Verdict: good if it failed.

    short: also tried by `make hostile-short`.
    """

    def register(function):
        ALL.append(Attack(name, title, never, by, against, short, function))
        return function

    return register


class Scene:
    """A folder in which all users may make files, and flameback with one of the privileges."""

    def __init__(self, binary, privilege, place, elsewhere):
        self.privilege, self.place = privilege, place
        self.environment = {"SUDO_UID": str(CALLER), "SUDO_GID": str(CALLER)} if privilege == SUDO else {}
        self.prefix = as_user(CALLER) if privilege == CAPABILITIES else []
        # Folders above the originals may be closed to the caller.
        self.binary = shutil.copy(binary, elsewhere)
        self.split = shutil.copy(sample("split"), elsewhere)
        self.input = write(f"{elsewhere}/in.folded", "a;b 1\n")
        if privilege == CAPABILITIES:
            subprocess.run(["/sbin/setcap", GRANTED, self.binary], check=True)
        self.tool = Flameback(self.binary)

    def path(self, name="out.folded"):
        return f"{self.place}/{name}"

    def by_attacker(self, *words):
        subprocess.run([*as_user(ATTACKER), *words], check=True, stdin=subprocess.DEVNULL, timeout=60)

    def attacker(self, *words):
        """A process of the attacker's, for a `with`."""
        return Workload(words, warm=0, prefix=as_user(ATTACKER))

    def start(self, *words):
        """flameback with these arguments, started."""
        here = tempfile.mkdtemp(prefix="attack-")
        os.chmod(here, 0o777)
        return Run([*self.prefix, self.binary, *words], here, environment=self.environment)

    def run(self, *words, limit=60):
        """flameback with these arguments, from beginning to end."""
        return ended(self.start(*words), limit)

    def record(self, target, **how):
        """A run whose stacks and statistics are read."""
        return self.tool.record(
            target,
            prefix=self.prefix,
            environment=self.environment,
            prepare=lambda: os.chmod(".", 0o777),
            **how,
        )


def ended(run, limit=60):
    run.finish(limit)
    shutil.rmtree(run.folder)
    return run


def interrupted(run, limit=60):
    """Ends a run by one Ctrl-C."""
    run.send(signal.SIGINT)
    return ended(run, limit)


def judged(run, *exits):
    """A Verdict on a run that must have ended with one of these exit codes."""
    verdict = Verdict(run)
    verdict.bad_if(run.exit not in exits, f"exit {run.exit}: {run.last_words()}")
    return verdict


@contextlib.contextmanager
def scene(binary, privilege):
    with folder() as place, folder() as elsewhere:
        os.chmod(place, 0o1777)
        yield Scene(binary, privilege, place, elsewhere)
