# SPDX-License-Identifier: Apache-2.0
"""What is written and read back."""

from attack import ROOT, attack, judged
from tools import total
from verdict import Verdict
from workloads import Workload, program, write


@attack("kernel-name", "names a function like the kernel's", "it counts as the kernel's", against=(ROOT,), short=True)
def name_of_the_kernel(scene):
    with Workload([program("mapped_jit"), 60, "mine_[k]"]) as target:
        run = scene.record(target.pid, seconds=1)
    verdict = Verdict(run)
    frames = {frame for _, stack in run.stacks for frame in stack if "mine" in frame}
    verdict.bad_if(not frames, f"no such frame in {total(run)} samples: nothing was tried")
    verdict.bad_if(any(frame.endswith("_[k]") for frame in frames), f"{sorted(frames)}")
    return verdict


@attack("sums", "makes values whose sum needs more than 64 bits", "no word of it", against=(ROOT,), short=True)
def sums(scene):
    largest = (1 << 63) - 1
    path = write(scene.path("in.folded"), "".join(f"a;{name} {largest}\n" for name in "bcd"))
    run = scene.run("report", path, "-o", scene.path("out.svg"))
    verdict = judged(run, 0, 1, 4)
    verdict.bad_if(not run.words.strip(), "nothing is said")
    return verdict.note(run.last_words())
