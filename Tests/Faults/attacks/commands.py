# SPDX-License-Identifier: Apache-2.0
"""What a started command, and a child that fetches debug files, get of flameback's rights and files."""

import contextlib
import json
import os
import re
import signal
import subprocess

from attack import ATTACKER, CALLER, CAPABILITIES, PYTHON, ROOT, SUDO, as_user, attack, ended, judged, need
from runs import mask
from tools import read_bytes
from verdict import NotTried
from workloads import HERE, sample, wait_for, write


@attack(
    "command-rights",
    "starts a command by flameback",
    "it has a capability",
    by="the caller",
    short=(CAPABILITIES,),
    control="a program that passes its capabilities on",
)
def rights_of_a_command(scene):
    script = f'cat /proc/self/status >"{scene.place}/status"; exec "{scene.split}" 0.3'
    run = scene.run("record", "-o", scene.path(), "--", "sh", "-c", script)
    verdict = judged(run, 0)
    text = read_bytes(scene.path("status")).decode()
    held = {key: int(value, 16) for key, value in re.findall(r"^(Cap\w+):\s*([0-9a-f]+)$", text, re.M)}
    if scene.privilege == CAPABILITIES:
        # All but the bounding set, which gives nothing.
        held = {key: value for key, value in held.items() if key != "CapBnd" and value}
        verdict.bad_if(held, f"{held}")
    else:
        own = {key: mask("self", key) for key in held}
        verdict.bad_if(held != own, f"{held}, not {own}")
    passing = [*as_user(CALLER)[:-1], "--inh-caps=+bpf", "--ambient-caps=+bpf", "cat", "/proc/self/status"]
    passed = subprocess.run(passing, stdout=subprocess.PIPE, check=True).stdout
    need(re.search(rb"CapAmb:\s+0*8000000000\b", passed), "capabilities that are passed on are not seen")
    return verdict


@attack(
    "command-files",
    "starts a command by flameback",
    "it has one of flameback's descriptors",
    by="the caller",
    short=(CAPABILITIES,),
    control="a descriptor that the command opens is seen",
)
def descriptors_of_a_command(scene):
    def listed(before=""):
        run = scene.run("record", "-o", scene.path(), "--", PYTHON, "-SIc", before + LISTING)
        need(run.output.startswith(b"{"), f"no listing: {run.last_words()}")
        return run, json.loads(run.output)

    run, found = listed()
    verdict = judged(run, 0)
    more = {number: path for number, path in found.items() if int(number) > 2}
    verdict.bad_if(more, f"{more}")
    need("7" in listed("import os; os.dup2(0, 7)\n")[1], "an open file is not listed")
    return verdict


# Prints where each descriptor leads, and uses the CPU for a while.
LISTING = """
import json, os
found = {}
for number in os.listdir("/proc/self/fd"):
    try:
        found[number] = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        pass  # That of the listing.
print(json.dumps(found))
while os.times().user < 0.3:
    pass
"""


def with_own_loader(scene, mode):
    """A program whose dynamic loader is the attacker's, and the path to which that one writes."""
    seen = scene.path("seen")
    loader, program = scene.path("loader"), scene.path("program")
    subprocess.run(["cc", "-static", f'-DSEEN="{seen}"', "-o", loader, f"{HERE}/programs/loader.c"], check=True)
    source = write(f"{scene.elsewhere}/program.c", "int main(void) { return 0; }")
    subprocess.run(["cc", f"-Wl,--dynamic-linker={loader}", "-o", program, source], check=True)
    os.chmod(program, mode)
    for path in (loader, program):
        os.chown(path, ATTACKER, ATTACKER)
    return program, seen


@attack(
    "loader",
    "starts a file that may not be executed, and that names a dynamic loader of its own",
    "the loader is run",
    by="who made the file",
    short=(SUDO,),
)
def loader_of_a_file_that_is_not_executable(scene):
    program, seen = with_own_loader(scene, 0o644)
    verdict = judged(scene.run("record", "-o", scene.path(), "--", program), 126)
    verdict.bad_if(os.path.exists(seen), "it ran")
    subprocess.run([scene.path("loader")], check=True)
    need(verdict.against or os.path.exists(seen), "the loader does nothing")
    return verdict


@attack(
    "loader-files",
    "starts a program with a dynamic loader of its own, which is asked for the libraries",
    "it has one of flameback's descriptors",
    by="who made the program",
    against=(ROOT,),
)
def descriptors_of_a_loader(scene):
    program, seen = with_own_loader(scene, 0o755)
    # It loads nothing, so the program ends by SIGSEGV.
    verdict = judged(scene.run("record", "-o", scene.path(), "--", program), 128 + signal.SIGSEGV)
    lines = read_bytes(seen).decode().splitlines()
    need(any("ran as" in line for line in lines), "it did not run")
    more = [line for line in lines if "ran as" not in line]
    verdict.bad_if(more, ", ".join(more))
    return verdict


# A server of debug files that accepts connections, and never answers. Prints its port.
SERVER = """
import socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
print(server.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(server.accept()[0])
    open("connected", "w").close()
"""


@attack(
    "fetcher",
    "answers as a server of debug files",
    "what talks with it has root's user id or a capability",
    by="a server",
    against=(ROOT, SUDO),
    short=(ROOT,),
)
def child_that_fetches(scene):
    if not os.path.exists("/usr/lib/x86_64-linux-gnu/libdebuginfod.so.1"):
        raise NotTried("no libdebuginfod")
    stripped = f"{scene.elsewhere}/stripped"
    subprocess.run(["strip", "-o", stripped, sample("split")], check=True)
    port = write(scene.path("port"), "")
    place = scene.path("server")
    scene.by_attacker("mkdir", place)
    with contextlib.ExitStack() as ending:
        output = ending.enter_context(open(port, "wb"))
        ending.enter_context(scene.attacker(PYTHON, "-c", SERVER, stdout=output, cwd=place))
        need(wait_for(lambda: read_bytes(port)), "no server")
        number = int(read_bytes(port))
        run = scene.start(
            "symbolize",
            "--debuginfod",
            "--obj",
            stripped,
            "0x1200",
            environment={
                "DEBUGINFOD_URLS": f"http://127.0.0.1:{number}",
                "DEBUGINFOD_CACHE_PATH": scene.path("cache"),
                "DEBUGINFOD_MAXTIME": "3",
                "DEBUGINFOD_TIMEOUT": "3",
                "DEBUGINFOD_RETRY_LIMIT": "1",
            },
        )
        connected = wait_for(lambda: os.path.exists(f"{place}/connected") or run.has_ended())
        children = [] if run.has_ended() else read_bytes(f"/proc/{run.pid}/task/{run.pid}/children").split()
        statuses = {child.decode(): read_bytes(f"/proc/{child.decode()}/status").decode() for child in children}
        ended(run)
    need(connected and statuses, "nothing was fetched")
    verdict = judged(run, 0, 1)
    for status in statuses.values():
        users = re.search(r"^Uid:\s+(.*)$", status, re.M)[1].split()
        capabilities = re.findall(r"^Cap(?:Eff|Prm|Inh|Amb):\s+(\w+)$", status, re.M)
        verdict.bad_if("0" in users, f"user ids {' '.join(users)}")
        verdict.bad_if(any(int(each, 16) for each in capabilities), f"capabilities {' '.join(capabilities)}")
    return verdict
