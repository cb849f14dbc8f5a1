# SPDX-License-Identifier: Apache-2.0
"""Each descriptor that Sources/ makes is close-on-exec from the start: no command and no worker gets it.

What is found: calls that cannot set that (pipe, dup, dup2, accept, creat, mkstemp), and calls of those that can without
the flag. opendir(3), pidfd_open(2) and bpf(2) always set it.
"""

import re

from places import ARGUMENTS, Places

# How often a file may make one that stays open, and why.
ALLOWED = {
    "Sources/Command/Terminal/StandardStreams.swift": (1, "a standard stream, which children are to have"),
}

WITHOUT = re.compile(
    # Not a declaration, nor a call with a label, nor a member of another name.
    r"(?<!func )(?<![\w.])(?:Glibc\.)?(?:pipe|dup|dup2|accept|creat|mkstemp)\((?!\s*(?:\w+:|\)))"
    rf"|(?<![\w.])(?:Glibc\.)?open(?:at)?\((?={ARGUMENTS}\bO_(?:RDONLY|WRONLY|RDWR)\b)(?!{ARGUMENTS}CLOEXEC)"
    rf"|(?<!\w)(?:memfd_create|socket|socketpair|fsopen|fsmount|eventfd|timerfd_create)\("
    rf"(?!{ARGUMENTS}(?:CLOEXEC|kind))"
    rf"|SYS_perf_event_open(?!{ARGUMENTS}CLOEXEC)"
    r"|(?<!\w)fopen\([^()]*\"[^\"e]*\"\)"
)

PLACES = Places(
    WITHOUT,
    ALLOWED,
    "a descriptor that is not close-on-exec",
    "descriptors stay open",
)
check = PLACES.check


def self_test():
    """Finds planted descriptors, and none with the flag."""
    for planted in (
        "pipe(&ends)",
        "dup2(a, 1)",
        "open(path, O_RDONLY)",
        "Glibc.open(path(a), O_WRONLY | O_NONBLOCK)",
        "openat(folder, name,\n  O_RDWR)",
        'memfd_create("copy", 0)',
        "socketpair(AF_UNIX, SOCK_STREAM, 0, ends)",
        "syscall(SYS_perf_event_open, a, -1, cpu, -1, 0)",
        'fopen("/proc/self/statm", "r")',
    ):
        assert PLACES.lines(f"int a;\n{planted};") == [2], planted
    for fine in (
        "pipe2(ends, O_CLOEXEC)",
        "try open(cpu: 1)",
        "static func pipe() -> Ends {",
        "openat(folder, name, O_RDWR | O_CLOEXEC)",
        "FileDescriptor(opening: path, O_RDONLY)",
        "syscall(SYS_perf_event_open, a, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)",
        'fopen("/proc/self/statm", "re")',
        "// open(path, O_RDONLY)",
    ):
        assert PLACES.lines(fine) == [], fine
