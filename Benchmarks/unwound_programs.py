# SPDX-License-Identifier: Apache-2.0
"""Ordinary programs whose stacks are measured by unwind.py, with the levels that their stacks must reach."""

import glob
import os
import shutil
import subprocess
from dataclasses import dataclass

from workers import Database

LIBRARIES = "/usr/lib/x86_64-linux-gnu"


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


def lazy_binding(folder):
    """A library is loaded again and again, and each time calls 3,000 functions of another for the first time."""
    gcc = shutil.which("gcc")
    if not gcc:
        return None
    names = [f"called_for_the_first_time_{i}" for i in range(3000)]
    called = written(folder, "called.c", "".join(f"void {name}(void) {{}}\n" for name in names))
    calls = "".join(f"void {name}(void);\n" for name in names) + "void run(void) {\n"
    caller = written(folder, "caller.c", calls + "".join(f"{name}();\n" for name in names) + "}\n")
    program = written(
        folder,
        "binder.c",
        "#include <dlfcn.h>\n"
        "int main(void) {\n"
        f'  dlopen("{folder}/libcalled.so", RTLD_NOW | RTLD_GLOBAL);\n'
        "  for (;;) {\n"
        f'    void *caller = dlopen("{folder}/libcaller.so", RTLD_LAZY);\n'
        '    ((void (*)(void))dlsym(caller, "run"))();\n'
        "    dlclose(caller);\n"
        "  }\n"
        "}\n",
    )
    for source, options in [
        (called, ["-shared", "-fPIC", "-o", f"{folder}/libcalled.so"]),
        (caller, ["-shared", "-fPIC", "-Wl,-z,lazy", "-o", f"{folder}/libcaller.so"]),
        (program, ["-o", f"{folder}/binder"]),
    ]:
        subprocess.run([gcc, "-O1", source, *options], check=True)
    return [f"{folder}/binder"]


def cc1plus(folder):
    gcc = shutil.which("g++")
    if not gcc:
        return None
    answer = subprocess.run([gcc, "-print-prog-name=cc1plus"], capture_output=True, text=True)
    # Without its garbage collector, whose recursion is more than 2,000 frames deep for so large a source:
    # deeper than any limit.
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
        Program("openssl gcm", 99.5, "11", installed("openssl", "speed", "-seconds", "600", "-evp", "aes-256-gcm")),
        Program(
            "openssl chacha", 99.5, "–", installed("openssl", "speed", "-seconds", "600", "-evp", "chacha20-poly1305")
        ),
        Program("lazy binding", 99.5, "–", lazy_binding(folder)),
        Program("openssl sha", 99.5, "100", installed("openssl", "speed", "-seconds", "600", "sha256")),
        Program("node", 99, "99.5", installed("node", "-e", node)),
        Program("Go binary", 94, "94", go_program(folder)),
        Program("java +PreserveFramePointer", 99, "100", java_program(folder)),
    ]
