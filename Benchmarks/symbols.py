#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names of addresses: whether they are right, and what they cost, beside llvm-symbolizer.

For 10,000 random addresses of code in each of several kinds of programs, the inlined chains of
`flameback symbolize` are compared with those of the newest llvm-symbolizer at hand, and CPU times are
compared over interleaved pairs. The two readers of debug information are compared. Then the same
samples are named by `perf script --inline`, and a busy machine is profiled from end to end. Prints
Markdown tables; ends with 1 if a level is missed.

    symbols.py [--pairs N] [--addresses N] [--only NAME,…] [--skip TABLE,…] FLAMEBACK SYMBOLS_BENCH

The tables are chains, readers, race, cold, symbols, demangle, perf and picture.
"""

import argparse
import glob
import os
import random
import re
import resource
import statistics
import subprocess
import sys

from perf_inlines import race_with_perf
from programs import SWIFT, made, make_c, make_rust, make_swift, make_templates
from reader_differences import differences, known, without_reason
from stop_to_picture import stop_to_picture

LLVM = os.path.join(SWIFT, "llvm-symbolizer")


# --- The programs ------------------------------------------------------------------------------------

# Name, how it is had, and the level: at most this share of llvm-symbolizer's CPU time.
PROGRAMS = [
    ("c", "gcc C", lambda: made("c", make_c), 0.85),
    ("gcc", "gcc C++ templates", lambda: made("gcc", make_templates("g++")), 0.60),
    ("clang", "clang C++ templates", lambda: made("clang", make_templates("clang++")), 0.60),
    ("lsp", "sourcekit-lsp", lambda: f"{SWIFT}/sourcekit-lsp", 0.95),
    ("swift", "Swift -O -g", lambda: made("swift", make_swift), 0.85),
    ("rust", "Rust -g -O", lambda: made("rust", make_rust), 0.85),
]


# --- Addresses and answers --------------------------------------------------------------------------


def random_addresses(program, count, seed=1):
    """Uniform over the bytes of .text, the same in every run."""
    text = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True, check=True).stdout
    found = re.search(r" \.text +PROGBITS +([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+)", text)
    start, size = int(found[1], 16), int(found[2], 16)
    generator = random.Random(seed)
    return sorted(generator.sample(range(start, start + size), min(count, size)))


def listed(addresses):
    return "".join(f"{address:#x}\n" for address in addresses).encode()


def answer(command, question, waits_for_orphans=False):
    """What a symbolizer prints, and the CPU seconds it took, with those of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(
        command, input=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout
    while waits_for_orphans:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def chains(output):
    """Per address the frames, innermost first: (linkage name, basename:line)."""
    for block in output.decode(errors="replace").split("\n\n"):
        lines = block.split("\n")
        if lines != [""]:
            yield [(name, line.rsplit("/", 1)[-1].rsplit(":", 1)[0]) for name, line in zip(lines[::2], lines[1::2])]


def compare(flameback, program, addresses):
    question = listed(addresses)
    ours = list(chains(answer([flameback, "symbolize", "--demangle", "none", "--obj", program], question)[0]))
    theirs = list(chains(answer([LLVM, "--no-demangle", "--inlines", "--obj", program], question)[0]))
    assert len(ours) == len(theirs) == len(addresses), (len(ours), len(theirs), len(addresses))
    different = [(a, o, t) for a, o, t in zip(addresses, ours, theirs) if o != t]
    frames = sum(len(chain) for chain in theirs)
    return len(different) / len(addresses), frames / len(addresses), different


def race(flameback, program, addresses, pairs):
    """Median ratio of CPU times, and our median, over interleaved pairs."""
    question = listed(addresses)
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(answer([flameback, "symbolize", "--obj", program], question)[1])
        theirs.append(answer([LLVM, "--demangle", "--inlines", "--obj", program], question)[1])
    ratios = [a / b for a, b in zip(ours, theirs)]
    return statistics.median(ratios), statistics.median(ours), statistics.median(theirs)


# --- Names ------------------------------------------------------------------------------------------


def linker_names(pattern, files, count, dynamic=False):
    """Names of functions that match, a random choice, the same in every run."""
    names = set()
    for file in files:
        for option in ["--defined-only", "-D"] if dynamic else ["--defined-only"]:
            text = subprocess.run(["nm", option, "--format=just-symbols", file], capture_output=True).stdout
            names.update(line for line in text.decode(errors="replace").split("\n") if re.match(pattern, line))
    names = sorted(names)
    return random.Random(2).sample(names, min(count, len(names)))


def rust_files():
    root = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    return [
        made("rust", make_rust),
        *(glob.glob(f"{root}/lib/librustc_driver-*.so") or glob.glob(f"{root}/lib/*/librustc_driver-*.so")),
    ]


def lines_of(command, names):
    text = subprocess.run(command, input="\n".join(names) + "\n", capture_output=True, text=True, check=True).stdout
    return text.rstrip("\n").split("\n")


# What, which names, how many, from where, and who says how they are written.
LANGUAGES = [
    (
        "Swift",
        r"\$s",
        20_000,
        lambda: [f"{SWIFT}/sourcekit-lsp", f"{SWIFT}/swift-frontend"],
        [f"{SWIFT}/swift-demangle", "--compact"],
    ),
    (
        "C++",
        r"_Z",
        30_000,
        lambda: [f"{SWIFT}/sourcekit-lsp", f"{SWIFT}/swift-frontend", made("gcc", make_templates("g++"))],
        ["c++filt"],
    ),
    ("Rust", r"_R|_ZN.*17h[0-9a-f]{16}E$", 20_000, rust_files, ["c++filt"]),
]


# --- Tables -----------------------------------------------------------------------------------------


class Report:
    def __init__(self):
        self.missed = []

    def row(self, *cells):
        print("| " + " | ".join(cells) + " |", flush=True)

    def head(self, title, *cells):
        print(f"\n### {title}\n")
        self.row(*cells)
        self.row(*["---"] * len(cells))

    def judge(self, what, good):
        if not good:
            self.missed.append(what)
        return "" if good else " **missed**"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--addresses", type=int, default=10_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--skip", default="")
    parser.add_argument("--show", type=int, default=0, help="print this many differences")
    parser.add_argument("flameback")
    parser.add_argument("symbols_bench")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]
    skip = options.skip.split(",")
    report = Report()
    has_programs = any(table not in skip for table in ["chains", "readers", "race"])
    chosen = [each for each in PROGRAMS if has_programs and (not only or each[0] in only)]
    programs = [(label, find(), level) for _, label, find, level in chosen]
    questions = {program: random_addresses(program, options.addresses) for _, program, _ in programs}

    if "chains" not in skip:
        report.head("Chains equal to llvm-symbolizer's", "program", "addresses", "frames each", "level", "equal")
        for label, program, _ in programs:
            share, depth, different = compare(options.flameback, program, questions[program])
            good = report.judge(f"chains of {label}", share <= 0.001)
            report.row(
                label, f"{len(questions[program]):,}", f"{depth:.2f}", "≥ 99.9 %", f"{100 * (1 - share):.2f} %{good}"
            )
            for address, ours, theirs in different[: options.show]:
                print(f"{address:#x}\n  ours   {ours}\n  theirs {theirs}", file=sys.stderr)
    if "readers" not in skip:
        report.head("Own reader of DWARF and libdw", "program", "addresses", "level", "differ", "without a reason")
        for (name, *_), (label, program, _) in zip(chosen, programs):
            addresses = questions[program]
            found = differences(options.flameback, program, listed(addresses))
            new = without_reason(found, known(name))
            good = report.judge(f"readers of {label}", len(found) <= 0.001 * len(addresses) and not new)
            report.row(
                label, f"{len(addresses):,}", "≤ 0.1 %, each with its reason", f"{len(found)}{good}", str(len(new))
            )
            for address, own, libdw in new[: max(options.show, 3)]:
                print(f"{address}\n  own   {own}\n  libdw {libdw}", file=sys.stderr)
    if "race" not in skip:
        report.head(
            f"CPU time beside llvm-symbolizer, median of {options.pairs} pairs",
            "program",
            "level",
            "ratio",
            "ours, s",
            "llvm-symbolizer, s",
        )
        for label, program, level in programs:
            ratio, ours, theirs = race(options.flameback, program, questions[program], options.pairs)
            good = report.judge(f"CPU time of {label}", ratio <= level)
            report.row(label, f"≤ {level}", f"{ratio:.2f}{good}", f"{ours:.3f}", f"{theirs:.3f}")
    if "cold" not in skip:
        report.head("One cold address, best of 9", "file", "level", "CPU, s", "llvm-symbolizer, s")
        program = f"{SWIFT}/sourcekit-lsp"
        question = listed(random_addresses(program, 1, seed=3))
        ours = min(answer([options.flameback, "symbolize", "--obj", program], question)[1] for _ in range(9))
        theirs = min(answer([LLVM, "--inlines", "--obj", program], question)[1] for _ in range(9))
        report.row(
            "sourcekit-lsp", "≤ 0.15", f"{ours:.3f}{report.judge('cold address', ours <= 0.15)}", f"{theirs:.3f}"
        )
    if "symbols" not in skip:
        text = subprocess.run(
            [options.symbols_bench, "table", f"{SWIFT}/swift-frontend"], capture_output=True, text=True, check=True
        ).stdout
        values = dict(line.split(" ", 1) for line in text.strip().split("\n"))
        build, lookup = float(values["build_ms"]), float(values["lookup_us"])
        report.head(
            f"Symbol table of swift-frontend, {int(values['functions']):,} functions",
            "what",
            "level",
            "best known",
            "ours",
        )
        report.row("build, ms", "≤ 60", "45", f"{build:.0f}{report.judge('building the table', build <= 60)}")
        report.row("lookup and name, µs", "≤ 2", "1", f"{lookup:.2f}{report.judge('lookup', lookup <= 2)}")
    if "demangle" not in skip:
        report.head("Demangled names, full", "language", "names", "level", "equal to", "equal", "left mangled")
        for language, pattern, count, files, oracle in LANGUAGES:
            names = linker_names(pattern, files(), count, dynamic=language == "Rust")
            theirs = lines_of(oracle, names)
            ours = lines_of([options.symbols_bench, "demangle", "full"], names)
            assert len(ours) == len(theirs) == len(names)
            equal = sum(a == b for a, b in zip(ours, theirs)) / len(names)
            left = sum(a == n and b != n for a, b, n in zip(ours, theirs, names))
            good = report.judge(f"{language} names", equal >= 0.999 and left == 0)
            report.row(
                language,
                f"{len(names):,}",
                "≥ 99.9 %, 0 left",
                os.path.basename(oracle[0]),
                f"{100 * equal:.2f} %{good}",
                str(left),
            )
    if "perf" not in skip:
        report.head(
            "Inlined calls of the same DWARF-unwound samples",
            "samples",
            "frames, perf script --inline",
            "frames, ours",
            "level",
            "CPU for names: perf's and addr2line's, s",
            "ours, s",
            "times less",
        )
        raced = race_with_perf(options.flameback, answer, chains)
        good = report.judge("perf's inlined calls", raced.times >= 20 and raced.our_frames >= raced.frames)
        report.row(
            f"{raced.samples:,}",
            f"{raced.frames:,}",
            f"{raced.our_frames:,}",
            "≥ 20 times, no frame less",
            f"{raced.cpu:.2f}",
            f"{raced.our_cpu:.3f}",
            f"{raced.times:.0f}{good}",
        )
    if "picture" not in skip:
        seconds, own, worker, maps = stop_to_picture(options.flameback)
        report.head(
            "From the stop to the picture: 30 s of the whole machine at 99 Hz, a compiler and two interpreters at work",
            "what",
            "level",
            "ours",
        )
        report.row("wall, s", "≤ 2", f"{seconds:.2f}{report.judge('stop to picture', seconds <= 2)}")
        memory = (own + worker + maps) / 1e6
        report.row(
            "memory, MB: own, largest worker, maps",
            "≤ 300 together",
            f"{own / 1e6:.0f} + {worker / 1e6:.0f} + {maps / 1e6:.0f}"
            f"{report.judge('memory of the picture', memory <= 300)}",
        )
    if report.missed:
        print(f"\nmissed: {', '.join(report.missed)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
