# SPDX-License-Identifier: Apache-2.0
"""Each public or package declaration of the product, and each requirement of such a protocol, has a docstring.

Exempt are implementations of requirements, whose docstring is at the protocol (of the product or of the standard
library), and `init() {}`, which gives all properties their defaults.
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


def signature(line):
    """`func name(label`, `var name` or `init(label` of a declaration; None for others."""
    found = re.search(r"\b(?:func (\w+)(?:<[^>]*>)?\((\w*)|(?:var|let) (\w+)|init[?!]?\((\w*))", line)
    return re.sub(r"\b(?:let|var) ", "var ", " ".join(found[0].split())) if found else None


def requirements(texts):
    """{protocol: signatures of its requirements and of those that it inherits} of all protocols in sources."""
    found, parents = {}, {}
    for text in texts:
        name = None
        for line in text.split("\n"):
            if PROTOCOL.match(line):
                name = re.search(r"protocol (\w+)", line)[1]
                found[name] = set()
                parents[name] = set(re.findall(r"\w+", line.partition(":")[2]))
            elif line.startswith("}"):
                name = None
            elif name and REQUIREMENT.match(line):
                found[name].add(signature(line))
    # As often as protocols may inherit from each other in a row.
    for _ in range(4):
        for name, inherited in parents.items():
            found[name] |= set().union(*[found[parent] for parent in inherited & set(found)])
    return found


def undocumented(text, protocols):
    """The numbers of the lines of declarations that have no docstring."""
    lines = text.split("\n")
    found, is_protocol, inherited = [], False, set()
    for index, line in enumerate(lines):
        if re.match(r"[@\w].*\{$|[@\w].*:.*", line):
            # A type or an extension: what it conforms to, or extends.
            names = re.findall(r"\w+", line)
            inherited = set().union(*[protocols[name] for name in names if name in protocols])
        if PROTOCOL.match(line):
            is_protocol = not line.rstrip().endswith("}")
        elif line.startswith("}"):
            is_protocol = False
        is_declared = DECLARATION.match(line) or (is_protocol and REQUIREMENT.match(line))
        # A label may be on the next line.
        whole = line + lines[index + 1].strip() if line.endswith("(") else line
        is_implementation = not is_protocol and {signature(line), signature(whole)} & inherited
        if is_declared and not (is_implementation or STANDARD.search(line) or has_docstring(lines, index)):
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
    sources = {
        path: tree.read(path, root) for path, language in tree.files(root, ("Sources", "bpf")) if language == "swift"
    }
    protocols = requirements(sources.values())
    return [
        tree.Finding(path, line, "a declaration without a docstring")
        for path, text in sources.items()
        if tree.is_below(path, below)
        for line in undocumented(text, protocols)
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
    public struct Disc {
      public var area: Int
    }
    """.replace(
        "\n    ", "\n"
    )
    assert undocumented(text, requirements([text])) == [3, 5, 9, 13, 14]
