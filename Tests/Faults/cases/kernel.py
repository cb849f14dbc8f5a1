# SPDX-License-Identifier: Apache-2.0
"""Maps that are full, rights that are missing, limits, rates: what the kernel refuses."""

import errno
import re
import signal
import subprocess
import time

from runs import limits
from tools import share, total
from verdict import Verdict, case
from workloads import Workload, busy, folder, program, sample
import os
import shutil

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@case("T17", "more stacks than there is room for", short=True, tools=("flameback", "bpftrace"))
def full_map(tool):
    how = {"options": ["--max-stacks", "32"]} if tool.name == "flameback" else {
        "environment": {"BPFTRACE_MAP_KEYS_MAX": "32"}}
    run = tool.record([sample("tree"), "1"], seconds=None, hz=999, **how)
    verdict = Verdict(run)
    if tool.name == "bpftrace":
        verdict.bad_if(run.exit == 0 and total(run) < 500 and not run.says("lost|map full"),
                       f"{total(run)} samples, and no word of the others")
        return verdict
    lost = run.stats["samples"]["lost"]["map_full"]
    verdict.bad_if(run.exit != 6, f"exit {run.exit}")
    verdict.bad_if(lost == 0, "no loss counted")
    verdict.bad_if(not run.says("--max-stacks"), "does not name the option to raise")
    return verdict.note(f"{lost} lost of {lost + total(run)}, exit 6")


@case("T18", "stacks that meet under one id", short=True, tools=("flameback",))
def colliding_stacks(tool):
    run = tool.record([sample("tree"), "1"], seconds=None, hz=999,
                      options=["--max-loss", "100"], environment={"FLAMEBACK_HASH_BITS": "6"})
    verdict = Verdict(run)
    lost = run.stats["samples"]["lost"]["hash_collision"]
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(lost == 0, "none counted")
    odd = [frames for _, frames in run.stacks if "main" in frames and "burn_leaf" in frames and
           sum(frame in ("left", "right") for frame in frames) != 10]
    verdict.bad_if(len(odd) > 3, f"{len(odd)} stacks that are none of the program's")
    return verdict.note(f"{lost} told as lost, none merged")


@case("T19", "records of mappings come faster than they are read", short=True, tools=("flameback", "perf"))
def overflowing_ring(tool):
    def stand_still(run):
        run.send(signal.SIGSTOP)
        time.sleep(3)
        run.send(signal.SIGCONT)

    options = ["-m", "1"] if tool.name == "perf" else []
    with Workload([sample("reloader"), 100000, 10]) as target:
        run = tool.record(target.pid, seconds=4, meanwhile=stand_still, options=options)
    verdict = Verdict(run)
    verdict.bad_if(run.exit != 0, f"exit {run.exit}")
    verdict.bad_if(not run.says("lost"), "not a word of what was lost")
    lines = [line.strip() for line in run.words.split("\n") if re.search("records|LOST", line)]
    return verdict.note(lines[0] if lines else "")


@case("T27", "no type information of the kernel", short=True, tools=("flameback", "bpftrace"))
def no_btf(tool):
    name = "FLAMEBACK_BTF" if tool.name == "flameback" else "BPFTRACE_BTF"
    with busy() as target:
        run = tool.record(target.pid, seconds=1, environment={name: "/nonexistent"})
    verdict = Verdict(run)
    verdict.bad_if(tool.name == "flameback" and (run.exit != 4 or not run.says("CONFIG_DEBUG_INFO_BTF")),
                   f"exit {run.exit}: {run.last_words()}")
    return verdict.note(run.last_words())


@case("T28", "capabilities removed one by one", short=True)
def missing_capabilities(tool):
    verdict = Verdict()
    with folder() as place:
        binary = shutil.copy(tool.binary, place)
        os.chmod(place, 0o777)
        other = type(tool)(binary)
        for missing in ["bpf", "perfmon", "all"]:
            dropped = "-all" if missing == "all" else f"-{missing},-sys_admin"
            prefix = ["setpriv", "--inh-caps=-all", f"--bounding-set={dropped}"]
            run = other.record([sample("split"), "0.2"], seconds=None, prefix=prefix)
            verdict.add(run)
            if tool.name == "flameback":
                wanted = "CAP_BPF|CAP_PERFMON" if missing == "all" else f"CAP_{missing.upper()}"
                verdict.bad_if(run.exit != 3, f"without {missing}: exit {run.exit}")
                verdict.bad_if(not run.says(wanted), f"without {missing}: {run.last_words()}")
                verdict.bad_if(not run.says("sudo|setcap"), f"without {missing}: no remedy")
            elif missing == "all":
                verdict.bad_if(run.exit == 0 and total(run) == 0, "nothing, and exit 0")
        run = other.record([shutil.copy(sample("split"), place), "0.5"], seconds=None, prefix=NOBODY + [
            "--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon"], hz=499,
            prepare=lambda: os.chmod(".", 0o777))
    verdict.add(run)
    verdict.bad_if(tool.name == "flameback" and (run.exit != 0 or share(run, "burn_a") < 0.4),
                   f"with CAP_BPF and CAP_PERFMON: exit {run.exit}, {run.last_words()}")
    verdict.degraded_if(tool.name != "flameback" and run.exit != 0,
                        f"with CAP_BPF and CAP_PERFMON: exit {run.exit}, {run.last_words()}")
    return verdict.note(f"with CAP_BPF and CAP_PERFMON alone: {share(run, 'burn_a'):.0%} named")


@case("T30", "seccomp refuses bpf() or perf_event_open()", short=True)
def seccomp(tool):
    verdict = Verdict()
    for name, call in [("bpf", 321), ("perf_event_open", 298)]:
        for error, code in [(errno.EPERM, 3), (errno.ENOSYS, 4)]:
            with busy() as target:
                run = tool.record(target.pid, seconds=1,
                                  prefix=[program("deny"), str(call), str(error)])
            what = f"{name} {errno.errorcode[error]}"
            verdict.add(run)
            if tool.name == "flameback":
                verdict.bad_if(run.exit != code, f"{what}: exit {run.exit}, {run.last_words()}")
                verdict.bad_if(code == 3 and not run.says("seccomp"), f"{what}: {run.last_words()}")
            elif name == "perf_event_open" or tool.name == "bpftrace":
                verdict.bad_if(run.exit == 0 and total(run) == 0, f"{what}: nothing, and exit 0")
    return verdict.note("3 with EPERM, 4 with ENOSYS" if tool.name == "flameback" else run.last_words())


@case("T31", "limits: no locked memory, few files, few processes, little address space", short=True)
def resource_limits(tool):
    verdict = Verdict()
    for name, values in [("memlock 0", {"memlock": 0}), ("nofile 64", {"nofile": 64}),
                         ("nofile 12", {"nofile": 12}), ("address space 512 MB", {"as": 512 << 20})]:
        with busy() as target:
            run = tool.record(target.pid, seconds=1, prepare=limits(**values))
        verdict.add(run)
        verdict.bad_if(run.exit not in (0, 1), f"{name}: exit {run.exit}, {run.last_words()}")
        verdict.bad_if(run.exit == 0 and total(run) == 0, f"{name}: nothing, and exit 0")
        verdict.bad_if(run.exit == 1 and not run.words.strip(), f"{name}: exit 1 without a word")
        if name in ("memlock 0", "nofile 64"):
            verdict.degraded_if(run.exit != 0, f"{name}: exit {run.exit}, {run.last_words()}")
        if run.exit:
            verdict.note(f"{name}: {run.last_words()}")
    return verdict


@case("T34", "rates: 0, negative, far too high", short=True)
def odd_rates(tool):
    verdict = Verdict()
    before = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    with busy() as target:
        for rate in ["0", "-5", "1000000000", "100001"]:
            run = tool.record(target.pid, seconds=1, hz=rate)
            verdict.add(run)
            if tool.name == "flameback":
                verdict.bad_if(run.exit != 2, f"-F {rate}: exit {run.exit}")
            verdict.degraded_if(run.exit == 0 and not run.words.strip(), f"{rate}: taken without a word")
        for rate in [1, 99, 4999] if tool.name == "flameback" else [99]:
            run = tool.record(target.pid, seconds=2, hz=rate)
            verdict.add(run)
            verdict.bad_if(run.exit not in ((0, 1) if rate == 1 else (0,)), f"{rate} Hz: exit {run.exit}")
    after = open("/proc/sys/kernel/perf_event_max_sample_rate").read()
    verdict.bad_if(tool.name == "flameback" and after != before, "the sysctl has changed")
    return verdict.note("0, -5, 10^9 and 100,001 Hz; 1, 99 and 4,999 Hz")


@case("T35", "deep stacks, frame pointers that lead nowhere, a 32-bit process", short=True)
def odd_stacks(tool):
    verdict = Verdict()
    for depth in [500, 10000]:
        run = tool.record([sample("recursion"), "0.5", str(depth)], seconds=None, hz=499)
        verdict.add(run)
        deepest = max([len(frames) for _, frames in run.stacks], default=0)
        has_root = share(run, "main") > 0.5
        says = share(run, "[truncated: DEPTH]") > 0.5
        verdict.degraded_if(not has_root and not says, f"{depth} deep: cut at {deepest}, and no word")
        verdict.bad_if(total(run) == 0, f"{depth} deep: no samples")
    for kind in ["cycle", "unmapped", "guard"]:
        run = tool.record([program("odd_stacks"), "0.5", kind], seconds=None, hz=499)
        verdict.add(run)
        verdict.bad_if(run.exit != 0, f"{kind}: exit {run.exit}")
        verdict.bad_if(total(run) == 0, f"{kind}: no samples")
        longest = max([len(frames) for _, frames in run.stacks], default=0)
        verdict.degraded_if(longest > 150, f"{kind}: a stack of {longest} frames")
    if path := program_of_32_bits():
        run = tool.record([path], seconds=1, hz=499)
        verdict.add(run)
        verdict.bad_if(total(run) == 0, f"32 bits: no samples, {run.last_words()}")
    return verdict.note("500 and 10,000 deep, three frame pointers, 32 bits" if path else "no 32 bits here")


def program_of_32_bits():
    with folder() as place:
        source = f"{place}/spin.S"
        with open(source, "w") as file:
            file.write(".globl _start\n_start: mov $2000000000, %ecx\n1: dec %ecx\njnz 1b\n"
                       "mov $1, %eax\nxor %ebx, %ebx\nint $0x80\n")
        path = f"{os.path.dirname(program('deny'))}/spin32"
        built = subprocess.run(["cc", "-m32", "-nostdlib", "-static", "-o", path, source],
                               stderr=subprocess.DEVNULL)
    return path if built.returncode == 0 and subprocess.run([path]).returncode == 0 else None
