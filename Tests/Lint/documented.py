# SPDX-License-Identifier: Apache-2.0
"""Each public or package declaration of the product, and each requirement of such a protocol, has a docstring.

Exempt is what a protocol of the standard library asks for, whose documentation says what it does, and
`init() {}`, which gives all properties their defaults.
"""

import re

import tree

ATTRIBUTE = r"(?:@\w+(?:\([^)]*\))?\s+)*"
DECLARATION = re.compile(rf"^\s*{ATTRIBUTE}(?:public|package|open)(?:\((?:set)\))?\s+(?!extension\b|import\b)")
REQUIREMENT = re.compile(
    rf"^  {ATTRIBUTE}(?:(?:static|mutating|nonmutating)\s+)*(?:func|var|init|subscript|associatedtype)\b"
)
PROTOCOL = re.compile(rf"^{ATTRIBUTE}(?:public|package)\s+protocol\b")

# Requirements of Equatable, Hashable, Comparable, Codable, CustomStringConvertible, Sequence, Collection,
# IteratorProtocol, RandomNumberGenerator, Error, CaseIterable and RawRepresentable.
STANDARD = re.compile(
    r"\bfunc (?:==|<|hash\(into|encode\(to|next\(\)|makeIterator\(\)|index\((?:after|before)|advanced\(by|distance\(to)"
    r"|\bvar (?:description|debugDescription|errorDescription|hashValue|startIndex|endIndex|underestimatedCount"
    r"|rawValue|allCases|id)\b"
    r"|\binit\(\) \{\}|\binit\((?:from decoder|rawValue|\w*Literal)"
    r"|\bsubscript\(position"
    r"|\btypealias (?:Element|Index|Iterator|RawValue|Indices|SubSequence)\b"
)


def undocumented(text):
    """The numbers of the lines of declarations that have no docstring."""
    lines = text.split("\n")
    found, is_protocol = [], False
    for index, line in enumerate(lines):
        if PROTOCOL.match(line):
            is_protocol = not line.rstrip().endswith("}")
        elif line.startswith("}"):
            is_protocol = False
        is_declared = DECLARATION.match(line) or (is_protocol and REQUIREMENT.match(line))
        if is_declared and not STANDARD.search(line) and not has_docstring(lines, index):
            found.append(index + 1)
    return found


def has_docstring(lines, index):
    """Whether a docstring stands above a line, attributes and conditions between them."""
    index -= 1
    while index >= 0 and re.match(r"\s*(?:@|#if|#else)", lines[index]):
        index -= 1
    return index >= 0 and bool(re.match(r"\s*///|.*\*/\s*$", lines[index]))


def check(root=tree.PACKAGE, below=()):
    """All findings in the sources of the product."""
    return [
        tree.Finding(path, line, "a declaration without a docstring")
        for path, language in tree.files(root, below)
        if language == "swift" and path.split("/")[0] in ("Sources", "bpf")
        for line in undocumented(tree.read(path, root))
    ]


def self_test():
    """Finds planted declarations."""
    text = """/// A shape.
    public protocol Shape {
      var area: Int { get }
    }
    public struct Box: Shape {
      /// Square units.
      @inlinable
      public var area: Int { 1 }
      public func scaled(by: Int) -> Box { self }
      public func hash(into hasher: inout Hasher) {}
      let inside = 1
    }
    """.replace(
        "\n    ", "\n"
    )
    assert undocumented(text) == [3, 5, 9]
