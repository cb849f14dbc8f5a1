# SPDX-License-Identifier: Apache-2.0
"""What is written for people in a source file: comments, docstrings, and texts of several words.

Each piece is a pair: the number of its first line, and its text, in which newlines are those of the file.
Comments on lines that follow each other are one piece, since a phrase may be broken over two.
"""

import ast
import io
import re
import tokenize

# A literal is a message if it has two words, and not a key, a path or a format.
MESSAGE = re.compile(r"[A-Za-z]{2,}[,:;.]?\s+[A-Za-z]{2,}")


def pieces(text, language):
    """All pieces of a file."""
    read = {
        "python": of_python,
        "shell": of_shell,
        "make": of_shell,
        "markdown": of_markdown,
    }.get(language, of_c_like)
    return [(line, without_code(piece)) for line, piece in read(text)]


def without_code(text):
    """Replaces `code in backticks` by blanks of the same length."""
    return re.sub(r"`[^`]*`", lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def merged(comments):
    """Joins comments of adjacent lines: triples of first line, last line and text."""
    joined = []
    for first, last, text in comments:
        if joined and first == joined[-1][1] + 1:
            start, _, before = joined[-1]
            joined[-1] = (start, last, f"{before}\n{text}")
        else:
            joined.append((first, last, text))
    return [(first, text) for first, _, text in joined]


TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    | (?P<raw>\#+"[^\n]*?"\#+)
    | (?P<long>\"\"\"(?:\\.|(?!\"\"\").)*\"\"\")
    | (?P<string>"(?:\\\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)|\\.|[^"\\\n])*")
    | (?P<template>`(?:\\.|[^`\\])*`)
    | (?P<quoted>'(?:\\.|[^'\\\n])*')
    | (?P<regex>(?<=[(,=:!&|?;])\ ?/(?![/*\ ])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])+/)""",
    re.VERBOSE | re.DOTALL,
)
INTERPOLATION = re.compile(r"\\\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)|\$\{[^}]*\}")


def blanked(match):
    """The same number of lines, without the text."""
    return re.sub(r"[^\n]", " ", match[0])


def of_c_like(text):
    """Swift, C, JavaScript and CSS."""
    comments, messages = [], []
    for match in TOKEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        content = match[0]
        if match.lastgroup in ("line", "block"):
            content = re.sub(r"(?m)^\s*(?:///?|/\*+|\*(?!/))|\*/$", "", content)
            comments.append((line, line + content.count("\n"), content))
        elif match.lastgroup != "regex":
            content = INTERPOLATION.sub(blanked, content)
            if MESSAGE.search(content):
                messages.append((line, content))
    return merged(comments) + messages


def docstring_lines(text):
    """The first lines of all docstrings."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            if isinstance(getattr(body[0].value, "value", None), str):
                found.add(body[0].value.lineno)
    return found


def of_python(text):
    """By Python's own reader."""
    comments, messages = [], []
    docstrings = docstring_lines(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            comments.append((line, line, token.string.lstrip("#")))
        elif token.type == tokenize.STRING:
            content = token.string
            if re.match(r"[rbu]*f", content, re.IGNORECASE):
                content = re.sub(r"\{[^{}]*\}", blanked, content)
            if line in docstrings or MESSAGE.search(content):
                messages.append((line, content))
        elif token.type == getattr(tokenize, "FSTRING_MIDDLE", -1) and MESSAGE.search(token.string):
            messages.append((line, token.string))
    return merged(comments) + messages


def of_shell(text):
    """Shell and Makefiles: comments, and quoted texts of lines that print something."""
    comments, messages = [], []
    for number, line in enumerate(text.split("\n"), 1):
        comment = re.search(r"(?:^|\s)#(?!!)\s?(.*)$", line)
        if comment:
            comments.append((number, number, comment[1]))
        elif re.search(r"\b(echo|printf)\b", line):
            messages += [(number, quoted) for quoted in re.findall(r"'[^']*'|\"[^\"]*\"", line)]
    return merged(comments) + messages


def of_markdown(text):
    """All but blocks of code and the glossary, which has the words that must not be used."""
    lines, is_code, is_glossary = [], False, False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        if line.startswith("| not | but |"):
            is_glossary = True
        elif not line.startswith("|"):
            is_glossary = False
        is_hidden = is_code or is_glossary or line.lstrip().startswith("```") or line.startswith("    ")
        lines.append("" if is_hidden else line)
    return [(1, "\n".join(lines))]
