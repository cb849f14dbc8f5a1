# SPDX-License-Identifier: Apache-2.0
"""Cases that need another kernel or change its settings, clock or CPUs: in a guest with Debian's Linux 6.1."""

import json
import re
import shutil
import subprocess

import tools
from guest import Guest
from verdict import NotTried, Verdict, case
from workloads import PACKAGE, folder, program, sample

FOLDER = f"{PACKAGE}/.build/guest"


class Console:
    """What a guest printed: the parts between `begin NAME` and `end NAME STATUS`."""

    def __init__(self, text):
        self.text = text
        self.parts = {
            name: (int(status), body)
            for name, body, status in re.findall(r"begin (\w+)\n(.*?)^end \1 (\d+)$", text, re.M | re.S)
        }

    def exit(self, name):
        return self.parts.get(name, (None, ""))[0]

    def words(self, name):
        return self.parts.get(name, (None, ""))[1]

    def stats(self, name):
        found = re.search(r"^\{.*\}$", self.words(name), re.M)
        return json.loads(found.group()) if found else None

    def stacks(self, name):
        return [
            tools.folded_line(line) for line in self.words(name).split("\n") if re.fullmatch(r"[^ {].*;.* \d+", line)
        ]


# step NAME COMMAND...: runs it, and prints what it wrote, its stacks and its account.
STEP = """
step() {
  name=$1; shift; rm -f out.folded stats.json
  echo "begin $name"
  "$@" 2>messages; status=$?
  tr '\\r' '\\n' <messages | grep -v '^sampling:'
  cat out.folded stats.json 2>/dev/null; echo
  echo "end $name $status"
}
record() { flameback record -o out.folded --stats stats.json "$@"; }
"""


def console(tool, script, programs=(), modules=(), **how):
    if not shutil.which("qemu-system-x86_64"):
        raise NotTried("qemu-system-x86_64 is not installed")
    guest = Guest(FOLDER, [tool.binary, sample("split", "nofp"), sample("recursion", "nofp"), *programs], modules)
    return Console(guest.run(STEP + script, **how))


def judge(verdict, printed, name, exit=0):
    """Exit code and conservation of a step; its account, or None."""
    verdict.bad_if(
        printed.exit(name) != exit,
        f"{name}: exit {printed.exit(name)}: {printed.words(name)[-300:] or printed.text[-300:]}",
    )
    stats = printed.stats(name)
    if stats:
        for problem in tools.unaccounted(stats):
            verdict.bad_if(True, f"{name}: {problem}")
    return stats


def samples_with(stacks, *names):
    return sum(weight for weight, frames in stacks if all(name in frames for name in names))


@case("6.1", "the program loads, is verified and samples on Linux 6.1", tools=("flameback",))
def oldest_kernel(tool):
    printed = console(
        tool,
        """
step release uname -r
step split record -F 199 -- split 3
step recursion record -F 199 -- recursion 2 100
step machine record -a -d 2
step none flameback record -p 99999
""",
    )
    verdict = Verdict()
    for name, leaf in [("split", "burn_a"), ("recursion", "burn_at_leaf")]:
        stats = judge(verdict, printed, name)
        if not stats:
            continue
        stacks = printed.stacks(name)
        burning = samples_with(stacks, leaf)
        whole = samples_with(stacks, leaf, "main", "_start")
        verdict.bad_if(burning < 100, f"{name}: {burning} samples of {leaf}")
        # Emulated, on a busy machine, a mapping may be registered late.
        early = samples_with(stacks, leaf, "[truncated: NO_MAPPING]")
        verdict.bad_if(
            whole + early < 0.98 * burning or early > 0.2 * burning,
            f"{name}: {whole} of {burning} stacks from _start, {early} before its mappings were known",
        )
        verdict.note(f"{name}: {whole} of {burning} stacks whole, without frame pointers")
    judge(verdict, printed, "machine")
    judge(verdict, printed, "none", exit=1)
    return verdict.note(printed.words("release").strip())


@case("T26", "a CPU goes offline and comes back", tools=("flameback",))
def cpus_come_and_go(tool):
    # Once the CPU is back, one program runs on each: their samples are compared with each other, since timers of
    # an emulated CPU expire late.
    printed = console(
        tool,
        """
# Debian's own, where events need CAP_SYS_ADMIN.
echo 3 >/proc/sys/kernel/perf_event_paranoid
second=/sys/devices/system/cpu/cpu1/online
pair() { taskset 1 split 3 >/dev/null & taskset 2 recursion 3 >/dev/null & wait; killall -INT flameback; }
{ sleep 6; echo 0 >$second; sleep 3; echo 1 >$second; sleep 3; pair; } &
step change record -a --per-cpu -F 99 -d 60
wait
echo 0 >$second
{ sleep 6; echo 1 >$second; sleep 3; pair; } &
step late record -a --per-cpu -F 99 -d 60
wait
echo 0 >$second
echo 2 >/proc/sys/kernel/perf_event_paranoid
{ sleep 6; echo 3 >/proc/sys/kernel/perf_event_paranoid; echo 1 >$second; sleep 3; killall -INT flameback; } &
step refused /bin/setpriv --bounding-set=-sys_admin flameback record -o out.folded --stats stats.json -a -F 99 -d 60
wait
""",
        programs=["/usr/bin/setpriv"],
    )
    verdict = Verdict()
    for name in ["change", "late"]:
        stats = judge(verdict, printed, name)
        if not stats:
            continue
        stacks = printed.stacks(name)
        first, second = [
            samples_with(stacks, f"CPU_{cpu}", function) for cpu, function in [(0, "burn_a"), (1, "burn_at_leaf")]
        ]
        # All of the one; half of the other's time is in burn_a.
        verdict.bad_if(second < 80, f"{name}: {second} samples of 3 s on the CPU that came")
        verdict.bad_if(not 0.5 < second / max(2 * first, 1) < 2, f"{name}: {second} samples beside {2 * first}")
        verdict.bad_if("CPUs went offline or came online" not in printed.words(name), f"{name}: no word of the CPU")
        verdict.note(f"{name}: {second} samples on the CPU that came, {2 * first} on the one that stayed")
    # Events need a capability that flameback no longer has.
    judge(verdict, printed, "refused")
    verdict.bad_if(
        "1 CPUs came online and could not be sampled" not in printed.words("refused"),
        f"refused: {printed.words('refused')[-300:]}",
    )
    return verdict


@case("T20q", "a disk quota, of root and of the user who called sudo", tools=("flameback",))
def disk_quota(tool):
    with folder() as place:
        image = f"{place}/disk.img"
        subprocess.run(["truncate", "-s", "4M", image], check=True)
        subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", "-O", "quota,^has_journal", image], check=True)
        # Root has no limits as long as it has CAP_SYS_RESOURCE.
        printed = console(
            tool,
            """
losetup /dev/loop0 /bin/disk.img && mkdir /tmp/full && mount -t ext4 -o usrquota /dev/loop0 /tmp/full
limited() { /bin/setpriv --bounding-set=-sys_resource "$@"; }
quota /dev/loop0 0 24
step caused limited dd if=/dev/zero of=/tmp/full/filler bs=1k count=100
rm /tmp/full/filler
step root limited flameback record -F 999 -o /tmp/full/out.svg -- split 1
quota /dev/loop0 0 0
quota /dev/loop0 1000 8
export SUDO_UID=1000 SUDO_GID=1000
step invoker limited flameback record -F 999 -o /tmp/full/out.svg -- split 1
step left ls -A /tmp/full
""",
            programs=[program("quota"), "/usr/bin/setpriv", image],
            modules=["loop", "quota_tree", "quota_v2"],
        )
    verdict = Verdict()
    verdict.bad_if(
        "quota" not in printed.words("caused"), f"no quota: {printed.words('caused') or printed.text[-300:]}"
    )
    for name in ["root", "invoker"]:
        judge(verdict, printed, name, exit=5)
        verdict.bad_if(
            not re.search("/tmp/full/out.svg.*quota", printed.words(name)), f"{name}: {printed.words(name)[-200:]}"
        )
    verdict.bad_if(printed.words("left").split() != ["lost+found"], f"left: {printed.words('left').split()}")
    return verdict.note(printed.words("invoker").strip().split("\n")[-1][:160])


@case("T29", "perf_event_paranoid 3, kptr_restrict 2, bpf_jit_harden 2, lockdown", tools=("flameback",))
def strict_settings(tool):
    printed = console(
        tool,
        """
cd /proc/sys/kernel
cat perf_event_paranoid
echo 2 >/proc/sys/net/core/bpf_jit_harden
cd /tmp
step hardened record -F 199 -- split 1
echo 2 >/proc/sys/kernel/kptr_restrict
step no_addresses record -F 199 -- sh -c 'for i in 1 2 3; do dd if=/dev/zero of=/dev/null bs=64k count=20000; done'
mount -t securityfs none /sys/kernel/security
echo confidentiality >/sys/kernel/security/lockdown
cat /sys/kernel/security/lockdown
step lockdown record -F 199 -- split 1
""",
    )
    verdict = Verdict()
    judge(verdict, printed, "hardened")
    judge(verdict, printed, "no_addresses")
    verdict.bad_if("kptr_restrict" not in printed.words("no_addresses"), "kptr_restrict is not named")
    stacks = printed.stacks("no_addresses")
    kernel = {frame for _, frames in stacks for frame in frames if frame.startswith("[kernel")}
    verdict.bad_if(len(kernel) != 1, f"kernel frames are {sorted(kernel)[:3]}")
    if "[confidentiality]" in printed.text:
        judge(verdict, printed, "lockdown", exit=3)
        verdict.bad_if("lockdown" not in printed.words("lockdown"), "lockdown is not named")
        verdict.note(printed.words("lockdown").strip()[:160])
    else:
        verdict.note("no lockdown in this kernel")
    return verdict


@case("T32", "the clock is set forwards and back", tools=("flameback",))
def clock_steps(tool):
    printed = console(
        tool,
        """
split 100 >/dev/null &
step there record -p $! -d 4 &
sleep 1; date -s '2035-01-01 00:00' >/dev/null; sleep 1; date -s '2001-01-01 00:00' >/dev/null
wait %2
""",
    )
    verdict = Verdict()
    stats = judge(verdict, printed, "there")
    if stats:
        verdict.bad_if(not 3.9 < stats["duration_s"] < 6, f"took {stats['duration_s']} s")
        verdict.bad_if(
            not 0 <= stats["cost"]["stop_to_written_s"] < 10, f"{stats['cost']['stop_to_written_s']} s to write"
        )
        verdict.note(f"{stats['duration_s']:.2f} s of 4")
    return verdict
