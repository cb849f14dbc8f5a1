# SPDX-License-Identifier: Apache-2.0
"""Each source file states its licence in one of its first three lines."""

import tree

NOTICE = "SPDX-License-Identifier: "


def has_notice(text):
    """Whether one of the first three lines states a licence."""
    return any(NOTICE in line for line in text.split("\n")[:3])


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    return [
        tree.Finding(path, 1, "no SPDX line")
        for path, language in tree.files(root, below)
        if language != "markdown" and not has_notice(tree.read(path, root))
    ]


def self_test():
    """Finds a planted file."""
    assert has_notice(f"#!/bin/sh\n# {NOTICE}Apache-2.0\n")
    assert not has_notice("import Foundation\n\n\n// SPDX-License-Identifier: Apache-2.0\n")
