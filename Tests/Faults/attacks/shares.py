# SPDX-License-Identifier: Apache-2.0
"""One hostile process fills what all processes share; a victim's samples and names must be as without it."""


from attack import PYTHON, ROOT, attack
from verdict import SHORT, Verdict
from workloads import Workload, cpu_seconds

SECONDS = 10 if SHORT else 60
HZ = 199
RENAMES = """
import ctypes, itertools
prctl = ctypes.CDLL(None).prctl
for number in itertools.count():
    prctl(15, b"r%x" % number, 0, 0, 0)
"""
# Three pages each, so none is aligned; their offsets take turns, so that no two become one mapping.
MAPPINGS = """
import ctypes, mmap
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
program = open("/proc/self/exe", "rb")
while True:
    made = [libc.mmap(None, 12288, 5, 2, program.fileno(), 4096 * (number % 2)) for number in range(20000)]
    for address in made:
        libc.munmap(address, 12288)
"""
# Processes that live as long as this one.
PROCESSES = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(16384):
    try:
        if not os.fork():
            end = time.monotonic() + 90
            while time.monotonic() < end and os.getppid() != 1:
                time.sleep(0.5)
            os._exit(0)
    except OSError:
        break
time.sleep(90)
"""
EXECS = """
import os, time
while True:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
"""


def beside(scene, script):
    """Judges a victim's samples against the CPU time that it had, and its names, beside the attacker's script."""
    with Workload([scene.split, SECONDS + 120]) as victim, scene.attacker(PYTHON, "-c", script):
        start = {}

        def remember(_):
            start["cpu"] = cpu_seconds(victim.pid)

        run = scene.record("-a", seconds=SECONDS, hz=HZ, meanwhile=remember)
        # It ended a moment after the last sample: what the victim had since is too much, never too little.
        expected = HZ * (cpu_seconds(victim.pid) - start["cpu"] - run.stats["cost"]["stop_to_written_s"])
    recorded = sum(count for count, frames in run.stacks if frames[0].startswith("split"))
    named = sum(
        count
        for count, frames in run.stacks
        if frames[0].startswith("split") and {"path_a", "path_b", "path_c"} & set(frames)
    )
    verdict = Verdict(run)
    verdict.bad_if(run.exit, f"exit {run.exit}: {run.last_words()}")
    verdict.bad_if(recorded < 0.99 * expected, f"{recorded} samples of {expected:.0f}")
    verdict.bad_if(named < 0.99 * recorded, f"{named} of {recorded} samples named")
    used = run.cpu / run.wall
    verdict.bad_if(used > 0.2, f"own CPU {used:.0%} of a core")
    return verdict.note(f"{recorded} samples, {named} named, own CPU {used:.1%}")


FLOODS = {
    "renames": ("renames its thread all the time", RENAMES),
    "mappings": ("maps and unmaps code all the time", MAPPINGS),
    "processes": ("starts 16,384 processes", PROCESSES),
    "execs": ("starts programs all the time", EXECS),
}

for name, (title, script) in FLOODS.items():
    attack(name, title, "a victim loses samples or names; own CPU above 20 %", against=(ROOT,))(
        lambda scene, script=script: beside(scene, script)
    )
