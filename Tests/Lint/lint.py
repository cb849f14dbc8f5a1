#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what no formatter does. Each check first finds what is planted for it.

    lint.py [--only CHECK,…] [PATH…]     files or folders; all of the package without any
"""

import argparse
import sys

import descriptors
import documented
import lengths
import markdown
import modules
import named
import notices
import waits
import words

CHECKS = {
    "words": words,
    "documented": documented,
    "modules": modules,
    "lengths": lengths,
    "markdown": markdown,
    "named": named,
    "notices": notices,
    "waits": waits,
    "descriptors": descriptors,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(CHECKS), help="checks to run: %(default)s")
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args()
    count = 0
    for name in options.only.split(","):
        check = CHECKS[name]
        check.self_test()
        findings = check.check(below=options.paths)
        for finding in findings:
            print(f"{finding} ({name})")
        count += len(findings)
    if count:
        print(f"{count} findings", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
