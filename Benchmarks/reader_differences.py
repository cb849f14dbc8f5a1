# SPDX-License-Identifier: Apache-2.0
"""The two readers of debug information against each other: flameback's own, and libdw.

`flameback symbolize --debug-reader both` reports each address for which they differ. Every difference must be in
reader_differences.txt, with its reason.
"""

import os
import re
import subprocess

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reader_differences.txt")
# As Words.difference in Sources/Command writes it.
DIFFERENCE = re.compile(r"flameback: .*?: (0x[0-9a-f]+): own: (.*); libdw: (.*)")


def known(program, path=LIST):
    """The differences of a program that have a reason: a pattern of both chains, and how many there may be."""
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or not line.strip():
                continue
            name, pattern, reason = (part.strip() for part in line.split("\t"))
            assert reason, line
            if name in (program, "*"):
                found.append(re.compile(pattern))
    return found


def differences(flameback, program, question):
    """Triples of an address and the chains by both readers; whether all of the program was read by both."""
    run = subprocess.run(
        [flameback, "symbolize", "--debug-reader", "both", "--demangle", "none", "--obj", program],
        input=question,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    lines = run.stderr.decode(errors="replace").splitlines()
    matches = [DIFFERENCE.fullmatch(line) for line in lines]
    others = [line for line, match in zip(lines, matches) if not match]
    # A reader that failed, or that left something out: nothing was compared then.
    assert not others, others
    return [match.groups() for match in matches]


def without_reason(found, patterns):
    """Those differences that no pattern of the list matches."""
    return [each for each in found if not any(pattern.search(f"{each[1]}; {each[2]}") for pattern in patterns)]
