#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the return addresses of a pprof file follow a call instruction.

A wrongly unwound address hardly ever follows a call. (A frame that is left out is not detected.) Not
checked are addresses where a thread was interrupted by the sample, by a signal or by Go; signal trampolines
and the roots of stacks made by hand (Go's, Boost's), which are never called; and samples with code that was
made at run time. Prints lines of "key number", and the wrong addresses; ends with 1 if there are any.

    call_sites.py PPROF-FILE
"""

import struct
import sys
from collections import Counter

import pprof

# mov $15, %rax; syscall: rt_sigreturn, to which a signal handler returns.
TRAMPOLINE = bytes.fromhex("48c7c00f000000" "0f05")
# Where stacks that were made by hand return to, which no call precedes: Go lets a goroutine's first function
# return into the middle of goexit, and Boost a fiber's into make_fcontext.
HAND_MADE_ROOTS = {"runtime.goexit", "make_fcontext"}
# Go lets an interrupted thread call this at any instruction.
GO_PREEMPTION = "runtime.asyncPreempt"
# Lengths of FF /2, up to one with a SIB byte and a displacement of 32 bits.
INDIRECT_LENGTHS = (2, 3, 4, 6, 7)


class Image:
    """The executable bytes of a file, or of the vDSO, by addresses as linked."""

    def __init__(self, data):
        self.data = data
        self.segments = []
        # ELF64, little endian: e_phoff, e_phentsize, e_phnum; then p_type 1 (PT_LOAD), p_flags 1 (X).
        (table,) = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        for index in range(count):
            kind, flags, offset, address, _, in_file = struct.unpack_from("<IIQQQQ", data, table + index * size)
            if kind == 1 and flags & 1:
                self.segments.append((address, offset, in_file))

    def bytes(self, address, count):
        """The bytes at an address; None if not all of them are code."""
        for start, offset, size in self.segments:
            if start <= address and address + count <= start + size:
                at = address - start + offset
                return self.data[at : at + count]
        return None

    def has_call_before(self, address):
        relative = self.bytes(address - 5, 5)
        if relative and relative[0] == 0xE8:
            target = address + struct.unpack("<i", relative[1:])[0]
            if self.bytes(target, 1):
                return True
        return any(is_indirect_call(self.bytes(address - length, length)) for length in INDIRECT_LENGTHS)


def vdso():
    """The vDSO's bytes, read from this process: it is the same in every process."""
    with open("/proc/self/maps") as maps:
        span = next(line.split()[0] for line in maps if line.endswith("[vdso]\n"))
    start, end = (int(text, 16) for text in span.split("-"))
    with open("/proc/self/mem", "rb") as memory:
        memory.seek(start)
        return memory.read(end - start)


images = {}


def image(path):
    """The Image of a mapped file; None if it cannot be read."""
    if path not in images:
        try:
            if path == "[vdso]":
                images[path] = Image(vdso())
            elif path.startswith("/") and not path.startswith("//"):
                with open(path, "rb") as file:
                    images[path] = Image(file.read())
            else:
                images[path] = None
        except (OSError, struct.error):
            images[path] = None
    return images[path]


def operand_length(modrm, sib):
    """Bytes of ModRM, SIB and displacement after the opcode FF /2 (Intel's manual, volume 2, 2.1.5)."""
    mode, base = modrm >> 6, modrm & 7
    if mode == 3:
        return 1
    length = 1
    if base == 4:
        length += 1
        if mode == 0 and sib & 7 == 5:
            length += 4
    elif mode == 0 and base == 5:
        length += 4
    return length + (0, 1, 4)[mode]


def is_indirect_call(code):
    """Whether all of `code` is FF /2. Prefixes before it do not matter."""
    if not code or code[0] != 0xFF or code[1] >> 3 & 7 != 2:
        return False
    sib = code[2] if len(code) > 2 else 0
    return operand_length(code[1], sib) == len(code) - 1


def is_trampoline(frame, code):
    """Whether a frame is in rt_sigreturn's trampoline: at its first instruction, its second, or behind it, as
    a leaf may be; or just before it, as a caller is."""
    return code is not None and TRAMPOLINE in (
        code.bytes(frame.address + away, len(TRAMPOLINE)) for away in (0, -7, -9, 1)
    )


class CallSites:
    """Counts of return addresses, each once for each sample that has it."""

    def __init__(self):
        self.right = 0
        self.wrong = Counter()
        # In files that cannot be read, or in no known mapping.
        self.unreadable = 0
        self.jit_samples = 0

    @property
    def checked(self):
        return self.right + sum(self.wrong.values())

    @property
    def share(self):
        """In percent, as a text; a dash where nothing was checked, as in a program of JIT code alone."""
        return f"{100 * self.right / self.checked:.3f}" if self.checked else "–"

    def report(self):
        """A line for each of the most frequent 20 wrong addresses."""
        return [
            f"no call before {frame.mapping.path} {frame.address + 1:#x}" f" ({frame.functions[-1]}): {count}"
            for frame, count in self.wrong.most_common(20)
        ]

    def add(self, sample):
        frames = sample.user_frames
        if any(frame.is_without_file for frame in frames):
            self.jit_samples += sample.count
            return
        is_interrupted = True
        for frame in frames:
            code = image(frame.mapping.path) if frame.mapping.end else None
            kind = "interrupted" if is_interrupted else self.kind(frame, code)
            is_interrupted = is_trampoline(frame, code) or frame.functions[-1] == GO_PREEMPTION
            if kind == "right":
                self.right += sample.count
            elif kind == "wrong":
                self.wrong[frame] += sample.count
            elif kind == "unreadable":
                self.unreadable += sample.count

    @staticmethod
    def kind(frame, code):
        # Without a segment the file could not be read: the address is none of those as linked.
        if not code:
            return "unreadable"
        if frame.functions[-1] in HAND_MADE_ROOTS or is_trampoline(frame, code):
            return "not called"
        # A caller's address has been moved from behind the call onto its last byte.
        return "right" if code.has_call_before(frame.address + 1) else "wrong"


def check(samples):
    sites = CallSites()
    for sample in samples:
        sites.add(sample)
    return sites


def main():
    samples = pprof.read(sys.argv[1])
    sites = check(samples)
    with_user = [sample for sample in samples if sample.user_frames]
    frames = sum(len(sample.user_frames) * sample.count for sample in with_user)
    print("samples", sum(sample.count for sample in samples))
    print("jit_samples", sites.jit_samples)
    print("user_samples", sum(sample.count for sample in with_user))
    print("user_frames", frames)
    print("checked", sites.checked)
    print("right", sites.right)
    print("unreadable", sites.unreadable)
    for line in sites.report():
        print(line)
    return 1 if sites.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
