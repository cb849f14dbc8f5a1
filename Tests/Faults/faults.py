#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Causes each fault of the matrix, tries profilers on it, and prints the verdicts.

One line for each case and tool: good, degraded or bad, and what was seen. Ends with 1 if flameback is not
good in all cases. Changes no sysctl, takes no CPU offline and sets no clock: such cases run in a guest
(guest.py).

    faults.py [--short] [--only NAME,…] [--tools NAME,…] [--write PAGE] FLAMEBACK     (as root)

--write renews the table in a page. Results are kept beside the guest, so this may be done in parts: each row has the
date and the title of flameback's run.
"""

import argparse
import json
import os
import re
import shutil
import sys
import time
import traceback

import cases  # noqa: F401  registers them
import tools
import verdict
import workloads

NOT_TRIED = "–"
KEPT = f"{workloads.PACKAGE}/.build/faults.json"


def tried(case, tool):
    """(grade, what was seen, date, title)"""
    try:
        result = case.function(tool)
        grade, seen = result.grade, result.seen
    except verdict.NotTried as reason:
        grade, seen = NOT_TRIED, str(reason)
    except Exception:  # A case that fails is reported, and the others go on.
        grade, seen = "broken", traceback.format_exc(limit=-2).strip().replace("\n", " | ")
    return grade, seen, time.strftime("%Y-%m-%d", time.gmtime()), case.title


def order(case):
    """Sorts T2 before T10, and cases without a number of the matrix first."""
    number = re.match(r"T(\d+)", case.name)
    return (int(number[1]) if number else 0, case.name)


def one_line(text):
    return " ".join("".join(c if c.isprintable() else "?" for c in text).split())


def table(results):
    """Markdown of {case: {tool: (grade, what was seen)}}."""
    names = ["flameback", "perf", "bpftrace"]
    lines = [f"| | case | {' | '.join(names)} | flameback, as seen | on |", "|---" * 7 + "|"]
    for case in sorted(verdict.ALL, key=order):
        of_tools = results.get(case.name, {})
        grades = [of_tools.get(name, (NOT_TRIED,))[0] for name in names]
        _, seen, date, title = of_tools.get("flameback", ("", "", "", case.title))
        seen = one_line(seen).replace("|", "\\|")
        lines.append(f"| {case.name} | {title} | {' | '.join(grades)} | {seen} | {date} |")
    counts = []
    for name in names:
        grades = [each[name][0] for each in results.values() if name in each]
        counts.append(f"{grades.count(verdict.GOOD)} of {len(grades) - grades.count(NOT_TRIED)}")
    lines.append(f"| | **good** | {' | '.join(counts)} | | |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--tools")
    parser.add_argument("--write")
    parser.add_argument("flameback")
    options = parser.parse_args()

    used = tools.installed(os.path.abspath(options.flameback))
    if options.short or options.tools:
        chosen = (options.tools or "flameback").split(",")
        used = [tool for tool in used if tool.name in chosen]
    chosen = [
        case
        for case in sorted(verdict.ALL, key=order)
        if (not options.only or case.name in options.only.split(",")) and (not options.short or case.short)
    ]
    found, failed = {}, False
    try:
        for case in chosen:
            results = found[case.name] = {}
            for tool in used:
                if tool.name not in case.tools:
                    continue
                start = time.monotonic()
                grade, seen, _, _ = results[tool.name] = tried(case, tool)
                failed |= tool.name == "flameback" and grade not in (verdict.GOOD, NOT_TRIED)
                print(
                    f"{case.name:5} {tool.name:9} {grade:8} {time.monotonic() - start:5.1f} s  "
                    f"{case.title}: {one_line(seen)}",
                    flush=True,
                )
    finally:
        shutil.rmtree(workloads.BUILT)
    if options.write:
        write(options.write, table(kept_with(found)))
    return 1 if failed else 0


def kept_with(found):
    """The newest result of each case and tool, of this run or an earlier one; saved for the next run."""
    kept = {}
    if os.path.exists(KEPT):
        with open(KEPT) as file:
            kept = json.load(file)
    for name, results in found.items():
        kept.setdefault(name, {}).update(results)
    with open(KEPT, "w") as file:
        json.dump(kept, file)
    return kept


def write(path, text):
    """Replaces the text between the two marks in a page."""
    with open(path) as file:
        head, _, rest = file.read().partition("<!-- result -->\n")
    machine = f"{os.cpu_count()} CPUs, Linux {os.uname().release}\n\n"
    with open(path, "w") as file:
        file.write(f"{head}<!-- result -->\n{machine}{text}<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}")


if __name__ == "__main__":
    sys.exit(main())
