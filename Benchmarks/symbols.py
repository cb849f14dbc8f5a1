#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names of addresses: whether they are right, and what they cost, beside llvm-symbolizer.

For 10,000 random addresses of code in each of several kinds of programs, the inlined chains of
`flameback symbolize` are compared with those of the newest llvm-symbolizer at hand, and CPU times are
compared over interleaved pairs. Programs are made once and kept in .build/bench-symbols. Prints Markdown
tables; ends with 1 if a level is missed.

    symbols.py [--pairs N] [--addresses N] [--only NAME,…] [--skip TABLE,…] FLAMEBACK SYMBOLS_BENCH

The tables are chains, race, cold, symbols and demangle.
"""

import argparse
import glob
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys

CACHE = ".build/bench-symbols"
SWIFT = os.path.dirname(os.path.realpath(shutil.which("swift") or "swift"))
LLVM = os.path.join(SWIFT, "llvm-symbolizer")
CARGO = os.path.expanduser("~/.cargo/bin/rustc")


# --- The programs -----------------------------------------------------------------------------------


def c_sources(folder):
    """C as large programs are: many structures, many small static functions, one header for all."""
    header = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>"]
    for i in range(300):
        header.append(f"struct record_{i} {{ int kind; long size; char name[{16 + i % 48}];"
                      f" struct record_{max(i - 1, 0)} *next; union {{ double ratio; void *data; }} u; }};")
        header.append(f"static inline int weigh_{i}(const struct record_{i} *r, int by) {{"
                      f" int sum = by; for (int k = 0; k < r->kind; k++) sum += r->name[k % 16] * {i + 1};"
                      f" return r->next ? sum + (int)r->size : sum; }}")
    with open(f"{folder}/records.h", "w") as file:
        file.write("\n".join(header) + "\n")
    for unit in range(60):
        lines = ['#include "records.h"']
        for i in range(120):
            a, b = (unit * 7 + i) % 300, (unit * 11 + i * 3) % 300
            lines.append(f"""
static int check_{i}(struct record_{a} *r, int depth)
{{
  if (depth > 9 || !r->name[0])
    return weigh_{a}(r, depth);
  switch (r->kind & 3) {{
  case 0: return weigh_{a}(r, rand()) + 1;
  case 1: return (int)strlen(r->name) * depth;
  default: return r->kind - depth;
  }}
}}
int work_{unit}_{i}(struct record_{a} *r, struct record_{b} *s, int n)
{{
  int total = 0;
  for (int step = 0; step < n; step++) {{
    total += check_{i}(r, step) + weigh_{b}(s, total);
    if (total > 100000) {{ printf("%d %s\\n", total, r->name); total /= 3; }}
  }}
  return total;
}}""")
        with open(f"{folder}/unit{unit}.c", "w") as file:
            file.write("\n".join(lines) + "\n")
    with open(f"{folder}/main.c", "w") as file:
        file.write('#include "records.h"\nint main(void) { return 0; }\n')


TEMPLATES = r"""
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
#include <cstdio>
#include <cstdlib>
namespace bench {
template <int N> struct Tag { int value = N + rand() % 3; bool operator<(const Tag &o) const { return value < o.value; } };
template <typename T, int N> struct Layer {
  std::vector<T> items; std::map<std::string, T> byName; std::unordered_map<int, std::shared_ptr<T>> byNumber;
  template <typename F> auto each(F f) const { std::vector<decltype(f(items[0]))> out; for (auto &i : items) out.push_back(f(i)); return out; }
  int run(int seed) {
    for (int i = 0; i < seed % 17; i++) {
      items.push_back(T{}); byName["k" + std::to_string(i)] = T{}; byNumber[i] = std::make_shared<T>();
    }
    std::sort(items.begin(), items.end());
    auto values = each([seed](const T &t) { return t.value * seed; });
    std::function<int(int)> add = [&](int x) { return std::accumulate(values.begin(), values.end(), x); };
    std::variant<int, std::string, T> choice = seed % 2 ? std::variant<int, std::string, T>(seed) : std::string("x");
    int sum = std::visit([](auto &v) -> int { using V = std::decay_t<decltype(v)>;
      if constexpr (std::is_same_v<V, int>) return v; else if constexpr (std::is_same_v<V, std::string>) return (int)v.size(); else return v.value; }, choice);
    auto pair = std::make_tuple(sum, add(seed), byName.size());
    return std::get<0>(pair) + std::get<1>(pair) + (int)std::get<2>(pair) + N;
  }
};
template <int N> __attribute__((noinline)) int level(int seed) {
  Layer<Tag<N>, N> layer;
  int sum = layer.run(seed);
  if constexpr (N > 0) sum += level<N - 1>(seed + sum);
  return sum;
}
}
int main(int argc, char **) { printf("%d\n", bench::level<60>(argc)); }
"""

SWIFT_PROGRAM = r"""
protocol Shape { associatedtype Unit: BinaryInteger; var area: Unit { get }; func scaled(_ by: Unit) -> Self }
struct Box<Unit: BinaryInteger>: Shape, Hashable {
  var width: Unit, height: Unit
  var area: Unit { width * height }
  func scaled(_ by: Unit) -> Box { Box(width: width * by, height: height * by) }
}
indirect enum Tree<Value: Comparable> { case leaf; case node(Tree, Value, Tree)
  func inserting(_ new: Value) -> Tree {
    switch self {
    case .leaf: return .node(.leaf, new, .leaf)
    case .node(let l, let v, let r): return new < v ? .node(l.inserting(new), v, r) : .node(l, v, r.inserting(new))
    }
  }
  var values: [Value] { switch self { case .leaf: return []; case .node(let l, let v, let r): return l.values + [v] + r.values } }
}
"""


def swift_source():
    lines = [SWIFT_PROGRAM]
    for i in range(500):
        lines.append(f"""
struct Job{i} {{
  var names: [String: Int] = [:]
  var tree = Tree<Int>.leaf
  @inline(never) mutating func run(_ seed: Int) -> Int {{
    for i in 0..<seed % 13 {{ names["n\\(i)", default: {i}] += i; tree = tree.inserting(i * {i + 3} % 17) }}
    let boxes = names.values.map {{ Box(width: $0, height: seed) }}.filter {{ $0.area > {i} }}
    let best = boxes.sorted {{ $0.area < $1.area }}.last?.scaled(2).area ?? seed
    return tree.values.reduce(best) {{ $0 &+ $1 }} &+ Set(boxes).count
  }}
}}""")
    lines.append("var sum = CommandLine.arguments.count")
    lines += [f"do {{ var job = Job{i}(); sum &+= job.run(sum) }}" for i in range(500)]
    lines.append("print(sum)")
    return "\n".join(lines) + "\n"


def rust_source():
    lines = ["use std::collections::{BTreeMap, HashMap};", "use std::fmt::Display;",
             "trait Shape { fn area(&self) -> u64; fn name(&self) -> String { format!(\"{}\", self.area()) } }",
             "fn show<T: Display + Clone>(items: &[T]) -> Vec<String> { items.iter().map(|i| format!(\"<{}>\", i)).collect() }"]
    for i in range(400):
        lines.append(f"""
mod job{i} {{
  use super::*;
  #[derive(Clone, Debug, PartialEq)] pub struct Item {{ pub size: u64, pub label: String }}
  impl Shape for Item {{ fn area(&self) -> u64 {{ self.size * {i + 1} }} }}
  #[inline(never)] pub fn run(seed: u64) -> u64 {{
    let mut by_name: HashMap<String, Item> = HashMap::new();
    let mut sorted: BTreeMap<u64, Vec<Item>> = BTreeMap::new();
    for k in 0..seed % 13 {{
      let item = Item {{ size: k ^ {i}, label: format!("k{{}}", k) }};
      sorted.entry(item.area() % 7).or_default().push(item.clone());
      by_name.insert(item.name(), item);
    }}
    let mut sizes: Vec<u64> = by_name.values().filter(|v| v.size > 2).map(|v| v.area()).collect();
    sizes.sort_by(|a, b| b.cmp(a));
    let text = show(&sizes).join(",");
    sizes.iter().zip(sorted.values()).fold(text.len() as u64, |s, (a, b)| s.wrapping_add(a * b.len() as u64))
  }}
}}""")
    lines.append("fn main() { let mut s = std::env::args().count() as u64;")
    lines += [f"  s = s.wrapping_add(job{i}::run(s));" for i in range(400)]
    lines.append("  println!(\"{}\", s); }")
    return "\n".join(lines) + "\n"


def made(name, build):
    """A program that is built once: `build(folder, program)` is called in its own folder."""
    folder = f"{CACHE}/{name}"
    program = f"{folder}/program"
    if not os.path.exists(program):
        print(f"  making {program}", file=sys.stderr)
        os.makedirs(folder, exist_ok=True)
        build(folder, program)
    return program


def shell(line):
    subprocess.run(["sh", "-ec", line], check=True)


def make_c(folder, program):
    c_sources(folder)
    shell(f"cd {folder}; for f in *.c; do echo $f; done | xargs -P2 -I@ gcc -g -O2 -c @; gcc -o program *.o; rm *.o")


def make_templates(compiler):
    def build(folder, program):
        with open(f"{folder}/heavy.cc", "w") as file:
            file.write(TEMPLATES)
        shell(f"{compiler} -std=c++20 -g -O2 -ftemplate-depth=2000 -o {program} {folder}/heavy.cc")
    return build


def make_swift(folder, program):
    with open(f"{folder}/main.swift", "w") as file:
        file.write(swift_source())
    shell(f"swiftc -O -g -o {program} {folder}/main.swift")


def make_rust(folder, program):
    with open(f"{folder}/main.rs", "w") as file:
        file.write(rust_source())
    rustc = shutil.which("rustc") or CARGO
    shell(f"{rustc} -g -O -o {program} {folder}/main.rs")


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


def answer(command, question):
    """What a symbolizer prints, and the CPU seconds it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, input=question, stdout=subprocess.PIPE, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def chains(output):
    """Per address the frames, innermost first: (linkage name, basename:line)."""
    for block in output.decode(errors="replace").split("\n\n"):
        lines = block.split("\n")
        if lines != [""]:
            yield [(name, place.rsplit("/", 1)[-1].rsplit(":", 1)[0])
                   for name, place in zip(lines[::2], lines[1::2])]


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
    rustc = shutil.which("rustc") or CARGO
    root = subprocess.run([rustc, "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    return [made("rust", make_rust), *glob.glob(f"{root}/lib/librustc_driver-*.so")]


def lines_of(command, names):
    text = subprocess.run(command, input="\n".join(names) + "\n", capture_output=True, text=True, check=True).stdout
    return text.rstrip("\n").split("\n")


# What, which names, how many, from where, and who says how they are written.
LANGUAGES = [
    ("Swift", r"\$s", 20_000, lambda: [f"{SWIFT}/sourcekit-lsp", f"{SWIFT}/swift-frontend"],
     [f"{SWIFT}/swift-demangle", "--compact"]),
    ("C++", r"_Z", 30_000, lambda: [f"{SWIFT}/sourcekit-lsp", f"{SWIFT}/swift-frontend", made("gcc", make_templates("g++"))],
     ["c++filt"]),
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
    wanted = "chains" not in skip or "race" not in skip
    programs = [(label, find(), level) for name, label, find, level in PROGRAMS
                if wanted and (not only or name in only)]
    questions = {program: random_addresses(program, options.addresses) for _, program, _ in programs}

    if "chains" not in skip:
        report.head("Chains equal to llvm-symbolizer's", "program", "addresses", "frames each", "level", "equal")
        for label, program, _ in programs:
            share, depth, different = compare(options.flameback, program, questions[program])
            good = report.judge(f"chains of {label}", share <= 0.001)
            report.row(label, f"{len(questions[program]):,}", f"{depth:.2f}", "≥ 99.9 %",
                       f"{100 * (1 - share):.2f} %{good}")
            for address, ours, theirs in different[:options.show]:
                print(f"{address:#x}\n  ours   {ours}\n  theirs {theirs}", file=sys.stderr)
    if "race" not in skip:
        report.head(f"CPU time beside llvm-symbolizer, median of {options.pairs} pairs", "program", "level",
                    "ratio", "ours, s", "llvm-symbolizer, s")
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
        report.row("sourcekit-lsp", "≤ 0.15", f"{ours:.3f}{report.judge('cold address', ours <= 0.15)}", f"{theirs:.3f}")
    if "symbols" not in skip:
        text = subprocess.run([options.symbols_bench, "table", f"{SWIFT}/swift-frontend"], capture_output=True,
                              text=True, check=True).stdout
        values = dict(line.split(" ", 1) for line in text.strip().split("\n"))
        build, lookup = float(values["build_ms"]), float(values["lookup_us"])
        report.head(f"Symbol table of swift-frontend, {int(values['functions']):,} functions", "what", "level", "best known", "ours")
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
            report.row(language, f"{len(names):,}", "≥ 99.9 %, 0 left", os.path.basename(oracle[0]),
                       f"{100 * equal:.2f} %{good}", str(left))
    if report.missed:
        print(f"\nmissed: {', '.join(report.missed)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
