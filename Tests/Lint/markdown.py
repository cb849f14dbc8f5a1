#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of Markdown end at 120 columns, but for tables, blocks of code, links and pictures.

    markdown.py [PATH…]     breaks those that are longer: in files or folders; all of the package without any
"""

import re
import sys
import textwrap

import tree

COLUMNS = 120


def too_long(text):
    """The numbers of the lines that are too long."""
    found, is_code = [], False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        if is_code or line.lstrip().startswith("|") or len(line) <= COLUMNS:
            continue
        # What is left where a link's address, which cannot be broken, is taken off.
        if len(re.sub(r"\]\([^)]*\)|https?://\S+", "", line)) > COLUMNS:
            found.append(number)
    return found


# What begins a paragraph even without a blank line above it; and what is a line of its own.
START = re.compile(r"\s*(?:[-*+]|\d+[.)]|>)\s")
ALONE = re.compile(r"\s*(?:$|#|\||<|```|-{3})")
# A word at the start of a line must not become a list, a heading or a quotation.
UNBREAKABLE = re.compile(r" (?=[-+*#>=|]|\d+[.)] )")


def broken(text):
    """The text with new line breaks in paragraphs that have a long line; what they are drawn as stays the same."""
    long = set(too_long(text))
    done, paragraph, numbers, is_code = [], [], set(), False

    def end():
        done.extend(filled(paragraph) if numbers & long else paragraph)
        paragraph.clear()
        numbers.clear()

    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        is_alone = is_code or ALONE.match(line)
        if is_alone or START.match(line):
            end()
        paragraph.append(line)
        numbers.add(number)
        if is_alone or line.endswith("  "):
            end()
    end()
    return "\n".join(done)


def filled(paragraph):
    """The lines of one paragraph, broken anew."""
    marker = re.match(r"\s*(?:[-*+]\s+|\d+[.)]\s+|>\s*)?", paragraph[0])[0]
    indent = marker if ">" in marker else " " * len(marker)
    text = " ".join([paragraph[0][len(marker) :].strip()] + [line.strip() for line in paragraph[1:]])
    text = UNBREAKABLE.sub("\0", text)
    lines = textwrap.wrap(
        text, COLUMNS, initial_indent=marker, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\0", " ") for line in lines]


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    return [
        tree.Finding(path, line, f"more than {COLUMNS} columns")
        for path, language in tree.files(root, below)
        if language == "markdown"
        for line in too_long(tree.read(path, root))
    ]


def self_test():
    """Finds a planted line."""
    long = "word " * 30
    assert too_long(f"short\n{long}\n| {long} |\n```\n{long}\n```\n[a]({'x' * 200})\n") == [2]
    assert broken(f"* {long}") == "* " + "word " * 22 + "word\n  " + "word " * 6 + "word"
    assert too_long(broken(f"> {long}\n")) == []


if __name__ == "__main__":
    for finding in check(below=sys.argv[1:]):
        whole = tree.read(finding.path)
        with open(f"{tree.PACKAGE}/{finding.path}", "w", encoding="utf-8") as file:
            file.write(broken(whole))
