#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs with debug information of several kinds, made once and kept in .build/bench-symbols."""

import json
import os
import subprocess
import sys

CACHE = ".build/bench-symbols"


def swift_folder():
    """The folder of the Swift toolchain's programs: `swift` in PATH may be a script or a proxy elsewhere."""
    info = subprocess.run(["swift", "-print-target-info"], capture_output=True, check=True).stdout
    return os.path.realpath(json.loads(info)["paths"]["runtimeResourcePath"] + "/../../bin")


SWIFT = swift_folder()


def shell(line):
    subprocess.run(["sh", "-ec", line], check=True)


def c_sources(folder):
    """C as large programs are: many structures, many small static functions, one header for all."""
    header = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>"]
    for i in range(300):
        header.append(
            f"struct record_{i} {{ int kind; long size; char name[{16 + i % 48}];"
            f" struct record_{max(i - 1, 0)} *next; union {{ double ratio; void *data; }} u; }};"
        )
        header.append(
            f"static inline int weigh_{i}(const struct record_{i} *r, int by) {{"
            f" int sum = by; for (int k = 0; k < r->kind; k++) sum += r->name[k % 16] * {i + 1};"
            f" return r->next ? sum + (int)r->size : sum; }}"
        )
    with open(f"{folder}/records.h", "w") as file:
        file.write("\n".join(header) + "\n")
    for unit in range(60):
        lines = ['#include "records.h"']
        for i in range(120):
            a, b = (unit * 7 + i) % 300, (unit * 11 + i * 3) % 300
            lines.append(
                f"""
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
}}"""
            )
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
template <int N> struct Tag {
  int value = N + rand() % 3; bool operator<(const Tag &o) const { return value < o.value; }
};
template <typename T, int N> struct Layer {
  std::vector<T> items; std::map<std::string, T> byName; std::unordered_map<int, std::shared_ptr<T>> byNumber;
  template <typename F> auto each(F f) const {
    std::vector<decltype(f(items[0]))> out; for (auto &i : items) out.push_back(f(i)); return out;
  }
  int run(int seed) {
    for (int i = 0; i < seed % 17; i++) {
      items.push_back(T{}); byName["k" + std::to_string(i)] = T{}; byNumber[i] = std::make_shared<T>();
    }
    std::sort(items.begin(), items.end());
    auto values = each([seed](const T &t) { return t.value * seed; });
    std::function<int(int)> add = [&](int x) { return std::accumulate(values.begin(), values.end(), x); };
    std::variant<int, std::string, T> choice = seed % 2 ? std::variant<int, std::string, T>(seed) : std::string("x");
    int sum = std::visit([](auto &v) -> int { using V = std::decay_t<decltype(v)>;
      if constexpr (std::is_same_v<V, int>) return v;
      else if constexpr (std::is_same_v<V, std::string>) return (int)v.size();
      else return v.value; }, choice);
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
int main(int argc, char **argv) {
  int sum = 0;
  for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++) sum += bench::level<LEVELS>(argc + i);
  printf("%d\n", sum);
}
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
  var values: [Value] {
    switch self { case .leaf: return []; case .node(let l, let v, let r): return l.values + [v] + r.values }
  }
}
"""


def swift_source():
    lines = [SWIFT_PROGRAM]
    for i in range(500):
        lines.append(
            f"""
struct Job{i} {{
  var names: [String: Int] = [:]
  var tree = Tree<Int>.leaf
  @inline(never) mutating func run(_ seed: Int) -> Int {{
    for i in 0..<seed % 13 {{ names["n\\(i)", default: {i}] += i; tree = tree.inserting(i * {i + 3} % 17) }}
    let boxes = names.values.map {{ Box(width: $0, height: seed) }}.filter {{ $0.area > {i} }}
    let best = boxes.sorted {{ $0.area < $1.area }}.last?.scaled(2).area ?? seed
    return tree.values.reduce(best) {{ $0 &+ $1 }} &+ Set(boxes).count
  }}
}}"""
        )
    lines.append("var sum = CommandLine.arguments.count")
    lines += [f"do {{ var job = Job{i}(); sum &+= job.run(sum) }}" for i in range(500)]
    lines.append("print(sum)")
    return "\n".join(lines) + "\n"


def rust_source():
    lines = [
        "use std::collections::{BTreeMap, HashMap};",
        "use std::fmt::Display;",
        'trait Shape { fn area(&self) -> u64; fn name(&self) -> String { format!("{}", self.area()) } }',
        "fn show<T: Display + Clone>(items: &[T]) -> Vec<String> {"
        ' items.iter().map(|i| format!("<{}>", i)).collect() }',
    ]
    for i in range(400):
        lines.append(
            f"""
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
}}"""
        )
    lines.append("fn main() { let mut s = std::env::args().count() as u64;")
    lines += [f"  s = s.wrapping_add(job{i}::run(s));" for i in range(400)]
    lines.append('  println!("{}", s); }')
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


def make_c(folder, program):
    c_sources(folder)
    shell(f"cd {folder}; for f in *.c; do echo $f; done | xargs -P2 -I@ gcc -g -O2 -c @; gcc -o program *.o; rm *.o")


def make_templates(compiler, levels=60):
    def build(folder, program):
        with open(f"{folder}/heavy.cc", "w") as file:
            file.write(TEMPLATES)
        shell(f"{compiler} -std=c++20 -g -O2 -ftemplate-depth=2000 -DLEVELS={levels} -o {program} {folder}/heavy.cc")

    return build


def make_swift(folder, program):
    with open(f"{folder}/main.swift", "w") as file:
        file.write(swift_source())
    shell(f"swiftc -O -g -o {program} {folder}/main.swift")


def make_rust(folder, program):
    with open(f"{folder}/main.rs", "w") as file:
        file.write(rust_source())
    shell(f"rustc -g -O -o {program} {folder}/main.rs")
