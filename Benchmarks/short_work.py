# SPDX-License-Identifier: Apache-2.0
"""Work that is done by many short processes: builds, scripts, test suites, storms of execs."""

import os
import subprocess
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
# The storms of the fault cases: programs of a millisecond, and forks that exec nothing.
STORMS = f"{os.path.dirname(HERE)}/Tests/Faults/programs"

SCRIPT = """for i in $(seq 500); do
  true_file=$(/usr/bin/dirname /a/$i)
  /usr/bin/expr $i \\* 7 >/dev/null
  echo $i $true_file | /bin/grep -q 1
  /bin/echo $i | /usr/bin/cut -c1 >/dev/null
done
"""

TESTS = """import subprocess, sys, unittest

class Starts(unittest.TestCase):
    pass

def test(number):
    command = [sys.executable, "-Sc", "print(sum(range(20000)))"] if number % 3 == 0 else ["/usr/bin/sort", __file__]
    return lambda self: self.assertEqual(subprocess.run(command, stdout=subprocess.DEVNULL).returncode, 0)

for number in range(300):
    setattr(Starts, f"test_{number}", test(number))

unittest.main()
"""

C_FILE = """#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {{ char name[32]; int count; struct entry *next; }};

int insert_{0}(struct entry **table, const char *name)
{{
  unsigned hash = 0;
  for (const char *c = name; *c; c++)
    hash = hash * 31 + (unsigned)tolower(*c);
  for (struct entry *e = table[hash % 61]; e; e = e->next)
    if (!strcmp(e->name, name))
      return ++e->count;
  struct entry *e = calloc(1, sizeof *e);
  snprintf(e->name, sizeof e->name, "%s-%d", name, {0});
  e->next = table[hash % 61];
  table[hash % 61] = e;
  return e->count = 1;
}}
"""


@dataclass
class ShortWork:
    """Work whose processes are short-lived."""

    name: str
    # Percent of the samples that are whole.
    level: float
    # A command that ends by itself; with it the samples are those of `record -- COMMAND`.
    command: list
    # The name of a program with symbols that does the work; empty if there is none.
    program: str = ""
    # Whether the command is begun before, and the target is -a instead.
    is_whole_machine: bool = False
    # Whether the command is begun before, and the target is -p instead.
    is_process: bool = False
    # Words in front of a loop on each CPU that competes with the work; none without.
    rivals: tuple = ()


def compiled(folder, name):
    """The path of one of the storms' programs."""
    path = f"{folder}/{name}"
    if not os.path.exists(path):
        include = os.path.dirname(STORMS) + "/../../samples"
        flags = ["-O2", "-fno-omit-frame-pointer", f"-I{include}", f"-I{STORMS}"]
        subprocess.run(["cc", *flags, "-o", path, f"{STORMS}/{name}.c"], check=True)
    return path


def c_project(folder, files=60):
    """A folder with a makefile and small C files."""
    project = f"{folder}/project"
    os.makedirs(project, exist_ok=True)
    for number in range(files):
        with open(f"{project}/part{number}.c", "w") as file:
            file.write(C_FILE.format(number))
    with open(f"{project}/Makefile", "w") as file:
        file.write("all: $(patsubst %.c,%.o,$(wildcard *.c))\n%.o: %.c\n\tcc -O2 -c -o $@ $<\n")
    return project


def written(folder, name, text):
    path = f"{folder}/{name}"
    with open(path, "w") as file:
        file.write(text)
    return path


def short_work(folder, seconds):
    """All cases. Storms last somewhat longer than `seconds`, the length of a run."""
    project = c_project(folder)
    script = written(folder, "commands.sh", SCRIPT)
    tests = written(folder, "starts.py", TESTS)
    storm = [compiled(folder, "execs"), "400", str(seconds + 60)]
    whole = {"program": "execs", "is_whole_machine": True}
    process = {"program": "execs", "is_process": True}
    return [
        ShortWork("make -j2 of 60 C files", 99.5, ["make", "-s", "-B", "-j2", "-C", project]),
        ShortWork("script of 2,000 commands", 99.5, ["bash", script]),
        ShortWork("Python tests, 300 processes", 99.5, ["/usr/bin/python3", tests]),
        ShortWork("1 ms processes, -a", 99, storm, **whole),
        ShortWork("1 ms processes, -p", 99, storm, **process),
        ShortWork("1 ms processes, -a, two SCHED_FIFO loops", 95, storm, rivals=("chrt", "-f", "1"), **whole),
        ShortWork("1 ms processes, -p, two SCHED_FIFO loops", 95, storm, rivals=("chrt", "-f", "1"), **process),
        ShortWork("1 ms processes, -a, two loops of nice -20", 95, storm, rivals=("nice", "-n", "-20"), **whole),
        ShortWork("1 ms processes, -p, two loops of nice -20", 95, storm, rivals=("nice", "-n", "-20"), **process),
    ]
