#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words that the glossary of CONTRIBUTING.md replaces by others, in comments, messages and pages.

    words.py [PATH…]     files or folders; all of the package without any
"""

import re
import sys

import prose
import tree

# What is meant by an entry with an explanation, such as `tick (as a timer's)`: an ordinary word that is
# wrong in one sense only. Nothing in the sense of the patterns is right.
DETERMINERS = r"(?:a|an|the|this|that|each|every|its|one|same|other|which|whose|no|two|these|those|all|of)"
SENSES = {
    "place": rf"(?<!take )(?<!takes )(?<!in )(?<!takes its )\b{DETERMINERS}\s+places?\b(?!\s+of\b)",
    "look at": r"look(?:s|ed|ing)?\s+at",
    "look again": r"look(?:s|ed|ing)?\s+again",
    "room": r"rooms?",
    "tick": r"timer(?:'s|s')?\s+ticks?|ticks?\s+of\s+(?:the|a|its)\s+timer",
    "number": r"(?:process|thread|object|table|space|stack|sample|task)\s+numbers?",
    "is met": r"(?:is|are|be)\s+met\b(?!\s+by)",
    "was met": r"(?:was|were|been)\s+met",
    "brings home": r"br(?:ing|ings|ought|inging)\s+home",
    "goes by": r"go(?:es|ing)?\s+by",
    "speaks": r"speaks?",
    "shall": r"shall",
    "weight": r"(?<!font-)weights?",
    "tell": r"tell",
}
# A level or a condition is met: the usual word. A font has a weight.
ALLOWED = re.compile(
    r"font-weight|\b(?:levels?|conditions?|bounds?|promises?|requirements?)\s+(?:is|are|was|were|be)\s+met\b"
)


def glossary(text):
    """The glossary's left column: triples of a term, whether it has an explanation, and the right column."""
    table = re.search(r"\| not \| but \|.*?\n((?:\|.*\n)+)", text)
    if not table:
        raise SystemExit("words.py: CONTRIBUTING.md has no glossary")
    terms = []
    for row in table[1].split("\n"):
        cell, advice = [each.strip() for each in row.split("|")[1:3]] if row.startswith("|") else ("", "")
        if not cell or set(cell) <= {"-", ":"}:
            continue
        explanation = re.search(r"\(.*\)", cell)
        cell = re.sub(r"\(.*?\)", "", cell)
        terms += [(term.strip(), bool(explanation), advice) for term in cell.split(",") if term.strip()]
    return terms


def patterns(terms):
    """Triples of a term, its pattern and its advice."""
    compiled = []
    for term, has_explanation, advice in terms:
        sense = SENSES.get(term)
        if has_explanation and not sense:
            raise SystemExit(f"words.py: SENSES says nothing of '{term}', which CONTRIBUTING.md explains")
        sense = sense or r"\s+".join(map(re.escape, term.split()))
        pattern = sense if sense.startswith("(?<") else rf"\b(?:{sense})\b"
        compiled.append((term, re.compile(pattern, re.IGNORECASE), advice.replace("*", "")))
    return compiled


def in_text(text, language, terms, path=""):
    """Findings in one file."""
    found = []
    for first, piece in prose.pieces(text, language):
        piece = ALLOWED.sub(prose.blanked, piece)
        for _, pattern, advice in terms:
            for match in pattern.finditer(piece):
                line = first + piece.count("\n", 0, match.start())
                shown = " ".join(match[0].split())
                found.append(tree.Finding(path, line, f"'{shown}': {advice or 'say it in other words'}"))
    return sorted(set(found), key=lambda finding: finding.line)


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    terms = patterns(glossary(tree.read("CONTRIBUTING.md", root)))
    return [
        finding
        for path, language in tree.files(root, below)
        if not path.startswith("Tests/Lint/")
        for finding in in_text(tree.read(path, root), language, terms, path)
    ]


GLOSSARY = "| not | but | meaning |\n|---|---|---|\n| told, tell | report | |\n| tick (as a timer's) | expiry | |\n\n"


def self_test():
    """Finds planted words, and none in names and code."""
    terms = patterns(glossary(GLOSSARY))

    def lines(text, language):
        return [finding.line for finding in in_text(text, language, terms)]

    assert lines("let told = 1  // was told\n", "swift") == [1]
    assert lines('print("it is told \\(told)")\nlet x = "told"\n', "swift") == [1]
    assert lines("/// One\n/// timer\n/// tick.\nlet a = `told`\n", "swift") == [2]
    assert lines("/// See `told`.\n/* x\n tell */\nint told;\n", "c") == [3]
    assert lines('"""Tell."""\ntold = "told"  # a tick\n# told\n', "python") == [1, 3]
    assert lines("# told\necho 'I tell'\ntold=1\n", "shell") == [1, 2]
    assert lines(GLOSSARY + "Was told.\n```\ntold\n```\n", "markdown") == [6]
    assert lines("const a = /\"told/; // tell\nlet b = 'do tell me';\n", "script") == [1, 2]


if __name__ == "__main__":
    self_test()
    findings = check(below=sys.argv[1:])
    print("\n".join(map(str, findings)))
    print(f"{len(findings)} words", file=sys.stderr)
    sys.exit(1 if findings else 0)
