# SPDX-License-Identifier: Apache-2.0
"""The profilers that a fault is tried on: how each is told to record, and its stacks read back."""

import gzip
import json
import os
import re
import shutil
import tempfile
import xml.etree.ElementTree

from runs import PATIENCE, Run


class Tool:
    """`record` runs it from beginning to end; stacks are then `run.stacks`: (weight, frames)."""

    name = ""

    def __init__(self, binary):
        self.binary = binary

    def start(self, target, seconds=1, hz=199, options=(), prefix=(), **how):
        """`target`: a process id or several, "-a", or a list of words: a command and its arguments."""
        folder = tempfile.mkdtemp(prefix="fault-")
        arguments = list(prefix) + self.arguments(target, seconds, hz, list(options), folder)
        run = Run(arguments, folder, **how)
        run.tool, run.seconds = self, seconds or 0
        return run

    def finish(self, run, limit=None):
        run.finish(limit or run.seconds + PATIENCE)
        run.stacks = self.read(run)
        run.files = sorted(os.listdir(run.folder))
        run.broken = self.broken_outputs(run)
        run.pictures = {
            name: read_bytes(f"{run.folder}/{name}") for name in run.files if name.endswith((".svg", ".html"))
        }
        shutil.rmtree(run.folder)
        return run

    def record(self, target, meanwhile=None, limit=None, **how):
        """meanwhile: is called with the run when it samples."""
        run = self.start(target, **how)
        if meanwhile and run.wait_until_sampling():
            meanwhile(run)
        return self.finish(run, limit)

    def broken_outputs(self, run):
        return []


class Flameback(Tool):
    name = "flameback"
    OUTPUTS = ["out.folded", "out.html", "out.pb.gz", "out.svg", "stats.json"]  # sorted

    def arguments(self, target, seconds, hz, options, folder):
        pids = process_ids(target)
        chosen = ["-p", pids] if pids else ["-a"] if target == "-a" else ["--", *target]
        duration = ["-d", str(seconds)] if seconds else []
        outputs = (
            []
            if "-o" in options
            else [
                word for name in self.OUTPUTS for word in (["--stats", name] if name == "stats.json" else ["-o", name])
            ]
        )
        return [self.binary, "record", "-F", str(hz), *duration, *outputs, *options] + chosen

    def start(self, *arguments, **how):
        run = super().start(*arguments, **how)
        run.always = lambda: self.always(run)
        return run

    def read(self, run):
        run.stats = None
        try:
            with open(f"{run.folder}/stats.json") as file:
                run.stats = json.load(file)
        except OSError:
            pass
        try:
            with open(f"{run.folder}/out.folded", encoding="utf-8", errors="replace") as file:
                return [folded_line(line) for line in file]
        except OSError:
            return []

    def broken_outputs(self, run):
        """Those that are there, but not whole."""
        broken = [name for name in run.files if not name.startswith(".") and name not in self.OUTPUTS]
        for name, reader in [("out.svg", xml.etree.ElementTree.parse), ("out.pb.gz", read_gzip)]:
            path = f"{run.folder}/{name}"
            if os.path.exists(path):
                try:
                    reader(path)
                except (xml.etree.ElementTree.ParseError, OSError, EOFError):
                    broken.append(name)
        return broken

    def always(self, run):
        yield from Run.always(run)
        if run.broken:
            yield f"not whole, or not asked for: {' '.join(run.broken)}"
        if run.stats is None:
            return
        samples = run.stats["samples"]
        residual = (
            samples["fired"]
            - samples["idle"]
            - samples["filtered"]
            - samples["recorded"]
            - sum(samples["lost"].values())
        )
        if residual:
            yield f"residual {residual}"
        if run.stacks and total(run) != samples["recorded"]:
            yield f"{total(run)} samples written, {samples['recorded']} recorded"
        if run.stats["cost"]["stop_to_written_s"] > 5:
            yield f"{run.stats['cost']['stop_to_written_s']:.1f} s from stop to written"


class Perf(Tool):
    """Its cache of files, ~/.debug, is that of the run: a hostile file in it would make all later
    runs abort."""

    name = "perf"

    def start(self, *arguments, environment=None, **how):
        home = tempfile.mkdtemp(prefix="fault-home-")
        run = super().start(*arguments, environment={**(environment or {}), "HOME": home}, **how)
        run.home = home
        return run

    def arguments(self, target, seconds, hz, options, folder):
        pids = process_ids(target)
        chosen = ["-p", pids] if pids else ["-a"]
        sleep = ["--", "sleep", str(seconds)] if seconds else []
        if not pids and target != "-a":
            chosen, sleep = [], ["--", *target]
        # Without it perf 6.1 aborts now and then, whatever is sampled, as it collects build ids.
        return [
            self.binary,
            "record",
            "--buildid-mmap",
            "-e",
            "cpu-clock",
            "-g",
            "-F",
            str(hz),
            *chosen,
            *([] if "-o" in options else ["-o", "perf.data"]),
            *options,
            *sleep,
        ]

    def read(self, run):
        """Naming is part of the run: its time, memory, output and words count."""
        run.stats = None
        try:
            return self.named(run)
        finally:
            shutil.rmtree(run.home)

    def named(self, run):
        if not os.path.exists(f"{run.folder}/perf.data") or run.hung:
            return []
        with open(f"{run.folder}/perf.txt", "w+b") as text:
            script = Run(
                [self.binary, "script", "-i", "perf.data"], run.folder, output=text, environment={"HOME": run.home}
            )
            script.finish(PATIENCE)
        run.hung = run.hung or script.hung
        run.wall += script.wall
        run.memory_mb = max(run.memory_mb, script.memory_mb)
        run.messages += script.messages
        run.output = script.output
        return perf_stacks(script.output.decode(errors="replace"))


class Bpftrace(Tool):
    name = "bpftrace"

    def arguments(self, target, seconds, hz, options, folder):
        pids = process_ids(target)
        chosen = f"/pid == {pids.replace(',', ' || pid == ')}/" if pids else ""
        stop = f"interval:ms:{int(seconds * 1000)} {{ exit(); }}" if seconds else ""
        command = [] if pids or target == "-a" else ["-c", " ".join(target)]
        if isinstance(target, int):
            command = ["-p", pids]
        # A tick on every CPU; idle ones have process id 0.
        probe = f"profile:hz:{hz} {chosen or '/pid/'} {{ @[comm, ustack(127)] = count(); }} {stop}"
        return [self.binary, *options, "-e", probe, *command]

    def read(self, run):
        run.stats = None
        return bpftrace_stacks(run.output.decode(errors="replace"))


def installed(flameback):
    """flameback, and which of the other two there are."""
    tools = [Flameback(flameback)]
    for kind in [Perf, Bpftrace]:
        path = shutil.which(kind.name)
        if path:
            tools.append(kind(path))
    return tools


def process_ids(target):
    """`1,2,3`, or nothing where the target is something else."""
    if isinstance(target, int):
        return str(target)
    return ",".join(map(str, target)) if all(isinstance(each, int) for each in target) else ""


# --- Stacks ---------------------------------------------------------------------------------------


def folded_line(line):
    frames, _, weight = line.rstrip("\n").rpartition(" ")
    return int(weight), frames.split(";")


def perf_stacks(text):
    """Paragraphs: a line for the sample, then its frames, leaf first."""
    stacks = []
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if lines:
            frames = [re.sub(r"^\s*[0-9a-f]+ (.*?)(\+0x[0-9a-f]+)? \(.*\)$", r"\1", line) for line in lines[1:]]
            stacks.append((1, [lines[0].split()[0], *reversed(frames)]))
    return stacks


def bpftrace_stacks(text):
    """`@[comm, ` frames leaf first `]: 12`."""
    stacks = []
    for comm, frames, weight in re.findall(r"@\[(.*?), ?(.*?)\]: (\d+)", text, re.S):
        names = [re.sub(r"\+\d+$", "", line.strip()) for line in frames.split("\n")]
        stacks.append((int(weight), [comm, *reversed([name for name in names if name])]))
    return stacks


def total(run):
    return sum(weight for weight, _ in run.stacks)


def share(run, name, of=None):
    """The part of the samples that have a frame of this name; of those with a frame `of`."""
    chosen = [(weight, frames) for weight, frames in run.stacks if not of or of in frames]
    everything = sum(weight for weight, _ in chosen)
    having = sum(weight for weight, frames in chosen if name in frames)
    return having / everything if everything else 0


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read_gzip(path):
    with gzip.open(path) as file:
        return file.read()
