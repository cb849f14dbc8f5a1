# SPDX-License-Identifier: Apache-2.0
"""One run of a profiler as a child, what it cost, and what must hold after any run."""

import contextlib
import glob
import json
import os
import re
import resource
import signal
import subprocess
import time

# Seconds after which a run that does not end counts as hung: many times what it needs beyond its duration,
# since the machine may be busy with other things.
PATIENCE = 60


class Run:
    """A child that is started at once; `finish` waits for it, kills it if it hangs, and reads its outputs."""

    def __init__(self, arguments, folder, environment=None, prepare=None, output=None, redirected=True):
        self.folder = folder
        self.arguments = arguments
        self.programs_before = bpf_ids()
        # Swift's crash handler would wait for input.
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "DEBUGINFOD_URLS": "", **(environment or {})}
        self._messages = open(f"{folder}/.messages", "w+b")
        self._output = output or open(f"{folder}/.output", "w+b")

        def ready():
            # Whether SIGHUP is ignored (nohup) is inherited.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if prepare:
                prepare()

        self.start = time.monotonic()
        self.child = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            preexec_fn=ready,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=self._output if redirected else None,
            stderr=self._messages if redirected else None,
        )
        self.pid = self.child.pid
        self.hung = False
        self.exit = None
        self.memory_mb = 0
        # By thread id, of flameback and its workers: seconds for which other processes had the CPUs.
        self.waits = {}

    def wait_until_sampling(self, limit=60):
        """False if it has ended instead. All three profilers hold perf events while they sample; flameback has
        dropped the capabilities that load programs."""
        loading = 1 << 39 | 1 << 21  # CAP_BPF, CAP_SYS_ADMIN
        end = time.monotonic() + limit
        while time.monotonic() < end and not self.has_ended():
            if "perf_event" in open_files(self.pid):
                if not is_flameback(self.pid) or not mask(self.pid, "CapEff") & loading:
                    return True
            time.sleep(0.02)
        return False

    def blocks(self, number):
        """Whether its main thread blocks a signal: the signal no longer ends it by default."""
        return mask(self.pid, "SigBlk") >> (number - 1) & 1 == 1

    def bpf_ids(self):
        """{(kind, id)} of the programs, maps and links that it holds."""
        return held_bpf_ids(self.pid)

    def has_ended(self):
        """Whether it is a zombie: its status is left for wait4."""
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as file:
                return file.read().rpartition(b")")[2].split()[0] == b"Z"
        except OSError:
            return True

    def send(self, number):
        os.kill(self.pid, number)

    def finish(self, limit):
        """Waits at most `limit` seconds and the time for which it is kept waiting; then it counts as hung."""
        end = time.monotonic() + limit
        while not self.has_ended():
            # Not from wait4: that one counts what its process had before exec, which was ours.
            self.memory_mb = max(self.memory_mb, peak_mb(self.pid))
            self.waits.update(seconds_waited(self.pid))
            if time.monotonic() > end + self.kept_waiting:
                self.hung = True
                os.killpg(self.pid, signal.SIGKILL)
                break
            time.sleep(0.01)
        _, status, usage = os.wait4(self.pid, 0)
        self.exit = self.child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - self.start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.messages = read_all(self._messages)
        self.output = read_all(self._output)
        self.children = processes_of_session(self.pid)
        for pid in self.children:
            kill_if_there(pid)
        return self

    @property
    def kept_waiting(self):
        """Seconds for which it could have run and waited for a CPU, all its threads and workers together."""
        return sum(self.waits.values())

    @property
    def words(self):
        return self.messages.decode(errors="replace")

    def says(self, pattern):
        return re.search(pattern, self.words, re.I | re.S) is not None

    def last_words(self):
        lines = [line for line in self.words.split("\n") if line.strip()]
        return lines[-1].strip()[:160] if lines else ""

    def always(self):
        """Sentences about what must never happen and did."""
        if self.hung:
            yield f"hung: killed after {self.wall:.0f} s"
        if (
            self.exit is not None
            and self.exit < 0
            and not self.hung
            and -self.exit
            not in (
                signal.SIGKILL,
                signal.SIGINT,
                signal.SIGTERM,
                signal.SIGHUP,
                signal.SIGQUIT,
                signal.SIGPIPE,
                signal.SIGSYS,
            )
        ):
            yield f"died of signal {-self.exit}"
        if self.children:
            yield f"left {len(self.children)} children"
        if left := leftovers(self.programs_before):
            yield f"left BPF {left}"
        if steering := raw_controls(self.messages):
            yield f"raw control bytes on stderr ({steering})"


def peak_mb(pid):
    """Resident memory at its highest so far; 0 of a process that has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    except OSError:
        return 0
    return int(found[1]) * 1024 / 1e6 if found else 0


def bpf_ids():
    """{(kind, id)} of what the kernel holds."""
    found = set()
    for kind in ["prog", "map", "link"]:
        listing = subprocess.run(
            ["/usr/sbin/bpftool", kind, "show", "-j"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ).stdout
        # Without an id: an error, such as that it has ended meanwhile.
        found |= {(kind, entry["id"]) for entry in json.loads(listing or b"[]") if "id" in entry}
    return found


def seconds_waited(pid):
    """{thread id: seconds} that threads of flameback and of its workers have waited for a CPU.

    The second number of /proc/PID/schedstat: nanoseconds spent runnable on a run queue.
    """
    found, waiting = {}, [str(pid)]
    while waiting:
        for thread in glob.glob(f"/proc/{waiting.pop()}/task/*"):
            with contextlib.suppress(OSError):
                with open(f"{thread}/schedstat") as file:
                    found[os.path.basename(thread)] = int(file.read().split()[1]) / 1e9
                with open(f"{thread}/children") as file:
                    waiting += [child for child in file.read().split() if is_flameback(child)]
    return found


def command_name(pid):
    """A process's comm; empty if it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", errors="replace") as file:
        return file.read().strip()
    return ""


def is_flameback(pid):
    """Whether a process is flameback, the same command with switches for tests, or a worker of either, which is
    started as /proc/self/exe."""
    return command_name(pid).startswith("flameback") or command_name(pid) == "exe"


def mask(pid, *keys):
    """The union of masks in /proc/PID/status, such as SigBlk; 0 of a process that has ended."""
    found = 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", errors="replace") as file:
        for key, value in re.findall(r"^(\w+):\s*([0-9a-f]+)$", file.read(), re.M):
            found |= int(value, 16) if key in keys else 0
    return found


def held_bpf_ids(pid="[0-9]*"):
    """Those of which a process has a descriptor; without `pid`, any process."""
    held = set()
    for path in glob.iglob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path) as file:
                held |= {
                    (kind, int(number))
                    for kind, number in re.findall(r"^(prog|map|link)_id:\s*(\d+)", file.read(), re.M)
                }
        except OSError:
            pass
    return held


def leftovers(before, patience=30):
    """New programs, maps and links that no process holds: `prog 12, map 3`, or nothing.

    The kernel frees them after a grace period, hence the patience. Other profilers may run at the same time.
    """
    end = time.monotonic() + patience
    left = bpf_ids() - before
    while left:
        left = (left - held_bpf_ids()) & bpf_ids()
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    return ", ".join(f"{kind} {number}" for kind, number in sorted(left))


def raw_controls(text):
    """C0 but for newline, DEL, C1 and bidirectional marks, as a terminal would obey them."""
    steering = {
        f"{ord(letter):#x}"
        for letter in text.decode(errors="surrogateescape")
        if (ord(letter) < 0x20 and letter != "\n")
        or 0x7F <= ord(letter) < 0xA0
        or 0x200E <= ord(letter) <= 0x200F
        or 0x202A <= ord(letter) <= 0x202E
        or 0x2066 <= ord(letter) <= 0x2069
    }
    return " ".join(sorted(steering))


def open_files(pid):
    names = []
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            names.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    except OSError:
        pass
    return " ".join(names)


def processes_of_session(session):
    """Living processes of a session, apart from its leader."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != b"Z" and not has_been_killed(name):
            found.append(int(name))
    return found


def has_been_killed(pid):
    """Whether SIGKILL is pending, or it is at its end: a process that waits for a FUSE server's answer ends only when
    that comes, and no signal is pending any more while it closes its files."""
    exiting = 4  # PF_EXITING of linux/sched.h
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            flags = int(file.read().rpartition(b")")[2].split()[6])
    except OSError:
        return True
    return flags & exiting or mask(pid, "SigPnd", "ShdPnd") >> (signal.SIGKILL - 1) & 1 == 1


def kill_if_there(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def read_all(file):
    if file.closed or not file.seekable():
        return b""
    file.seek(0)
    # Some write without end. And memory of this process counts as a child's until its exec.
    text = file.read(16 << 20)
    file.close()
    return text


def limits(**values):
    """For `prepare`: resource limits by their names without RLIMIT_, in lower case."""

    def set_limits():
        for name, value in values.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (value, value))

    return set_limits
