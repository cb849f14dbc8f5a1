# SPDX-License-Identifier: Apache-2.0
"""Places of the code in Sources/ that a check finds by a pattern, but for those that it allows with a reason."""

import re

import tree

# The arguments of a call, with calls among them.
ARGUMENTS = r"(?:[^()]|\([^()]*\))*"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class Places:
    """One value for each check.

    pattern: what is found outside of comments.
    allowed: how often a file may have it, and why.
    finding, unused: what is said of a place that is not allowed, and of a file that has fewer than it may.
    """

    def __init__(self, pattern, allowed, finding, unused):
        self.pattern, self.allowed, self.finding, self.unused = pattern, allowed, finding, unused

    def lines(self, text):
        """The lines, from 1, on which a place begins."""
        code = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
        return [code.count("\n", 0, match.start()) + 1 for match in self.pattern.finditer(code)]

    def findings(self, path, text):
        """The findings of one file."""
        lines = self.lines(text)
        allowed = self.allowed.get(path, (0, ""))[0]
        if len(lines) < allowed:
            return [tree.Finding(path, 1, f"{len(lines)} {self.unused}, but {allowed} are allowed")]
        if len(lines) == allowed:
            return []
        return [tree.Finding(path, line, self.finding) for line in lines]

    def check(self, root=tree.PACKAGE, below=()):
        """All findings of the package."""
        return [
            finding
            for path, language in tree.files(root, below)
            if path.startswith("Sources/") and language in ("swift", "c")
            for finding in self.findings(path, tree.read(path, root))
        ]
