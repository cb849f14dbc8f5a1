# SPDX-License-Identifier: Apache-2.0
"""Stacks that are deep, or lead nowhere."""

import os
import signal
import subprocess

from tools import share, total
from verdict import Verdict, case
from workloads import folder, program, sample


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
        if tool.name == "flameback":
            # All stacks say that they are truncated, but for those of main's own frames.
            unsaid = sum(
                weight
                for weight, frames in run.stacks
                if "main" not in frames and not any(frame.startswith("[truncated: ") for frame in frames)
            )
            verdict.bad_if(unsaid > 0.02 * total(run), f"{kind}: {unsaid} of {total(run)} are cut, and do not say so")
    for kind, function in [("signal", "burn_in_handler"), ("vsyscall", "call_the_page")]:
        run = tool.record([program("odd_stacks"), "0.5", kind], seconds=None, hz=499)
        verdict.add(run)
        if kind == "vsyscall" and run.exit == 128 + signal.SIGSEGV:
            continue
        verdict.bad_if(run.exit != 0 or total(run) == 0, f"{kind}: exit {run.exit}, {total(run)} samples")
        whole = share(run, "main", of=function)
        verdict.degraded_if(whole < 0.9, f"{kind}: {whole:.0%} of {function} reach main")
    if path := program_of_32_bits():
        run = tool.record([path], seconds=1, hz=499)
        verdict.add(run)
        verdict.bad_if(total(run) == 0, f"32 bits: no samples, {run.last_words()}")
    return verdict.note(
        "500 and 10,000 deep, three frame pointers, a signal, vsyscall, 32 bits" if path else "no 32 bits here"
    )


def program_of_32_bits():
    with folder() as place:
        source = f"{place}/spin.S"
        with open(source, "w") as file:
            file.write(
                ".globl _start\n_start: mov $2000000000, %ecx\n1: dec %ecx\njnz 1b\n"
                "mov $1, %eax\nxor %ebx, %ebx\nint $0x80\n"
            )
        path = f"{os.path.dirname(program('deny'))}/spin32"
        built = subprocess.run(["cc", "-m32", "-nostdlib", "-static", "-o", path, source], stderr=subprocess.DEVNULL)
    return path if built.returncode == 0 and subprocess.run([path]).returncode == 0 else None
