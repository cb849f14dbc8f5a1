#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How whole the stacks of ordinary programs are, and what it costs to unwind them.

Each program works in one long-lived process that is profiled at 999 Hz (-p, after its start). Prints
Markdown tables; ends with 1 if a level is missed.

    unwind.py [--full] [--seconds N] [--only NAME,…] [--parts PART,…] FLAMEBACK UNWIND_BENCH   (as root)
"""

import argparse
import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import pprof
from call_sites import CallSites
from second_opinion import mean_depths

RATE = 999
# The usual rate, at which memory is measured.
USUAL_RATE = 99
# What --full samples at least of each program, and how often it tries.
ENOUGH = 10_000
ROUNDS = 8
# Walks that --full times at least: a third of the samples.
ENOUGH_WALKS = 20_000

# Programs whose stacks fit into what perf copies, and how far apart the two mean depths may be.
OPINIONS = {"python3", "perl", "xz", "gzip"}
DEPTH_TOLERANCE = 0.02

# Memory, resident and maps, in MB, with one ordinary program as the target.
MEMORY_LEVEL = 60
ORDINARY = {"python3", "python3 shallow", "perl", "xz", "gzip", "sqlite3", "dd", "grep"}

LIBRARIES = "/usr/lib/x86_64-linux-gnu"


class Failed(Exception):
    """A program that could not be run, with the last thing it said."""


# --- The programs -----------------------------------------------------------------------------------


@dataclass
class Program:
    name: str
    # Percent of the samples that reach the first frame, and the best known: the prototype's.
    level: float
    best: str
    # None where it is not installed.
    command: list
    # Starts the command, and what gives it work.
    start: type = None


def installed(path, *arguments):
    found = shutil.which(path)
    return [found, *arguments] if found else None


def written(folder, name, text):
    path = f"{folder}/{name}"
    with open(path, "w") as file:
        file.write(text)
    return path


def cpp_source(folder):
    """More than a minute's work for a compiler, all of it in one process."""
    lines = [
        "#include <algorithm>",
        "#include <functional>",
        "#include <map>",
        "#include <regex>",
        "#include <vector>",
        "template <int N> struct Tag { int value = N; };",
    ]
    for i in range(2000):
        lines.append(
            f"int work_{i}(int n) {{ std::map<int, std::vector<Tag<{i}>>> m; for (int i = 0; i < n; i++)"
            f" m[i % 7].push_back({{}}); std::function<int(int)> f = [&](int x) {{ return x + n; }};"
            f" int s = 0; for (auto &[k, v] : m) {{ std::sort(v.begin(), v.end(),"
            f" [](auto &a, auto &b) {{ return a.value < b.value; }}); s += f(k) + v.size(); }}"
            f" return s; }}"
        )
    return written(folder, "work.cpp", "\n".join(lines) + "\n")


def swift_source(folder):
    lines = []
    for i in range(3000):
        lines.append(
            f"struct Item{i}: Hashable, Comparable {{ var key: Int; var name: String\n"
            f"  static func < (a: Self, b: Self) -> Bool {{ (a.key, a.name) < (b.key, b.name) }} }}\n"
            f"func work{i}(_ n: Int) -> Int {{\n"
            f'  let all = (0..<n).map {{ Item{i}(key: $0 % 7, name: "\\($0)") }}\n'
            f"  return Dictionary(grouping: all.sorted()) {{ $0.key }}.mapValues(\\.count)"
            f".values.reduce(0, +)\n}}"
        )
    return written(folder, "work.swift", "\n".join(lines) + "\n")


GO_SOURCE = """package main

import ("fmt"; "sort"; "strings")

func work(n int) int {
  words := []string{}
  for i := 0; i < n; i++ { words = append(words, fmt.Sprintf("%d-%d", i*7919%n, i)) }
  sort.Slice(words, func(a, b int) bool { return words[a] < words[b] })
  return len(strings.Join(words, ","))
}

func main() { for { work(5000) } }
"""

JAVA_SOURCE = """import java.util.*;

public class Work {
  static int work(int n) {
    Map<String, Integer> map = new TreeMap<>();
    for (int i = 0; i < n; i++) map.merge("k" + i * 7919 % n, i, Integer::sum);
    return map.values().stream().mapToInt(x -> x).sum();
  }
  public static void main(String[] arguments) { while (true) work(5000); }
}
"""


def go_program(folder):
    go = shutil.which("go")
    if not go:
        return None
    source = written(folder, "work.go", GO_SOURCE)
    environment = {**os.environ, "GO111MODULE": "off"}
    subprocess.run([go, "build", "-o", f"{folder}/gowork", source], check=True, env=environment)
    return [f"{folder}/gowork"]


def cc1plus(folder):
    gcc = shutil.which("g++")
    if not gcc:
        return None
    answer = subprocess.run([gcc, "-print-prog-name=cc1plus"], capture_output=True, text=True)
    # Without its garbage collector, which calls itself more than 2,000 times for so large a source:
    # no frame of it is unusual, but each such stack is deeper than any limit.
    return [
        answer.stdout.strip(),
        "-quiet",
        "-imultiarch",
        "x86_64-linux-gnu",
        "-O2",
        "--param",
        "ggc-min-heapsize=16000000",
        cpp_source(folder),
        "-o",
        "/dev/null",
    ]


def java_program(folder):
    java, javac = shutil.which("java"), shutil.which("javac")
    if not (java and javac):
        return None
    subprocess.run([javac, "-d", folder, written(folder, "Work.java", JAVA_SOURCE)], check=True)
    return [java, "-XX:+PreserveFramePointer", "-cp", folder, "Work"]


def postgres():
    """The newest version's server."""
    servers = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    return max(([server] for server in servers), key=lambda each: int(each[0].split("/")[4]), default=None)


def programs(folder, unwind_bench):
    libraries = sorted(path for path in glob.glob(f"{LIBRARIES}/lib*.so.*") if os.path.isfile(path))
    c_library = f"{LIBRARIES}/libc.so.6"
    sql = (
        "with recursive c(x) as (values(1) union all select x + 1 from c) "
        "select sum(length(printf('%d', x * 7919 % 1000))) from c"
    )
    python = "import json\n" "while 1: json.loads(json.dumps({str(i): [i] * 5 for i in range(2000)}, indent=1))"
    # As deep as the best known figures' python: 12 frames.
    shallow = (
        "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)\n"
        "while 1: sum(i * i for i in range(1000)); fibonacci(12)"
    )
    perl = "while (1) { my %h; $h{$_ % 99} .= join ',', sort { $a <=> $b } 1..30 for 1..999 }"
    node = "for (;;) JSON.parse(JSON.stringify([...Array(5000).keys()].map(i => ({i, s: 'x' + i}))))"
    return [
        Program("python3", 99.9, "100", installed("/usr/bin/python3", "-c", python)),
        Program("python3 shallow", 99.9, "100", installed("/usr/bin/python3", "-c", shallow)),
        Program("perl", 99.9, "100", installed("/usr/bin/perl", "-e", perl)),
        Program("xz", 99.9, "100", installed("xz", "-9", "-T1", "-kc", *libraries)),
        Program("gzip", 99.9, "100", installed("gzip", "-9", "-kc", *libraries)),
        Program("sqlite3", 99.9, "100", installed("sqlite3", ":memory:", sql)),
        Program("cc1plus", 99.9, "99.9–100", cc1plus(folder)),
        Program(
            "clang", 99.9, "100", installed("/usr/bin/clang++", "-O2", "-c", "-o", "/dev/null", cpp_source(folder))
        ),
        Program(
            "swift-frontend",
            99.9,
            "96.3",
            installed(
                "swift-frontend", "-c", "-O", "-parse-as-library", "-o", f"{folder}/work.o", swift_source(folder)
            ),
        ),
        Program("dd", 99.9, "100", installed("dd", "if=/dev/zero", "of=/dev/null", "bs=4k")),
        Program("grep", 99.9, "100", installed("grep", "-rsc", "[a-z]*_[0-9]*x", *["/usr/include"] * 200)),
        Program("SwiftPM release binary", 99.9, "100", [unwind_bench, "--compare", "0", *[c_library] * 20_000]),
        Program("PostgreSQL", 99.9, "–", postgres(), Database),
        Program("openssl rsa", 99.5, "99.3", installed("openssl", "speed", "-seconds", "600", "rsa2048")),
        Program("openssl aes", 99.5, "98.9", installed("openssl", "speed", "-seconds", "600", "-evp", "aes-256-cbc")),
        Program("openssl sha", 99.5, "100", installed("openssl", "speed", "-seconds", "600", "sha256")),
        Program("node", 99, "99.5", installed("node", "-e", node)),
        Program("Go binary", 94, "94", go_program(folder)),
        Program("java +PreserveFramePointer", 99, "100", java_program(folder)),
    ]


# --- Measuring --------------------------------------------------------------------------------------


def cpu_seconds(pid):
    """User and system time of a process with all its threads."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(process, is_at_work):
    deadline = time.monotonic() + 60
    while not is_at_work():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"{process.args[0]} did not get to work")
        time.sleep(0.01)


class Worker:
    """A program at work: it has had a second of CPU time, so its start is over."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(self.process, lambda: cpu_seconds(self.pid) >= 1)
        except Failed:
            self.end()
            raise

    @property
    def pid(self):
        return self.process.pid

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Database:
    """A server with a data folder of its own, reached by a socket there, and clients at work."""

    def __init__(self, command, folder):
        (server,) = command
        self.programs = os.path.dirname(server)
        self.home = f"{folder}/database"
        os.mkdir(self.home)
        self.processes = []
        try:
            # It refuses to run as root.
            self.user = pwd.getpwnam("postgres")
            os.chmod(folder, 0o755)
            os.chown(self.home, self.user.pw_uid, self.user.pw_gid)
            self.finish("initdb", "-D", self.home, "-A", "trust", "--locale=C", "--no-sync")
            self.run("postgres", "-D", self.home, "-k", self.home, "-c", "listen_addresses=", "-c", "fsync=off")
            wait_until(self.processes[0], self.is_ready)
            self.finish("pgbench", "-i", "-q", "-h", self.home, "postgres")
            self.run("pgbench", "-n", "-c", "2", "-T", "6000", "-h", self.home, "postgres")
            wait_until(self.processes[-1], lambda: cpu_seconds(self.processes[-1].pid) >= 0.1)
        except (Failed, KeyError, OSError) as failure:
            self.end()
            raise Failed(f"PostgreSQL: {failure}") from failure

    @property
    def pid(self):
        """Of the server: those that serve a client are its children."""
        return self.processes[0].pid

    def is_ready(self):
        """By what the server says of itself; its socket is there before."""
        try:
            with open(f"{self.home}/postmaster.pid") as file:
                return "ready" in file.read()
        except FileNotFoundError:
            return False

    def run(self, program, *arguments):
        self.processes.append(
            subprocess.Popen(
                [f"{self.programs}/{program}", *arguments],
                cwd=self.home,
                user=self.user.pw_uid,
                group=self.user.pw_gid,
                extra_groups=[],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def finish(self, program, *arguments):
        self.run(program, *arguments)
        if self.processes.pop().wait() != 0:
            raise Failed(program)

    def end(self):
        # Clients first. The server takes its children along, at SIGINT: at SIGTERM it would wait for
        # clients. They may ignore SIGINT, if whoever started us did.
        for process in reversed(self.processes):
            process.send_signal(signal.SIGINT if process is self.processes[0] else signal.SIGTERM)
            process.wait()
        shutil.rmtree(self.home)


@dataclass
class Result:
    samples: int = 0
    complete: int = 0
    approximate: int = 0
    truncated: dict = None
    bpf_ns: int = 0
    frames: int = 0
    rss: int = 0
    maps: int = 0
    call_sites: CallSites = field(default_factory=CallSites)

    def whole(self):
        return 100 * (self.complete + self.approximate) / max(1, self.samples)

    def share(self, count):
        return 100 * count / max(1, self.samples)


def record(flameback, target, folder, result, rate=RATE):
    """Adds a run of `flameback record` to the result."""
    run = subprocess.run(
        [
            flameback,
            "record",
            "-F",
            str(rate),
            "--quiet",
            "-o",
            f"{folder}/out.pb.gz",
            "--stats",
            f"{folder}/stats.json",
            *target,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if run.returncode not in (0, -signal.SIGTERM, 128 + signal.SIGTERM):
        raise Failed(run.stderr.strip().split("\n")[-1])
    with open(f"{folder}/stats.json") as file:
        stats = json.load(file)
    stacks, cost = stats["stacks"], stats["cost"]
    truncated = result.truncated or {}
    for reason, count in stacks["truncated"].items():
        if count:
            truncated[reason] = truncated.get(reason, 0) + count
    result.truncated = truncated
    result.complete += stacks["complete"]
    result.approximate += stacks["approximate"]
    result.samples += stacks["complete"] + stacks["approximate"] + sum(stacks["truncated"].values())
    result.bpf_ns += cost["bpf_ns"]
    result.rss = max(result.rss, cost["max_rss_bytes"])
    result.maps = max(result.maps, cost["map_bytes"])
    for sample in pprof.read(f"{folder}/out.pb.gz"):
        result.frames += len(sample.user_frames) * sample.count
        result.call_sites.add(sample)


def measure(flameback, program, seconds, is_full, folder):
    """What its stacks are like, and what a profile at the usual rate takes."""
    result, usual = Result(), Result()
    for _ in range(ROUNDS if is_full else 1):
        worker = (program.start or Worker)(program.command, folder)
        try:
            target = ["-p", str(worker.pid), "-d", str(seconds)]
            if not usual.samples:
                record(flameback, target, folder, usual, USUAL_RATE)
            record(flameback, target, folder, result)
        finally:
            worker.end()
        if result.samples >= ENOUGH:
            break
    return result, usual


# --- Printing ---------------------------------------------------------------------------------------


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def header(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def verdict(is_met):
    return "" if is_met else " **missed**"


def reasons(truncated):
    return ", ".join(f"{count} {reason}" for reason, count in sorted((truncated or {}).items())) or "–"


def print_completeness(flameback, chosen, seconds, is_full, folder):
    print("\nStacks that reach the thread's first frame, and the whole BPF program's mean time\n")
    header(
        "program",
        "samples",
        "complete, %",
        "approximate, %",
        "truncated",
        "whole, %",
        "level",
        "best known",
        "behind a call, %",
        "user frames a sample",
        "µs a sample",
        "µs a user frame",
        f"RSS + maps at {USUAL_RATE} Hz, MB",
        "RSS + maps, MB",
    )
    met = True
    wrong = []
    for program in chosen:
        if not program.command:
            row(program.name, "not installed", *[""] * 12)
            continue
        try:
            result, usual = measure(flameback, program, seconds, is_full, folder)
        except Failed as failure:
            row(program.name, f"failed: {failure}", *[""] * 12)
            met = False
            continue
        is_met = result.samples > 0 and result.whole() >= program.level
        is_small = program.name not in ORDINARY or usual.rss + usual.maps <= MEMORY_LEVEL * 1e6
        sites = result.call_sites
        met = met and is_met and is_small and not sites.wrong
        wrong += [f"* {program.name}: {line}" for line in sites.report()]
        row(
            program.name,
            f"{result.samples:,}",
            f"{result.share(result.complete):.2f}",
            f"{result.share(result.approximate):.2f}",
            reasons(result.truncated),
            f"{result.whole():.2f}{verdict(is_met)}",
            f"≥ {program.level:g}",
            program.best,
            f"{sites.share:.3f}{verdict(not sites.wrong)}",
            f"{result.frames / max(1, result.samples):.1f}",
            f"{result.bpf_ns / max(1, result.samples) / 1000:.1f}",
            f"{result.bpf_ns / max(1, result.frames) / 1000:.2f}",
            f"{usual.rss / 1e6:.0f} + {usual.maps / 1e6:.0f}{verdict(is_small)}",
            f"{result.rss / 1e6:.0f} + {result.maps / 1e6:.0f}",
        )
    if wrong:
        print("", *wrong, sep="\n")
    return met


def print_second_opinion(flameback, chosen, seconds, folder):
    if not shutil.which("perf"):
        return True
    print("\nMean user frames a sample, and what `perf record --call-graph dwarf,16384` says meanwhile\n")
    header("program", "flameback", "perf", "apart, %", "level")
    met = True
    for program in chosen:
        if not program.command or program.name not in OPINIONS:
            continue
        worker = Worker(program.command, folder)
        try:
            ours, perfs = mean_depths(flameback, worker.pid, seconds)
        finally:
            worker.end()
        apart = abs(ours - perfs) / perfs
        is_met = apart <= DEPTH_TOLERANCE
        met = met and is_met
        row(
            program.name,
            f"{ours:.2f}",
            f"{perfs:.2f}",
            f"{100 * apart:.2f}{verdict(is_met)}",
            f"≤ {100 * DEPTH_TOLERANCE:g}",
        )
    return met


# µs a frame (median walk), and whole runs against bpf_get_stack's; with the best known figures.
TIMES = {
    "python3": (0.25, "0.21", 1.2, "1.0"),
    "python3 shallow": (0.25, "0.21", 1.2, "1.0"),
    "cc1plus": (0.25, "0.22", 2, "1.7"),
    "clang": (0.25, "0.21", None, "2.6"),
    "swift-frontend": (0.25, "0.22", None, "2.1"),
}


def trial(flameback, program, seconds, walks, folder):
    """Walks by tables and by the kernel's helper, in turn: sums over as many rounds as it takes."""
    sums = {"walks": 0}
    while sums["walks"] < walks:
        worker = Worker(program.command, folder)
        try:
            run = subprocess.run(
                [
                    flameback,
                    "record",
                    "-F",
                    str(RATE),
                    "--quiet",
                    "-o",
                    f"{folder}/trial.folded",
                    "--stats",
                    f"{folder}/trial.json",
                    "-p",
                    str(worker.process.pid),
                    "-d",
                    str(seconds),
                ],
                env={**os.environ, "FLAMEBACK_TRIAL": "1"},
                stderr=subprocess.PIPE,
                text=True,
            )
            if run.returncode:
                raise Failed(run.stderr.strip().split("\n")[-1])
        finally:
            worker.end()
        with open(f"{folder}/trial.json") as file:
            found = json.load(file)["cost"]["trial"]
        # A median of medians, weighted by walks.
        found["median_sum"] = found["median_ns_per_frame"] * found["walks"]
        for key, value in found.items():
            sums[key] = sums.get(key, 0) + value
        if not found["walks"]:
            raise Failed(f"{program.name}: no walks")
    return sums


def print_times(flameback, chosen, seconds, is_full, folder):
    print(
        "\nTime in the kernel: whole runs by tables, whole runs with bpf_get_stack,"
        " and walks alone, two hundred in turn\n"
    )
    header(
        "program",
        "walks",
        "frames a walk",
        "µs a frame, median",
        "level",
        "best known",
        "whole run, µs",
        "with bpf_get_stack, µs",
        "ratio",
        "level",
        "best known",
    )
    met = True
    for program in chosen:
        if program.name not in TIMES or not program.command:
            continue
        level, best, ratio_level, best_ratio = TIMES[program.name]
        try:
            sums = trial(flameback, program, seconds, ENOUGH_WALKS if is_full else 1, folder)
        except Failed as failure:
            row(program.name, f"failed: {failure}", *[""] * 9)
            met = False
            continue
        walks = max(1, sums["walks"])
        per_frame = sums["median_sum"] / walks / 1000
        ours, helper = (sums[f"{way}_ns"] / max(1, sums[f"{way}_runs"]) / 1000 for way in ("table", "helper"))
        is_fast = per_frame <= level
        is_near = not ratio_level or ours <= ratio_level * helper
        met = met and is_fast and is_near
        row(
            program.name,
            f"{walks:,}",
            f"{sums['frames'] / walks:.1f}",
            f"{per_frame:.3f}{verdict(is_fast)}",
            f"≤ {level}",
            best,
            f"{ours:.1f}",
            f"{helper:.1f}",
            f"{ours / max(0.001, helper):.2f}{verdict(is_near)}",
            f"≤ {ratio_level:g}" if ratio_level else "–",
            best_ratio,
        )
    return met


def print_start(flameback, folder):
    """From the first instruction on: what had no table yet."""
    print("\nThe first seconds of programs with many libraries (`-- CMD`)\n")
    header("program", "samples", "no table yet, %", "level", "truncated")
    met = True
    commands = [
        ("clang", installed("/usr/bin/clang++", "-O2", "-c", "-o", "/dev/null", f"{folder}/work.cpp")),
        (
            "swift-frontend",
            installed(
                "swift-frontend", "-c", "-O", "-parse-as-library", "-o", f"{folder}/work.o", f"{folder}/work.swift"
            ),
        ),
    ]
    for name, command in commands:
        if not command:
            continue
        result = Result()
        record(flameback, ["-d", "3", "--", *command], folder, result)
        pending = sum(result.truncated.get(reason, 0) for reason in ("no_mapping", "mapping_pending"))
        is_met = result.share(pending) <= 0.5
        met = met and is_met
        row(
            name,
            f"{result.samples:,}",
            f"{result.share(pending):.2f}{verdict(is_met)}",
            "≤ 0.5",
            reasons(result.truncated),
        )
    return met


def print_tables(unwind_bench, is_full):
    """Build times; in quick mode without libdw, which takes a minute for swift-frontend."""
    print("\nTables: rows, CPU to build (best of 5), and libdw's walk over the same rows\n")
    files = [(f"{LIBRARIES}/libc.so.6", 5), (f"{LIBRARIES}/libLLVM-14.so.1", 200)]
    swift_frontend = shutil.which("swift-frontend")
    if swift_frontend:
        files.append((os.path.realpath(swift_frontend), 600))
    header("file", "rows", "ms", "level", "libdw, ms", "times faster", "level")
    met = True
    for path, level in files:
        if not os.path.exists(path):
            continue
        # It prints "PATH: N rows, N us; libdw N rows, N us, Nx; …".
        compared = "100000" if is_full or level <= 200 else "0"
        run = subprocess.run([unwind_bench, "--compare", compared, path], capture_output=True, text=True)
        ours, _, theirs = run.stdout.strip().partition(": ")[2].partition("; ")
        rows, milliseconds = int(ours.split()[0]), int(ours.split()[2]) / 1000
        libdw, factor, is_faster = "–", "–", True
        if theirs:
            libdw, factor = int(theirs.split()[3]) / 1000, int(theirs.split()[5].split("x")[0])
            is_faster = factor >= 5
            libdw = f"{libdw:,.0f}"
        is_fast = milliseconds <= level
        met = met and is_fast and is_faster and run.returncode == 0
        row(
            os.path.basename(path),
            f"{rows:,}",
            f"{milliseconds:,.1f}{verdict(is_fast)}",
            f"≤ {level}",
            libdw,
            f"{factor}{verdict(is_faster)}",
            "≥ 5",
        )
        if run.returncode != 0:
            print(run.stdout)
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{ENOUGH:,} samples a program")
    parser.add_argument("--seconds", type=float, help="of each run (3; 10.5 with --full)")
    parser.add_argument("--only", help="names of programs, with semicolons between them")
    parser.add_argument(
        "--parts", default="completeness,times,opinion,start,tables", help="tables to print: %(default)s"
    )
    parser.add_argument("flameback")
    parser.add_argument("unwind_bench")
    options = parser.parse_args()
    flameback, unwind_bench = map(os.path.abspath, (options.flameback, options.unwind_bench))
    seconds = options.seconds or (10.5 if options.full else 3)
    print(
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} CPUs, "
        f"Linux {'.'.join(os.uname().release.split('.')[:2])}, {RATE} Hz, {seconds:g} s a run, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        chosen = programs(folder, unwind_bench)
        if options.only:
            names = options.only.split(",")
            chosen = [program for program in chosen if program.name in names]
        tables = {
            "completeness": lambda: print_completeness(flameback, chosen, seconds, options.full, folder),
            "times": lambda: print_times(flameback, chosen, seconds, options.full, folder),
            "opinion": lambda: print_second_opinion(flameback, chosen, seconds, folder),
            "start": lambda: print_start(flameback, folder),
            "tables": lambda: print_tables(unwind_bench, options.full),
        }
        met = [tables[part]() for part in options.parts.split(",")]
    return 0 if all(met) else 1


if __name__ == "__main__":
    # So that whatever ends this ends its workers, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        sys.exit(main())
    except Failed as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
