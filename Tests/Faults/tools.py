# SPDX-License-Identifier: Apache-2.0
"""The profilers that a fault is tried on: how each is started, and how its stacks are read."""

import gzip
import json
import os
import re
import shutil
import tempfile
import xml.etree.ElementTree

from runs import PATIENCE, Run


def unaccounted(stats):
    """What the account of `--stats` has neither recorded nor counted as lost, by each of its laws."""
    samples = stats["samples"]
    residual = (
        samples["fired"] - samples["idle"] - samples["filtered"] - samples["recorded"] - sum(samples["lost"].values())
    )
    if residual:
        yield f"residual {residual}"
    for law in stats.get("laws", []):
        residual = law["total"] - sum(part["amount"] for part in law["parts"])
        if abs(residual) > law["tolerance"]:
            yield f"residual {residual} of {law['key']}"


class Tool:
    """A profiler. `record` runs it from beginning to end; `run.stacks` is then a list of (count, frames)."""

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
        """`meanwhile` is called with the run once it samples."""
        run = self.start(target, **how)
        if meanwhile and run.wait_until_sampling():
            meanwhile(run)
        return self.finish(run, limit)

    def broken_outputs(self, run):
        return []


class Flameback(Tool):
    name = "flameback"
    # Sorted; none of them where `options` has outputs.
    OUTPUTS = ["out.folded", "out.html", "out.pb.gz", "out.svg", "stats.json"]

    @property
    def testing(self):
        """The same command with switches for tests, which variables set. The shipped one has none."""
        return Flameback(f"{self.binary}-testing")

    def arguments(self, target, seconds, hz, options, folder):
        pids = process_ids(target)
        chosen = ["-p", pids] if pids else ["-a"] if target == "-a" else ["--", *target]
        duration = ["-d", str(seconds)] if seconds else []
        outputs = (
            []
            if "-o" in options or "--stats" in options
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
        """Names of outputs that exist, but are not whole, and of files that are no outputs."""
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
        yield from unaccounted(run.stats)
        if run.stacks and total(run) != samples["recorded"]:
            yield f"{total(run)} samples written, {samples['recorded']} recorded"
        late = run.stats["cost"]["stop_to_written_s"] - run.kept_waiting
        if late > 5:
            yield f"{late:.1f} s from stop to written"


class Perf(Tool):
    """perf, with a cache of files, ~/.debug, for each run: a hostile file in it would make later runs abort."""

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
        """Stacks by `perf script`, whose time, memory, output and messages count as the run's."""
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
        # A timer on every CPU; idle ones have process id 0.
        probe = f"profile:hz:{hz} {chosen or '/pid/'} {{ @[comm, ustack(127)] = count(); }} {stop}"
        return [self.binary, *options, "-e", probe, *command]

    def read(self, run):
        run.stats = None
        return bpftrace_stacks(run.output.decode(errors="replace"))


def installed(flameback):
    """flameback, and perf and bpftrace where they are installed."""
    tools = [Flameback(flameback)]
    for kind in [Perf, Bpftrace]:
        path = shutil.which(kind.name)
        if path:
            tools.append(kind(path))
    return tools


def process_ids(target):
    """`1,2,3`; empty where the target is no process."""
    if isinstance(target, int):
        return str(target)
    return ",".join(map(str, target)) if all(isinstance(each, int) for each in target) else ""


# --- Stacks ---------------------------------------------------------------------------------------


def folded_line(line):
    """The count and the frames of a line of folded text."""
    frames, _, count = line.rstrip("\n").rpartition(" ")
    return int(count), frames.split(";")


def perf_stacks(text):
    """Stacks of `perf script`'s paragraphs: a line for the sample, then its frames, leaf first."""
    stacks = []
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if lines:
            frames = [re.sub(r"^\s*[0-9a-f]+ (.*?)(\+0x[0-9a-f]+)? \(.*\)$", r"\1", line) for line in lines[1:]]
            stacks.append((1, [lines[0].split()[0], *reversed(frames)]))
    return stacks


def bpftrace_stacks(text):
    """Stacks of bpftrace's map: `@[comm, ` frames leaf first `]: 12`."""
    stacks = []
    for comm, frames, count in re.findall(r"@\[(.*?), ?(.*?)\]: (\d+)", text, re.S):
        names = [re.sub(r"\+\d+$", "", line.strip()) for line in frames.split("\n")]
        stacks.append((int(count), [comm, *reversed([name for name in names if name])]))
    return stacks


def total(run):
    """All samples of a run."""
    return sum(count for count, _ in run.stacks)


def share(run, name, of=None):
    """The part of the samples, or of those with a frame `of`, that have a frame `name`: 0 to 1."""
    chosen = [(count, frames) for count, frames in run.stacks if not of or of in frames]
    everything = sum(count for count, _ in chosen)
    having = sum(count for count, frames in chosen if name in frames)
    return having / everything if everything else 0


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read_gzip(path):
    with gzip.open(path) as file:
        return file.read()
