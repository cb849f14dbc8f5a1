# SPDX-License-Identifier: Apache-2.0
"""Each wait of Sources/ has a limit, or a reason here why it ends.

What is found: poll(2) without a timeout, waits for children, signals, threads and other processes' locks, and read(2),
which waits where it reads a pipe, a FIFO or a terminal. Regular files are read by pread(2).
"""

import re

from places import ARGUMENTS, Places

# How often a file may wait without a limit, and why each such wait ends.
ALLOWED = {
    "Sources/CShims/spawn_held.c": (1, "the child before its exec: its pipe ends with its parent"),
    "Sources/Command/Report/InputFile.swift": (1, "report and diff read what the user names; Ctrl-C ends them"),
    "Sources/Command/Symbolize/StandardInput.swift": (1, "symbolize reads standard input; Ctrl-C ends it"),
    "Sources/Command/Terminal/StopSignals.swift": (1, "the thread of signals waits for signals; nobody waits for it"),
    "Sources/Files/FileReplacement.swift": (1, "the reader of an output may be slow; SIGINT abandons the run"),
    "Sources/Files/ProcFile.swift": (1, "files of the kernel, which answers"),
    "Sources/FlamebackRecorder/ProgramRun.swift": (3, "the run of flameback that the caller asked for, and its output"),
    "Sources/Sampling/Processes/ChildCommand.swift": (1, "poll has found the pipe readable"),
    "Sources/Sampling/Processes/CommandFiles.swift": (1, "poll has found the pipe readable"),
    "Sources/Sampling/Unwinding/TableBuilder.swift": (3, "threads of this process, which read held files only"),
    "Sources/Sampling/Unwinding/WakeUp.swift": (1, "threads of this process"),
    "Sources/Symbolization/ConcurrentMap.swift": (1, "threads of this process, whose workers have deadlines"),
    "Sources/Symbolization/Debuginfod/DebugFileServer.swift": (1, "poll has found the socket readable"),
    "Sources/Symbolization/Worker/WorkerService.swift": (1, "the worker waits for its parent, and ends with it"),
}

WAITS = re.compile(
    rf"\bpoll\({ARGUMENTS},\s*-1\s*\)"
    rf"|\b(?:waitpid|wait4|waitid)\((?!{ARGUMENTS}WNOHANG){ARGUMENTS}\)"
    rf"|\b(?:sigwaitinfo|sigwait|pthread_join|pthread_cond_wait|sem_wait|flock)\("
    rf"|\b(?:accept|accept4|recv|recvfrom)\("
    rf"|\.wait\(\s*\)"
    rf"|(?<![.\w])(?:Glibc\.)?read\((?!{ARGUMENTS}\w:\s){ARGUMENTS},{ARGUMENTS},{ARGUMENTS}\)"
    rf"|\bF_(?:OFD_)?SETLKW\b"
)

PLACES = Places(
    WAITS,
    ALLOWED,
    "a wait without a limit, or without a reason in waits.py",
    "waits without a limit",
)
check = PLACES.check


def self_test():
    """Finds planted waits, and none with a limit."""
    for planted in (
        "poll(&waited, 1, -1)",
        "waitpid(pid, &status, 0)",
        "wait4(f(pid), NULL, 0, NULL)",
        "sigwaitinfo(&mask, &info)",
        "job.finished.wait()",
        "read(reader.rawValue, &byte, 1)",
        "Glibc.read(file, buffer.baseAddress, size)",
        "pthread_join(thread,\n  nil)",
    ):
        assert PLACES.lines(f"// poll(a, 1, -1)\n{planted}") == [2], planted
    for limited in (
        "poll(&waited, 1, 100)",
        "waitpid(pid, NULL, WNOHANG)",
        "x.read(a, b, c)",
        "read(a, in: b, &c)",
        "/* read(a, b, c) */",
    ):
        assert not PLACES.lines(limited), limited
    assert PLACES.findings("Sources/A/a.c", "int f;\nflock(a, b);")[0].line == 2
