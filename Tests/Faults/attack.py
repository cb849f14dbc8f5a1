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
from workloads import Workload, cpu_seconds, folder, sample, wait_for, write

# The hostile user, and the one who runs flameback by sudo or with capabilities of the file. Both without groups, and
# without an entry in /etc/passwd. OVERFLOW_USER is what users that a namespace does not map are shown as, and services
# run as it, too.
ATTACKER, CALLER, OVERFLOW_USER = 65002, 65001, 65534
GRANTED = "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog,cap_dac_read_search,cap_checkpoint_restore+ep"
ROOT, SUDO, CAPABILITIES = "root", "sudo", "capabilities"
EVERY = (ROOT, SUDO, CAPABILITIES)
# Not sys.executable, which may lie in a folder of root's.
PYTHON = "/usr/bin/python3"
# What a program does that does not care: a report of INPUT at OUTPUT.
CARELESS = 'import sys; open(sys.argv[2], "w").write(open(sys.argv[1]).read())'


def as_user(user):
    """The words before a command that is run by a user. Variables may follow, as for env.

    setpriv has kept root's capabilities until its exec: what gains some by that one would not gain any, and could be
    inspected. Hence env.
    """
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "/usr/bin/env"]


class WithoutEffect(Exception):
    """The attack would not have been seen to succeed: nothing was tried."""


def need(condition, what):
    """Ends an attack that has no effect whatever the program does; `what` is missing."""
    if not condition:
        raise WithoutEffect(what)


class Attack:
    """One value for each attack: what is done, by whom, against which privileges, and what must not happen.

    control: what shows, each time, that the attack succeeds against a program that does nothing about it; empty where
    only its success on an old binary shows it.
    """

    def __init__(self, name, title, never, by, against, short, control, function):
        self.name, self.title, self.never, self.by, self.against = name, title, never, by, against
        self.short, self.control, self.function = short, control, function


ALL = []


def attack(name, title, never, by="another user", against=EVERY, short=(), control=""):
    """Marks a function that makes an attack in a Scene and returns a Verdict: good if it failed.

    short: the privileges against which `make hostile-short` tries it, too; True: all of `against`.
    """

    def register(function):
        ALL.append(Attack(name, title, never, by, against, against if short is True else short, control, function))
        return function

    return register


class Scene:
    """A folder in which all users may make files, and flameback with one of the privileges."""

    def __init__(self, binary, privilege, place, elsewhere):
        self.privilege, self.place = privilege, place
        self.environment = {"SUDO_UID": str(CALLER), "SUDO_GID": str(CALLER)} if privilege == SUDO else {}
        self.prefix = as_user(CALLER) if privilege == CAPABILITIES else []
        self.caller = 0 if privilege == ROOT else CALLER
        # Folders above the originals may be closed to the caller.
        self.binary = shutil.copy(binary, elsewhere)
        self.split = shutil.copy(sample("split"), elsewhere)
        self.elsewhere = elsewhere
        self.input = write(f"{elsewhere}/in.folded", "a;b 1\n")
        if privilege == CAPABILITIES:
            self.grant(self.binary)
        self.tool = Flameback(self.binary)

    def path(self, name="out.folded"):
        return f"{self.place}/{name}"

    def private(self, name="", mode=0o700):
        """A folder that only its owner, who runs flameback, may use."""
        path = f"{self.elsewhere}/private{name}"
        os.mkdir(path, mode)
        os.chown(path, 0 if self.privilege == ROOT else CALLER, 0)
        return path

    def grant(self, path):
        """Gives a program the capabilities that administrators give to flameback."""
        subprocess.run(["/sbin/setcap", GRANTED, path], check=True)

    def by_attacker(self, *words):
        subprocess.run([*as_user(ATTACKER), *words], check=True, stdin=subprocess.DEVNULL, timeout=60)

    def attacker(self, *words, user=ATTACKER, **how):
        """A process of the attacker's, for a `with`."""
        return Workload(words, warm=0, prefix=as_user(user), **how)

    def start(self, *words, environment=None, prepare=None):
        """flameback with these arguments, started."""
        here = tempfile.mkdtemp(prefix="attack-")
        os.chmod(here, 0o777)
        return Run(
            [*self.prefix, self.binary, *map(str, words)],
            here,
            environment={**self.environment, **(environment or {})},
            prepare=prepare,
        )

    def run(self, *words, limit=60, **how):
        """flameback with these arguments, from beginning to end."""
        return ended(self.start(*words, **how), limit)

    def careless(self, path):
        """Writes the input to a path as a program that does not care, with the caller's rights."""
        subprocess.run(
            [*self.prefix, PYTHON, "-c", CARELESS, self.input, path],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )

    def record(self, target, environment=None, **how):
        """A run whose stacks and statistics are read."""
        return self.tool.record(
            target,
            prefix=self.prefix,
            environment={**self.environment, **(environment or {})},
            prepare=lambda: os.chmod(".", 0o777),
            **how,
        )

    def while_sampling(self, *words, act=lambda: None):
        """A run that is interrupted once it has samples; `act` is called while it samples."""
        with Workload([self.split, 60]) as target:
            run = self.start("record", "-F", "199", "-p", target.pid, *words)
            if run.wait_until_sampling():
                act()
                burns(target.pid)
            return interrupted(run, limit=30)


def burns(pid, seconds=0.2):
    """Waits until a process has used so much CPU time from now on."""
    start = cpu_seconds(pid)
    wait_for(lambda: cpu_seconds(pid) - start >= seconds)


def ended(run, limit=60):
    run.finish(limit)
    shutil.rmtree(run.folder)
    return run


def interrupted(run, limit=60):
    """Ends a run by one Ctrl-C."""
    with contextlib.suppress(ProcessLookupError):
        run.send(signal.SIGINT)
    return ended(run, limit)


def judged(run, *exits):
    """A Verdict on a run that must have ended with one of these exit codes."""
    verdict = Verdict(run)
    verdict.bad_if(run.exit not in exits and not run.hung, f"exit {run.exit}: {run.last_words()}")
    return verdict


@contextlib.contextmanager
def scene(binary, privilege):
    with folder() as place, folder() as elsewhere:
        os.chmod(place, 0o1777)
        yield Scene(binary, privilege, place, elsewhere)
