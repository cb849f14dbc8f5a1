# SPDX-License-Identifier: Apache-2.0
"""What pairs.py compares between two builds: a list of measures, each with one shape.

The measures are those of the four benchmarks, as short as a pair's ratio allows.
"""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass

from cost import cost_of
from programs import SWIFT, made, make_templates
from symbols import listed, random_addresses
from unwind_runs import testing
from unwound_programs import programs
from whole_job import busy as python_and_xz
from workers import Worker

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)


@dataclass
class Measure:
    """One job that both builds do."""

    name: str
    # Of (binary, folder): {figure: value}, one or several figures of one run. Smaller is better.
    run: object
    # Of (binary, folder): makes the inputs, once, before the first run.
    prepare: object = lambda binary, folder: None
    # Runs whose sum is one value, for jobs that take less than a tenth of a second.
    times: int = 1


def account(binary, arguments, folder, environment=None):
    """The cost of `flameback record` with the usual outputs, and what --stats wrote."""
    stats = f"{folder}/stats.json"
    outputs = [word for name in ("out.svg", "out.folded", "out.pb.gz") for word in ("-o", f"{folder}/{name}")]
    command = [binary, "record", "-q", "--ignore-exit-code", *outputs, "--stats", stats, *arguments]
    cost = cost_of(command, environment=environment)
    with open(stats) as file:
        return cost, json.load(file)


# --- Recording --------------------------------------------------------------------------------------


def two_busy_processes(binary, folder):
    split = f"{PACKAGE}/samples/bin/fp/split"
    workers = [Worker([split, "600"], folder, seconds=0.2) for _ in range(2)]
    try:
        pids = ",".join(str(worker.pid) for worker in workers)
        cost, stats = account(binary, ["-p", pids, "-F", "499", "-d", "4"], folder)
    finally:
        for worker in workers:
            worker.end()
    own = stats["cost"]
    return {
        "whole CPU, s": cost.cpu,
        "set-up and finish CPU, s": own["setup_cpu_s"] + own["finish_cpu_s"],
        "CPU while sampling, s": own["sampling_cpu_s"],
        "BPF program, ns a run": own["bpf_ns"] / own["bpf_runs"],
    }


@functools.cache
def programs_in(folder):
    """The programs of unwind.py by name, built once in a folder."""
    return {program.name: program for program in programs(folder, "/bin/true")}


def time_per_frame(name):
    """A measure of the walk by tables, alone, in one of the programs of unwind.py."""

    def run(binary, folder):
        worker = Worker(programs_in(folder)[name].command, folder)
        try:
            arguments = ["-p", str(worker.pid), "-F", "1999", "-d", "3"]
            _, stats = account(testing(binary), arguments, folder, {"FLAMEBACK_TRIAL": "1"})
        finally:
            worker.end()
        trial = stats["cost"]["trial"]
        return {
            "walk, ns a frame": trial["median_ns_per_frame"],
            "whole run by tables, ns": trial["table_ns"] / max(1, trial["table_runs"]),
        }

    return Measure(f"unwinding {name}", run, lambda binary, folder: programs_in(folder))


def whole_job(binary, folder):
    workers = python_and_xz()
    try:
        cost, stats = account(binary, ["-a", "-F", "99", "-d", "5"], folder)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    memory = stats["cost"]["max_rss_bytes"] + stats["cost"]["map_bytes"]
    return {"whole CPU, s": cost.cpu, "memory with maps, MB": memory / 1e6}


# --- Reading and drawing ----------------------------------------------------------------------------


def stacks(folder, count):
    """A folded file of so many distinct stacks, the same in every run."""
    path = f"{folder}/{count}.folded"
    if not os.path.exists(path):
        with open(path, "wb") as file:
            subprocess.run([sys.executable, f"{HERE}/stacks.py", str(count)], stdout=file, check=True)
    return path


def prepare_inputs(binary, folder):
    source = stacks(folder, 100_000)
    stacks(folder, 25_000)
    outputs = {f"{folder}/stacks.pb.gz": source, f"{folder}/stacks.perf.txt": stacks(folder, 25_000)}
    for path, input in outputs.items():
        subprocess.run([binary, "report", "-q", input, "-o", path], check=True)
    with open(source, encoding="utf-8") as before, open(f"{folder}/after.folded", "w", encoding="utf-8") as after:
        for number, line in enumerate(before):
            stack, count = line.rsplit(" ", 1)
            after.write(f"{stack} {int(count) * 2}\n" if number % 10 == 0 else line)


def drawing(name, *arguments):
    """A measure of `flameback` with arguments, in the folder of the inputs."""

    def run(binary, folder):
        return {"CPU, s": cost_of([binary, *arguments], folder).cpu}

    return Measure(name, run, prepare_inputs)


# --- Naming -----------------------------------------------------------------------------------------


def naming(name, program, count, times=1):
    """A measure of `flameback symbolize` for so many random addresses of a program."""

    def prepare(binary, folder):
        with open(f"{folder}/{count}-addresses", "wb") as file:
            file.write(listed(random_addresses(program(), count, seed=3)))

    def run(binary, folder):
        command = [binary, "symbolize", "--obj", os.path.abspath(program())]
        return {"CPU, s": cost_of(command, folder, f"{folder}/{count}-addresses").cpu}

    return Measure(name, run, prepare, times)


def template_program():
    return made("gcc", make_templates("g++"))


ALL = [
    Measure("two busy processes", two_busy_processes),
    time_per_frame("python3"),
    time_per_frame("cc1plus"),
    Measure("whole machine, start to picture", whole_job),
    drawing("100,000 stacks to SVG", "report", "-q", "100000.folded", "-o", "out.svg"),
    drawing("100,000 stacks to HTML", "report", "-q", "100000.folded", "-o", "out.html"),
    drawing("perf script to SVG", "report", "-q", "stacks.perf.txt", "-o", "out.svg"),
    drawing("pprof to folded", "report", "-q", "stacks.pb.gz", "-o", "out.folded"),
    drawing("folded to pprof", "report", "-q", "100000.folded", "-o", "out.pb.gz"),
    drawing("diff of 100,000 stacks", "diff", "100000.folded", "after.folded", "-o", "diff.svg"),
    naming("naming 10,000 addresses", template_program, 10_000),
    naming("one cold address", lambda: f"{SWIFT}/sourcekit-lsp", 1, times=3),
]
