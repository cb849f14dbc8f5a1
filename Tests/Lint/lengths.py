# SPDX-License-Identifier: Apache-2.0
"""No source file has more than 350 lines."""

import tree

LINES = 350
LANGUAGES = {"swift", "c", "python", "script", "style", "shell"}


def excess(text):
    """The number of lines, if there are too many; else 0."""
    count = text.count("\n")
    return count if count > LINES else 0


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    found = []
    for path, language in tree.files(root, below):
        count = excess(tree.read(path, root)) if language in LANGUAGES else 0
        if count:
            found.append(tree.Finding(path, LINES, f"{count} lines, of which {LINES} are allowed"))
    return found


def self_test():
    """Finds a planted file."""
    assert excess("\n" * (LINES + 1)) == LINES + 1
    assert not excess("\n" * LINES)
