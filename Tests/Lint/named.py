# SPDX-License-Identifier: Apache-2.0
"""Files, folders and tests that pages name as `code` exist: a moved file takes its name in the pages with it."""

import re

import tree

# `Loop/EventLoop.swift` is the end of a path; `Sources/Formats` is a whole one.
FILE = re.compile(r"`([\w.+/-]*[\w+-]\.(?:swift|h|c|cpp|py|js))`")
FOLDER = re.compile(r"`((?:Sources|Tests|Benchmarks|Packaging|Plugins|bpf|docs)/[\w+/-]+?)/?`")
# A suite of tests has a file of its name; a target of tests, a folder.
TESTS = re.compile(r"`(\w+Tests)`")


def names(text):
    """Pairs of a line's number and a path, or the end of one, that it names."""
    return [
        (number, name)
        for number, line in enumerate(text.split("\n"), 1)
        for pattern in (FILE, FOLDER, TESTS)
        for name in pattern.findall(line)
    ]


def exists(name, paths):
    """Whether a file or a folder has that name, which may lack the folders before it and the extension."""
    return any(f"/{name}{end}" in f"/{path}/" for path in paths for end in "/.")


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    paths = [path for path, _ in tree.files(root)]
    return [
        tree.Finding(path, line, f"`{name}` does not exist")
        for path, language in tree.files(root, below)
        if language == "markdown"
        for line, name in names(tree.read(path, root))
        if not exists(name, paths)
    ]


def self_test():
    """Finds planted names."""
    found = names("`a/B.swift` and b.swift\n`Sources/Formats` `bpf/` `x.y` `ATests`")
    assert found == [(1, "a/B.swift"), (2, "Sources/Formats"), (2, "ATests")]
    paths = ["Sources/Formats/a/B.swift", "bpf/layout.h"]
    assert exists("a/B.swift", paths) and exists("Sources/Formats", paths) and exists("bpf/layout", paths)
    assert not exists("C.swift", paths) and not exists("Tests", paths) and not exists("Sources/Form", paths)
