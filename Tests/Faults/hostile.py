#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes each attack against flameback run by root, by sudo and with capabilities of the file; prints a table.

One row for each attack and privilege: held, succeeds, broken (the attack itself failed), or – (cannot be tried).
Ends with 1 unless all held. The attacks are in attacks/, one file for each group. Changes no sysctl.

    hostile.py [--short] [--only NAME,…] [--against root,sudo,capabilities] FLAMEBACK     (as root)
"""

import argparse
import os
import shutil
import sys
import traceback

import attack
import attacks  # noqa: F401  registers them
import workloads
from verdict import GOOD, NotTried

HELD, SUCCEEDS, BROKEN, NOT_TRIED = "held", "succeeds", "broken", "–"


def tried(each, binary, privilege):
    """(result, what was seen)"""
    try:
        with attack.scene(binary, privilege) as scene:
            verdict = each.function(scene)
    except NotTried as reason:
        return NOT_TRIED, str(reason)
    except Exception:  # An attack that fails to be made is reported, and the others go on.
        return BROKEN, traceback.format_exc(limit=-2)
    return HELD if verdict.grade == GOOD else SUCCEEDS, verdict.seen


def cell(text):
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("|", "\\|")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--against", default=",".join(attack.EVERY))
    parser.add_argument("flameback")
    options = parser.parse_args()

    counts = {}
    print("| attack | by | against | must not happen | result | seen |")
    print("|---" * 6 + "|")
    try:
        for each in attack.ALL:
            if (options.only and each.name not in options.only.split(",")) or (options.short and not each.short):
                continue
            for privilege in each.against:
                if privilege not in options.against.split(","):
                    continue
                result, seen = tried(each, os.path.abspath(options.flameback), privilege)
                counts[result] = counts.get(result, 0) + 1
                row = [f"{each.name}: {each.title}", each.by, privilege, each.never, result, cell(seen)]
                print(f"| {' | '.join(row)} |", flush=True)
    finally:
        shutil.rmtree(workloads.BUILT)
    print("\n" + ", ".join(f"{count} {result}" for result, count in counts.items()))
    return 1 if counts.get(SUCCEEDS) or counts.get(BROKEN) else 0


if __name__ == "__main__":
    sys.exit(main())
