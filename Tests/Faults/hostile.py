#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes each attack against flameback run by root, by sudo and with capabilities of the file; prints a table.

One row for each attack and privilege: held, succeeds, broken (the attack itself failed, or nothing was tried by it),
or – (cannot be tried). Ends with 1 unless all held. The attacks are in attacks/, one file for each group. Changes no
sysctl.

    hostile.py [--short] [--only NAME,…] [--against root,sudo,capabilities] [--before] [--write PAGE] FLAMEBACK
                                                                                                    (as root)

--short: the quick ones; prints those that did not hold. --before: the binary is that of commit caafaa2, on which the
attacks of the issue succeeded; ends with 0. --write renews the table in a page, with the newest results of both
binaries. Results are kept below .build, so this may be done in parts.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import time
import traceback

import attack
import attacks  # noqa: F401  registers them
import workloads
from verdict import GOOD, NotTried

HELD, SUCCEEDS, BROKEN, NOT_TRIED = "held", "succeeds", "broken", "–"
KEPT = f"{workloads.PACKAGE}/.build/attacks.json"


def tried(each, binary, privilege):
    """(result, what was seen)"""
    try:
        with attack.scene(binary, privilege) as scene:
            verdict = each.function(scene)
    except NotTried as reason:
        return NOT_TRIED, str(reason)
    except attack.WithoutEffect as reason:
        return BROKEN, f"without effect: {reason}"
    except Exception:  # An attack that fails to be made is reported, and the others go on.
        return BROKEN, traceback.format_exc(limit=-2)
    return HELD if verdict.grade == GOOD else SUCCEEDS, verdict.seen


def cell(text):
    # Names of temporary folders differ from run to run.
    text = re.sub(r"/tmp/\w+-\w+/", "", text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("|", "\\|")


def table(kept):
    """Markdown of the newest results; a row for each attack and privilege."""
    titles = ["attack", "by", "against", "must not happen", "on caafaa2", "today"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for each in attack.ALL:
        for privilege in each.against:
            before, today = (kept.get(when, {}).get(f"{each.name} {privilege}") for when in ("before", "today"))
            effect = ": ".join(before[:2]) if before else "not tried"
            if each.control and (not before or before[0] != SUCCEEDS):
                effect += f". Control: {each.control}"
            row = [f"`{each.name}`: {each.title}", each.by, privilege, each.never, effect]
            row.append(f"**{today[0]}**{': ' if today[1] else ''}{today[1]}" if today else "not tried")
            lines.append(f"| {' | '.join(map(cell, row))} |")
    return "\n".join(lines) + "\n"


def kept_with(when, found):
    """The newest result of each row, of this run or an earlier one; saved for the next run."""
    kept = {}
    if os.path.exists(KEPT):
        with open(KEPT) as file:
            kept = json.load(file)
    kept.setdefault(when, {}).update(found)
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    with open(KEPT, "w") as file:
        json.dump(kept, file, indent=1)
    return kept


def write(path, text):
    """Replaces the text between the two marks in a page."""
    with open(path) as file:
        head, _, rest = file.read().partition("<!-- result -->\n")
    with open(path, "w") as file:
        file.write(f"{head}<!-- result -->\n{text}<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--against", default=",".join(attack.EVERY))
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--write")
    parser.add_argument("flameback")
    options = parser.parse_args()
    # A shell's background jobs ignore SIGINT, and so would what they start; a handler is not inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    found = {}
    if not options.short:
        print("| attack | by | against | must not happen | result | seen | time |")
        print("|---" * 7 + "|")
    try:
        for each in attack.ALL:
            if options.only and each.name not in options.only.split(","):
                continue
            for privilege in each.short if options.short else each.against:
                if privilege not in options.against.split(","):
                    continue
                start = time.monotonic()
                result, seen = tried(each, os.path.abspath(options.flameback), privilege)
                found[f"{each.name} {privilege}"] = result, seen
                row = [f"{each.name}: {each.title}", each.by, privilege, each.never, result, cell(seen)]
                if result != HELD or not options.short:
                    print(f"| {' | '.join(row)} | {time.monotonic() - start:.0f} s |", flush=True)
    finally:
        shutil.rmtree(workloads.BUILT)
        kept = kept_with("before" if options.before else "today", found)
    results = [result for result, _ in found.values()]
    print("\n" + ", ".join(f"{results.count(each)} {each}" for each in dict.fromkeys(results)))
    if options.write:
        write(options.write, table(kept))
    return 1 if not options.before and (SUCCEEDS in results or BROKEN in results) else 0


if __name__ == "__main__":
    sys.exit(main())
