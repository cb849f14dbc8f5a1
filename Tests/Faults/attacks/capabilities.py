# SPDX-License-Identifier: Apache-2.0
"""What an ordinary user gets from a program with capabilities of its file."""

import contextlib
import os
import re
import shutil
import signal
import subprocess

from attack import CALLER, CAPABILITIES, PYTHON, ROOT, as_user, attack, judged, need
from runs import command_name, open_files
from tools import read_bytes
from verdict import Verdict
from workloads import Workload, wait_for, write

CALLERS = {"by": "the caller", "against": (CAPABILITIES,)}


@attack("variables", "sets variables meant for tests", "the program obeys one", short=True, **CALLERS)
def test_variables(scene):
    names = sorted(set(re.findall(rb"FLAMEBACK_[A-Z_]+", read_bytes(scene.binary))))
    verdict = Verdict()
    verdict.bad_if(names, f"it knows {len(names)}: {b' '.join(names).decode()}")
    return verdict


@attack("binding", "writes over the table of library functions", "it is writable", against=(ROOT,))
def immediate_binding(scene):
    shown = subprocess.run(["readelf", "-Wd", scene.binary], stdout=subprocess.PIPE, check=True).stdout
    verdict = Verdict()
    verdict.bad_if(b"BIND_NOW" not in shown and not re.search(rb"FLAGS_1.* NOW", shown), "no immediate binding")
    return verdict


@attack(
    "libraries",
    "preloads a library by LD_PRELOAD, LD_AUDIT and LD_LIBRARY_PATH",
    "its code runs with the capabilities",
    short=True,
    control="the same binary without capabilities",
    **CALLERS,
)
def preloaded(scene):
    place, ran = scene.private(), scene.path("ran")
    source = write(f"{scene.elsewhere}/evil.c", CONSTRUCTOR)
    library = f"{place}/libz.so.1"
    subprocess.run(["cc", "-shared", "-fPIC", f'-DRAN="{ran}"', "-o", library, source], check=True)
    os.chmod(place, 0o755)
    variables = {"LD_PRELOAD": library, "LD_AUDIT": library, "LD_LIBRARY_PATH": place}
    without = shutil.copy(scene.binary, place + "/without")

    def has_run(binary):
        for name, value in variables.items():
            subprocess.run(
                [*as_user(CALLER), f"{name}={value}", binary, "--version"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=60,
            )
        return os.path.exists(ran)

    verdict = Verdict()
    verdict.bad_if(has_run(scene.binary), "it ran")
    need(verdict.against or has_run(without), "it does not run without capabilities either")
    return verdict


CONSTRUCTOR = """
#include <fcntl.h>
__attribute__((constructor)) static void run(void) { open(RAN, O_CREAT | O_WRONLY, 0600); }
unsigned la_version(unsigned version) { run(); return version; }
"""


@attack(
    "crash-handler",
    "names a program of his own as Swift's crash handler, and makes flameback crash",
    "it runs, as a child of a program with capabilities",
    control="the same binary without capabilities",
    short=True,
    **CALLERS,
)
def crash_handler(scene):
    ran = scene.path("ran")
    # The runtime starts it only if it is an ELF file that can be run.
    source = write(f"{scene.elsewhere}/evil.c", CONSTRUCTOR + "int main(void) { return 0; }\n")
    handler = f"{scene.elsewhere}/swift-backtrace-static"
    subprocess.run(["cc", f'-DRAN="{ran}"', "-o", handler, source], check=True)
    variable = f"enable=yes,interactive=no,swift-backtrace={handler}"
    without = shutil.copy(scene.binary, scene.elsewhere + "/without")

    def has_run(binary):
        fifo = f"{scene.place}/{os.path.basename(binary)}.folded"
        os.mkfifo(fifo, 0o600)
        os.chown(fifo, CALLER, CALLER)
        with waiting(scene, binary, fifo, f"SWIFT_BACKTRACE={variable}") as run:
            subprocess.run([*as_user(CALLER), "kill", "-SEGV", str(run.pid)], check=True)
            # Swift waits for its handler for minutes.
            wait_for(lambda: os.path.exists(ran) or run.poll() is not None)
        return os.path.exists(ran)

    verdict = Verdict()
    verdict.bad_if(has_run(scene.binary), "it ran")
    need(verdict.against or has_run(without), "it does not run without capabilities either")
    return verdict


@contextlib.contextmanager
def waiting(scene, binary, fifo, *variables):
    """A report of the caller's that waits for a reader of a FIFO of his."""
    said = f"{fifo}.messages"
    with open(said, "wb") as messages:
        words = [*as_user(CALLER), *variables, binary, "report", scene.input, "-o", fifo]
        run = subprocess.Popen(words, cwd=scene.place, stdin=subprocess.DEVNULL, stderr=messages)
    try:
        need(wait_for(lambda: run.poll() is not None or waits(run.pid, said), limit=20), read_bytes(said).decode())
        yield run
    finally:
        run.kill()
        run.wait()


def waits(pid, said):
    """Whether it says so; older ones wait in open(2)."""
    if b"waiting for a program" in read_bytes(said):
        return True
    with contextlib.suppress(OSError):
        return b"wait_for_partner" in read_bytes(f"/proc/{pid}/stack")
    return False


@attack(
    "inspect",
    "opens the memory and descriptors of a flameback of his own, and traces it",
    "he gets what only the capabilities give",
    control="another process of the same user",
    short=True,
    **CALLERS,
)
def inspected(scene):
    script = write(f"{scene.elsewhere}/inspect.py", INSPECT)

    def gets(pid):
        done = subprocess.run([*as_user(CALLER), PYTHON, script, str(pid)], stdout=subprocess.PIPE, timeout=60)
        return done.stdout.decode().split()

    with Workload(["sleep", 60], warm=0, prefix=as_user(CALLER)) as other:
        need(wait_for(lambda: len(gets(other.pid)) == 3, limit=10), "not even of a sleeping process")
    got = []
    with Workload([scene.split, 60]) as target:
        run = scene.record(target.pid, seconds=1, meanwhile=lambda run: got.extend(gets(run.pid)))
    verdict = Verdict(run)
    verdict.bad_if(got, f"he gets {' '.join(got)}")
    verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
    return verdict


INSPECT = """
import ctypes, os, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 4
try:
    open(f"/proc/{pid}/mem", "rb").close()
    print("memory")
except OSError:
    pass
try:
    os.listdir(f"/proc/{pid}/fd")
    print("descriptors")
except OSError:
    pass
if not libc.ptrace(0x4206, pid, 0, 0):
    print("control")
"""


@attack(
    "core",
    "makes flameback crash while it samples, with core dumps on",
    "its memory is in a file of his",
    short=True,
    control="a program of his without capabilities",
    **CALLERS,
)
def core_dump(scene):
    pattern = read_bytes("/proc/sys/kernel/core_pattern").strip()
    need(pattern == b"core", f"core dumps go to {pattern.decode()}")

    def dumps(words, is_ready):
        """Whether a program of the caller's leaves a core when it gets SIGSEGV."""
        place = scene.path(str(len(os.listdir(scene.place))))
        os.mkdir(place)
        os.chown(place, CALLER, CALLER)
        shell = ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", *as_user(CALLER)]
        with Workload([*shell, *words], warm=0, cwd=place) as run:
            need(wait_for(lambda: is_ready(run.pid), limit=30), f"{words[0]} is not ready")
            os.kill(run.pid, signal.SIGSEGV)
            run.child.wait(60)
        return bool(os.listdir(place))

    need(dumps(["sleep", "60"], lambda pid: command_name(pid) == "sleep"), "sleep leaves no core")
    verdict = Verdict()
    with Workload([scene.split, 60]) as target:
        words = [scene.binary, "record", "-p", target.pid, "-o", "/dev/null", "-f", "folded"]
        verdict.bad_if(dumps(words, lambda pid: "perf_event" in open_files(pid)), "it is")
    return verdict


@attack(
    "searched-folder",
    "names an output behind a folder that he may not enter",
    "a file is made there",
    control="tee with the same capabilities",
    short=True,
    **CALLERS,
)
def output_behind_a_folder(scene):
    closed = f"{scene.elsewhere}/closed"
    os.mkdir(closed, 0o700)
    os.mkdir(f"{closed}/open")
    os.chmod(f"{closed}/open", 0o777)
    path = f"{closed}/open/out.folded"
    verdict = judged(scene.run("report", scene.input, "-o", path), 5)
    run = scene.while_sampling("-o", path)
    verdict.add(run)
    verdict.bad_if(os.listdir(f"{closed}/open"), "it is there")
    tee = shutil.copy("/usr/bin/tee", scene.elsewhere)
    scene.grant(tee)
    subprocess.run([*as_user(CALLER), tee, path], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    need(verdict.against or os.path.exists(path), "tee with the capabilities cannot make it")
    return verdict


SECRETS = {
    "secret-input": ("reads a file that he may not read, by report", ["report", "{}", "-o", "-", "-f", "folded"]),
    "secret-diff": ("reads a file that he may not read, by diff", ["diff", "{}", "{}", "-o", "{}.svg"]),
    "secret-object": ("reads a file that he may not read, by symbolize", ["symbolize", "--obj", "{}", "0x1000"]),
}


def secret_input(scene, words):
    closed = f"{scene.elsewhere}/closed"
    os.mkdir(closed, 0o700)
    if words[0] == "symbolize":
        from elf_files import elf, identified, symbols

        secret = write(f"{closed}/secret", identified("secret", elf(symbols(b"SECRET"))), 0o600)
    else:
        secret = write(f"{closed}/secret", "SECRET;a 1\n", 0o600)
    # The capability lets any program read it.
    cat = shutil.copy("/bin/cat", scene.elsewhere)
    scene.grant(cat)
    shown = subprocess.run([*as_user(CALLER), cat, secret], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    need(b"SECRET" in shown.stdout, "cat with the capabilities does not read it")
    run = scene.run(*[word.format(secret) for word in words])
    verdict = judged(run, 1, 5)
    verdict.bad_if(b"SECRET" in run.output + run.messages, "it is shown")
    verdict.bad_if(len(os.listdir(closed)) > 1, "an output is beside it")
    return verdict


for name, (title, words) in SECRETS.items():
    attack(name, title, "it is shown", short=True, control="cat with the same capabilities", **CALLERS)(
        lambda scene, words=words: secret_input(scene, words)
    )


@attack(
    "oracle",
    "reads what messages say of files that he may not see",
    "they differ",
    short=True,
    control="messages of cat with the same capabilities",
    **CALLERS,
)
def what_messages_reveal(scene):
    closed = f"{scene.elsewhere}/closed"
    os.mkdir(closed, 0o700)
    there = write(f"{closed}/there", "1", 0o600)
    verdict = Verdict()
    for words in (["report", "{}"], ["symbolize", "--obj", "{}", "0x1"], ["report", scene.input, "-o", "{}"]):
        said = []
        for path in (there, f"{closed}/none"):
            run = scene.run(*[word.format(path) for word in words])
            verdict.add(run)
            said.append((run.exit, run.words.replace(path, "PATH")))
        verdict.bad_if(said[0] != said[1], f"{words[0]}: {said[0][1].strip()} / {said[1][1].strip()}")
    cat = shutil.copy("/bin/cat", scene.elsewhere)
    scene.grant(cat)
    codes = {subprocess.run([*as_user(CALLER), cat, path], capture_output=True).returncode for path in (there, path)}
    need(verdict.against or len(codes) == 2, "those of cat do not differ either")
    return verdict
