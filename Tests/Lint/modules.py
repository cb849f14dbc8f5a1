# SPDX-License-Identifier: Apache-2.0
"""Which module may import which: Package.swift, the table below and what the sources import agree.

There are no circles, the library does without C modules (FORBIDDEN), and only few modules are public (PUBLIC).
"""

import re

import tree

# Modules of the product, the lowest first, each with the modules and C libraries that it may import. Left out:
# the standard library, Foundation, and packages.
ALLOWED = {
    "Bytes": set(),
    "CShims": set(),
    "Files": {"Bytes"},
    "System": {"Bytes", "CShims", "Files"},
    "ProfileModel": {"Bytes"},
    "Compression": {"Bytes", "CZlib"},
    "ObjectFiles": {"Bytes", "CShims", "ProfileModel", "System"},
    "Unwinding": {"Bytes", "CShims", "ObjectFiles", "System"},
    "BPFProgram": {"Bytes"},
    "Sampling": {"BPFProgram", "Bytes", "CLibbpf", "CShims", "ObjectFiles", "ProfileModel", "System", "Unwinding"},
    "Symbolization": {"Bytes", "CElfutils", "CLzma", "CShims", "CZlib", "ObjectFiles", "ProfileModel", "System"},
    "Formats": {"Bytes", "Compression", "ProfileModel"},
    "FlameGraphs": {"Bytes", "Compression", "ProfileModel"},
    "Flameback": {"Compression", "Files", "FlameGraphs", "Formats", "ProfileModel"},
    "FlamebackRecorder": {"Flameback", "System"},
    "Advice": {"Bytes", "CLz4", "CLzma", "Compression", "ObjectFiles", "ProfileModel", "System"},
    "FlamebackProgram": {"FlamebackCommand"},
    "FlamebackCommand": {
        "Advice",
        "BPFProgram",
        "Bytes",
        "CShims",
        "Compression",
        "FlameGraphs",
        "Flameback",
        "Formats",
        "ObjectFiles",
        "ProfileModel",
        "Sampling",
        "Symbolization",
        "System",
    },
}

# What modules may not reach by any way. Those that read, write and draw profiles do without system calls; the
# library opens files, and is built without C and without libbpf.
C = ("CShims", "CLibbpf", "CElfutils", "CLz4", "CLzma", "BPFProgram")
FORBIDDEN = {
    **{name: (*C, "Files", "System") for name in ("Bytes", "ProfileModel", "Compression", "Formats", "FlameGraphs")},
    "Flameback": C,
    "FlamebackRecorder": C,
}

# Modules that may have public declarations: the libraries, and Bytes, since the compiler inlines functions of other
# modules only where they are public. Those of all others are at most `package`.
PUBLIC = {"Bytes", "Flameback", "FlamebackRecorder"}
# A conformance to a public protocol of the standard library has to be public.
EXEMPT = {"Sources/Symbolization/ASCII.swift"}
PUBLIC_WORD = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s", re.M)

TARGET = re.compile(r"\.(target|executableTarget|testTarget|systemLibrary)\(")
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(?:struct\s+|func\s+)?(\w+)",
    re.M,
)


def targets(manifest):
    """{name: (kind, folder, dependencies)} of the targets in Package.swift's text."""
    found = {}
    for match in TARGET.finditer(manifest):
        body = enclosed(manifest, match.end() - 1)
        name = re.search(r'name:\s*"([^"]+)"', body)[1]
        path = re.search(r'\bpath:\s*"([^"]+)"', body)
        listed = re.search(r"dependencies:\s*\[((?:[^\[\]]|\[[^\]]*\])*)\]", body)
        names = re.sub(r"\.product\([^)]*\)", "", listed[1]) if listed else ""
        names = re.sub(r'\.target\(\s*name:\s*("[^"]+")[^)]*\)', r"\1", names)
        default = "Tests" if match[1] == "testTarget" else "Sources"
        found[name] = (match[1], path[1] if path else f"{default}/{name}", set(re.findall(r'"([^"]+)"', names)))
    return found


def enclosed(text, start):
    """From a parenthesis to the one that closes it."""
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return text[start : index + 1]
    return text[start:]


def circles(dependencies):
    """A list of names for each way from a module back to itself."""
    found, done = [], set()

    def visit(name, path):
        if name in path:
            found.append(path[path.index(name) :] + [name])
        elif name not in done:
            for each in sorted(dependencies.get(name, ())):
                visit(each, path + [name])
            done.add(name)

    for name in sorted(dependencies):
        visit(name, [])
    return found


def reached(name, dependencies):
    """All that a module stands on, by any way."""
    found, waiting = set(), [name]
    while waiting:
        for each in dependencies.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def judge(declared, imported, allowed):
    """Sentences about what does not agree.

    declared, imported: {module: set of modules}, by Package.swift and by the sources.
    """
    for way in circles(declared):
        yield f"a circle: {' imports '.join(way)}"
    for name, modules in sorted(imported.items()):
        # Tests may import what their module stands on.
        stated = reached(name, declared) if name.endswith("Tests") else declared[name]
        for module in sorted(modules - stated):
            yield f"{name} imports {module}, which Package.swift does not state"
    for name, modules in sorted(allowed.items()):
        if name not in declared:
            yield f"the table names {name}, which is no module of the product"
            continue
        for module in sorted(declared[name] - modules):
            yield f"{name} may not depend on {module}: see ALLOWED in Tests/Lint/modules.py"
    for name in sorted(set(FORBIDDEN) & set(declared)):
        for module in sorted(reached(name, declared) & set(FORBIDDEN[name])):
            yield f"{name} reaches {module}"


def check(root=tree.PACKAGE, below=()):
    """All findings of the package."""
    if below and "Package.swift" not in below:
        return []
    found = targets(tree.read("Package.swift", root))
    declared = {name: dependencies for name, (_, _, dependencies) in found.items()}
    imported = {name: set() for name in declared}
    product = {name for name, (kind, folder, _) in found.items() if not folder.startswith("Tests/")}
    opened = []
    for path, language in tree.files(root):
        if language != "swift":
            continue
        owners = [name for name, (_, folder, _) in found.items() if path.startswith(folder + "/")]
        for owner in owners:
            imported[owner] |= set(IMPORT.findall(tree.read(path, root))) & set(declared) - {owner}
            if owner in product - PUBLIC and path not in EXEMPT and PUBLIC_WORD.search(tree.read(path, root)):
                opened.append(f"{path} has a public declaration: {owner} is no library, use package")
    sentences = opened + list(judge(declared, imported, ALLOWED))
    if ALLOWED:
        swift = {name for name in product if found[name][0] != "systemLibrary"}
        sentences += [f"the table lacks {name}" for name in sorted(swift - set(ALLOWED))]
    return [tree.Finding("Package.swift", 1, sentence) for sentence in sentences]


def self_test():
    """Finds planted circles and imports."""
    manifest = """.target(name: "A", dependencies: ["B", .product(name: "X", package: "x")]), .target(
      name: "B", dependencies: ["A"], path: "b"), .systemLibrary(name: "CShims")"""
    assert targets(manifest) == {
        "A": ("target", "Sources/A", {"B"}),
        "B": ("target", "b", {"A"}),
        "CShims": ("systemLibrary", "Sources/CShims", set()),
    }
    assert IMPORT.findall("import A\n  @testable import B\npublic import C\n// import D\n") == ["A", "B", "C"]
    assert PUBLIC_WORD.search("  @discardableResult public func a()") and not PUBLIC_WORD.search("  // public b")
    assert circles({"A": {"B"}, "B": {"A"}}) == [["A", "B", "A"]]
    assert circles({"A": {"B", "C"}, "B": {"C"}, "C": set()}) == []
    declared = {"A": {"C"}, "B": set(), "C": set(), "Formats": {"C"}, "CShims": set()}
    assert list(judge(declared, {"B": {"A"}}, {"A": {"B"}})) == [
        "B imports A, which Package.swift does not state",
        "A may not depend on C: see ALLOWED in Tests/Lint/modules.py",
    ]
    assert list(judge({"Formats": {"C"}, "C": {"CShims"}}, {}, {})) == ["Formats reaches CShims"]
