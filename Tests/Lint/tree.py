# SPDX-License-Identifier: Apache-2.0
"""The files of this package that people write, by language."""

import os
from dataclasses import dataclass

PACKAGE = os.path.realpath(f"{os.path.dirname(__file__)}/../..")

LANGUAGES = {
    ".swift": "swift",
    ".c": "c",
    ".h": "c",
    ".cpp": "c",
    ".py": "python",
    ".js": "script",
    ".css": "style",
    ".sh": "shell",
    ".md": "markdown",
}
# Files whose names say nothing, by their paths.
NAMED = {"Makefile": "make", ".ci/run": "shell"}

# Folders below which nothing is written by hand: built files, expected outputs, inputs of fuzzers.
SKIPPED = {".git", ".build", "Golden", "__pycache__", "bin", "node_modules"}
SKIPPED_PATHS = ("Tests/Fuzz/",)


@dataclass(frozen=True)
class Finding:
    """One violation."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def language(path):
    """The language of a file, by its path relative to the package; None for one that is not checked."""
    return NAMED.get(path) or LANGUAGES.get(os.path.splitext(path)[1])


def is_skipped(path):
    """Whether a folder, by its path relative to the package, is left out."""
    name = os.path.basename(path)
    return name in SKIPPED or name.startswith(".build") or any(path.startswith(skip) for skip in SKIPPED_PATHS)


def files(root=PACKAGE, below=()):
    """Pairs of a relative path and a language, sorted; `below` limits them to files or folders."""
    found = []
    for folder, names, filenames in os.walk(root):
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative + "/"
        names[:] = sorted(name for name in names if not is_skipped(prefix + name))
        for name in filenames:
            path = prefix + name
            if language(path) and is_below(path, below):
                found.append((path, language(path)))
    return sorted(found)


def is_below(path, below):
    """Whether `path` is one of some files, or in one of some folders; without any, always."""
    wholes = [each.rstrip("/") for each in below]
    return not wholes or any(path == each or path.startswith(each + "/") or each == "." for each in wholes)


def read(path, root=PACKAGE):
    """The text of a file; bytes that are not UTF-8 become replacement characters."""
    with open(f"{root}/{path}", encoding="utf-8", errors="replace") as file:
        return file.read()
