# SPDX-License-Identifier: Apache-2.0
"""Names and numbers that programs choose, in what is written and read back."""

import base64
import json
import re
import subprocess
import zlib

from attack import PYTHON, ROOT, attack, judged, need
from runs import limits, raw_controls
from tools import read_bytes, total
from verdict import NotTried, Verdict
from workloads import HERE, Workload, program, write

ROOTS = {"by": "a program that is profiled", "against": (ROOT,), "short": True}


@attack("kernel-name", "names a function like the kernel's", "it counts as the kernel's", **ROOTS)
def name_of_the_kernel(scene):
    with Workload([program("mapped_jit"), 60, "mine_[k]", "once"]) as target:
        run = scene.record(target.pid, seconds=1)
    verdict = Verdict(run)
    frames = {frame for _, stack in run.stacks for frame in stack if "mine" in frame}
    need(frames, f"no such frame in {total(run)} samples")
    verdict.bad_if(any(frame.endswith("_[k]") for frame in frames), f"{sorted(frames)}")
    return verdict


def speedscope(names):
    """A profile with a sample of each function, 3 in value, as JSON of speedscope."""
    return json.dumps(
        {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": [{"name": name} for name in names]},
            "profiles": [
                {
                    "type": "sampled",
                    "name": "t",
                    "unit": "none",
                    "startValue": 0,
                    "endValue": 3 * len(names),
                    "samples": [[number] for number in range(len(names))],
                    "weights": [3] * len(names),
                }
            ],
        }
    )


# As in RoundTripTests: each would make what is written look like another format, or like more samples.
MISLEADING = [
    "f 42 1.5: g",
    "root 1 9.9: x",
    "1 [000] 2.5:",
    "x 7 42/43 1.5:",
    "# captured by : flameback",
    "#x",
    "<svg",
    "<?xml",
    "<!doctype",
    '{"flameback":1}',
    "@[",
    "@x[a]: 1",
    "PERFILE2",
    "2ELIFREP",
    "\ufeff<svg",
    "Attaching 1",
    "a;b 3",
    "two\nlines 7",
    "only 5",
    " ",
]


@attack("format-name", "names a function like a line of another format", "it is read back as something else", **ROOTS)
def names_like_formats(scene):
    verdict = Verdict()
    for name in MISLEADING:
        path = write(scene.path("in.json"), speedscope([name]))
        need(scene.run("report", path, "-o", scene.path("a.folded")).exit == 0, f"{name!r} is not read")
        run = scene.run("report", scene.path("a.folded"), "-o", scene.path("b.folded"))
        verdict.add(run)
        text = read_bytes(scene.path("a.folded"))
        verdict.bad_if(run.exit, f"{name!r} is written as {text!r}, and not read back: {run.last_words()}")
        if not run.exit:
            again = read_bytes(scene.path("b.folded"))
            verdict.bad_if(again != text, f"{name!r} is written as {text!r}, and read back as {again!r}")
            counts = [line.rsplit(b" ", 1)[1] for line in text.splitlines()]
            verdict.bad_if(counts != [b"3"], f"{name!r} is written as {text!r}")
    return verdict.note(f"{len(MISLEADING)} names")


@attack("sums", "makes values whose sum needs more than 64 bits", "no word of it", **ROOTS)
def sums(scene):
    largest = (1 << 63) - 1
    path = write(scene.path("in.folded"), "".join(f"a;{name} {largest}\n" for name in "bcd"))
    run = scene.run("report", path, "-o", scene.path("out.svg"))
    verdict = judged(run, 0, 1, 4)
    verdict.bad_if(not run.words.strip(), "nothing is said")
    return verdict.note(run.last_words())


# Each as it is: what a terminal would obey.
STEERING = b"a\x1b[31m;\x1b]0;title\x07b;\xc2\x9b2J\xe2\x80\xae;c\x7f\x08\x01 1\n"


@attack("steering", "names functions by what a terminal obeys", "it is printed", control="the input itself", **ROOTS)
def control_bytes(scene):
    path = write(scene.path("in.folded"), STEERING)
    need(raw_controls(read_bytes(path)), "it steers nothing")
    verdict = Verdict()
    for words in (["report", path], ["report", path, "--tree"], ["report", path, "-o", "-"], ["diff", path, path]):
        run = scene.run(*words)
        verdict.add(run)
        verdict.bad_if(raw_controls(run.output), f"{words[0]}: {raw_controls(run.output)}")
    # In messages, by the name of a file and by a wrong option.
    for words in (["report", scene.path("\x1b[31mnone\u202e")], ["record", "-o", "x", "--", "\x1b[2Jnone"]):
        run = scene.run(*words)
        verdict.add(run)
        need(run.words, "nothing is printed")
    return verdict


MARKUP = ["<script>hostile=1</script>", "]]></style><script>hostile=1</script>", "<img src=x onerror=hostile=1>"]


@attack("markup", "names functions by markup", "it is part of a page", control="the input itself", **ROOTS)
def markup(scene):
    path = write(scene.path("in.folded"), "".join(f"a;{name} 1\n" for name in MARKUP))
    names = scene.path("out.svg"), scene.path("out.html"), scene.path("diff.svg")
    verdict = judged(scene.run("report", path, "-o", names[0], "-o", names[1]), 0)
    verdict.add(scene.run("diff", path, scene.input, "-o", names[2]))
    bad = re.compile(rb"<script>hostile|<img src=x|\]\]></style>")
    need(bad.search(read_bytes(path)), "there is no markup")
    for name in names:
        verdict.bad_if(bad.search(read_bytes(name)), f"in {name}")
    return verdict


@attack(
    "bomb", "makes a picture that inflates to 64 MB", "memory is filled", by="who made the picture", against=(ROOT,)
)
def inflating_picture(scene):
    need(scene.run("report", scene.input, "-o", scene.path("a.svg")).exit == 0, "no picture")
    picture = read_bytes(scene.path("a.svg"))
    found = re.search(rb"(flameback-payload[^>]*>\s*(?:<!\[CDATA\[)?)([A-Za-z0-9+/=\s]+)(<|\]\])", picture)
    need(found, "no payload")
    size = 64 << 20
    # A version, a node, a label and eight sections, as in PayloadTests; then names, which are all empty.
    head = bytes([1, 1, 1, 8, 0, 1, 1, 4]) + varint(size) + bytes(9)
    deflater = zlib.compressobj(9)
    deflated = deflater.compress(head)
    for _ in range(size >> 20):
        deflated += deflater.compress(b"\n" * (1 << 20))
    deflated += deflater.flush()
    bomb = picture[: found.start(2)] + base64.b64encode(deflated) + picture[found.end(2) :]
    # A limit, so that this machine's memory is not filled.
    limited = limits(**{"as": 4 << 30})
    run = scene.run("report", write(scene.path("bomb.svg"), bomb), "-o", scene.path("b.folded"), prepare=limited)
    verdict = judged(run, 1)
    verdict.bad_if(run.memory_mb > 200, f"{run.memory_mb:.0f} MB")
    return verdict.note(f"{len(bomb) >> 10} KB, {run.memory_mb:.0f} MB")


def varint(number):
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes(written) + bytes([number])


@attack(
    "pattern",
    "sends a link whose search pattern takes years",
    "the page freezes",
    by="who sends a link",
    against=(ROOT,),
    control="the pattern alone, in the same browser",
)
def pattern_of_a_link(scene):
    # Names that match nearly.
    path = write(scene.path("in.folded"), "".join(f"a;{'a' * 40}{number} 1\n" for number in range(9)))
    judged(scene.run("report", path, "-o", scene.path("out.html")), 0)
    seen = subprocess.run(
        [PYTHON, f"{HERE}/frozen.py", scene.path("out.html")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=600,
    )
    if b"No module named" in seen.stderr:
        raise NotTried("no selenium")
    need(b"without effect" not in seen.stdout and not seen.returncode, (seen.stdout + seen.stderr).decode()[-300:])
    verdict = Verdict()
    verdict.bad_if(seen.stdout.strip() != b"ok", seen.stdout.decode().strip())
    return verdict
