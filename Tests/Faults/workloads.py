# SPDX-License-Identifier: Apache-2.0
"""Programs to profile: those of samples/ and of Tests/Faults/programs, and processes that run them."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))
BUILT = tempfile.mkdtemp(prefix="fault-programs-")
# Other users run them, too.
os.chmod(BUILT, 0o755)


def sample(name, flavour="fp"):
    return f"{PACKAGE}/samples/bin/{flavour}/{name}"


def program(name, *flags):
    """The path of a program of Tests/Faults/programs, which is compiled at the first call."""
    path = f"{BUILT}/{name}"
    if not os.path.exists(path):
        subprocess.run(
            [
                "cc",
                "-O2",
                "-g",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fno-omit-frame-pointer",
                "-fno-optimize-sibling-calls",
                "-pthread",
                *flags,
                "-I",
                f"{PACKAGE}/samples",
                "-o",
                path,
                f"{HERE}/programs/{name}.c",
            ],
            check=True,
        )
    return path


class Workload:
    """A running program, killed at the end of the `with`."""

    def __init__(self, arguments, warm=0.2, prefix=(), **how):
        self.child = subprocess.Popen(
            [*prefix, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=how.pop("stdout", subprocess.DEVNULL),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **how,
        )
        self.pid = self.child.pid
        # By then its libraries are loaded.
        wait_for(lambda: cpu_seconds(self.pid) >= warm or self.child.poll() is not None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, 9)
        self.child.wait()


def busy(seconds=60, path=None):
    """The ordinary target, samples/split: main -> path_a -> burn_a, and two more paths."""
    return Workload([path or sample("split"), seconds])


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="fault-")
    try:
        os.chmod(path, 0o755)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def small_disk(size="64k"):
    with folder() as path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], check=True)
        try:
            yield path
        finally:
            subprocess.run(["umount", path], check=True)


def wait_for(condition, limit=60):
    """The first value of `condition()` that is true; None after `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.01)
    return None


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_pid():
    """A process id that no process has."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def write(path, content, mode=0o644):
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    os.chmod(path, mode)
    return path
