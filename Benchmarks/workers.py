# SPDX-License-Identifier: Apache-2.0
"""Processes that work as long as they are profiled."""

import os
import pwd
import shutil
import signal
import subprocess
import time


class Failed(Exception):
    """A program that could not be run, with its last message."""


# How long a program that waits for something else than a CPU may have no CPU time, in seconds.
PATIENCE = 60


def state_and_cpu_seconds(pid):
    """A process's state (proc(5)), and user and system time of it with all its threads."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    return state_and_cpu_seconds(pid)[1]


def wait_until(process, is_at_work):
    """Returns when it is at work, however long it has to wait for a CPU; fails if it ends, or sleeps for long."""
    before, awake_at = None, time.monotonic()
    while not is_at_work():
        if process.poll() is not None:
            raise Failed(f"{process.args[0]} ended with status {process.returncode} before it got to work")
        now = state_and_cpu_seconds(process.pid)
        if now != before or now[0] in "RD":
            before, awake_at = now, time.monotonic()
        if time.monotonic() > awake_at + PATIENCE:
            raise Failed(f"{process.args[0]} did not get to work")
        time.sleep(0.01)


class Worker:
    """A program at work: it has had `seconds` of CPU time, so its start is over."""

    def __init__(self, command, folder, seconds=1):
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(self.process, lambda: cpu_seconds(self.pid) >= seconds)
        except Failed:
            self.end()
            raise

    @property
    def pid(self):
        return self.process.pid

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Database:
    """A server with a data folder of its own, reached by a socket there, and clients at work."""

    def __init__(self, command, folder):
        (server,) = command
        self.programs = os.path.dirname(server)
        self.home = f"{folder}/database"
        os.mkdir(self.home)
        self.processes = []
        try:
            # PostgreSQL refuses to run as root.
            self.user = pwd.getpwnam("postgres")
            os.chmod(folder, 0o755)
            os.chown(self.home, self.user.pw_uid, self.user.pw_gid)
            self.finish("initdb", "-D", self.home, "-A", "trust", "--locale=C", "--no-sync")
            self.run("postgres", "-D", self.home, "-k", self.home, "-c", "listen_addresses=", "-c", "fsync=off")
            wait_until(self.processes[0], self.is_ready)
            self.finish("pgbench", "-i", "-q", "-h", self.home, "postgres")
            self.run("pgbench", "-n", "-c", "2", "-T", "6000", "-h", self.home, "postgres")
            wait_until(self.processes[-1], lambda: cpu_seconds(self.processes[-1].pid) >= 0.1)
        except (Failed, KeyError, OSError) as failure:
            self.end()
            raise Failed(f"PostgreSQL: {failure}") from failure

    @property
    def pid(self):
        """The server's process, whose children serve clients."""
        return self.processes[0].pid

    def is_ready(self):
        """Whether the server's file says so; its socket exists before."""
        try:
            with open(f"{self.home}/postmaster.pid") as file:
                return "ready" in file.read()
        except FileNotFoundError:
            return False

    def run(self, program, *arguments):
        self.processes.append(
            subprocess.Popen(
                [f"{self.programs}/{program}", *arguments],
                cwd=self.home,
                user=self.user.pw_uid,
                group=self.user.pw_gid,
                extra_groups=[],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def finish(self, program, *arguments):
        self.run(program, *arguments)
        if self.processes.pop().wait() != 0:
            raise Failed(program)

    def end(self):
        # Clients first. At SIGINT the server ends its children; at SIGTERM it would wait for clients. SIGINT
        # may be ignored in this process, and so in clients.
        for process in reversed(self.processes):
            process.send_signal(signal.SIGINT if process is self.processes[0] else signal.SIGTERM)
            process.wait()
        shutil.rmtree(self.home)
