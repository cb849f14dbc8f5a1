# SPDX-License-Identifier: Apache-2.0
"""Copies of a real program that run, and whose sections, which only readers of symbols use, are wrong.

The format is that of ELF64 with little-endian numbers: the ELF gABI's Elf64_Ehdr and Elf64_Shdr.
"""

import random
import struct

HEADER_SIZE = 64
# Offsets in Elf64_Ehdr.
SECTION_TABLE, SECTION_COUNT = 40, 60
# Offsets in Elf64_Shdr, with formats of struct.
NAME, TYPE, FLAGS, OFFSET, SIZE, LINK = (0, "I"), (4, "I"), (8, "Q"), (24, "Q"), (32, "Q"), (40, "I")
LOADED, COMPRESSED = 2, 0x800
SYMBOLS, DYNAMIC_SYMBOLS = 2, 11
LARGEST = (1 << 64) - 1


class Changed:
    """A copy of a program, of which headers and contents of sections are changed."""

    def __init__(self, program):
        self.bytes = bytearray(program)
        self.table = self.number(SECTION_TABLE, "Q")
        self.sections = range(1, self.number(SECTION_COUNT, "H"))

    def number(self, offset, kind):
        return struct.unpack_from("<" + kind, self.bytes, offset)[0]

    def set(self, offset, kind, number):
        struct.pack_into("<" + kind, self.bytes, offset, number)
        return self

    def field(self, section, field):
        """The offset of a field of a section's header, and its kind."""
        return self.table + section * HEADER_SIZE + field[0], field[1]

    def headers(self, field, change):
        """Sets a field of each section to `change(section, old number)`."""
        for section in self.sections:
            offset, kind = self.field(section, field)
            self.set(offset, kind, change(section, self.number(offset, kind)))
        return self

    def contents(self, change):
        """Sets each byte of sections that are not loaded to `change(old byte)`."""
        for section in self.sections:
            flags, start, size = (self.number(*self.field(section, field)) for field in (FLAGS, OFFSET, SIZE))
            if not flags & LOADED and start + size <= len(self.bytes):
                for offset in range(start, start + size):
                    self.bytes[offset] = change(self.bytes[offset])
        return self


def hostile_programs(program):
    """Triples of a name, bytes, and a size: larger than the bytes if the file's end is a hole."""
    dice = random.Random(1)

    def changed():
        return Changed(program)

    def some_noise(byte):
        return dice.randrange(256) if dice.randrange(50) == 0 else byte

    def compressed(_, flags):
        return flags if flags & LOADED else flags | COMPRESSED

    def symbol_table(section, _):
        return DYNAMIC_SYMBOLS if section % 2 else SYMBOLS

    table = changed().table
    files = {
        "sizes of 2^63": changed().headers(SIZE, lambda *_: 1 << 63),
        "sizes up to the end": changed().headers(SIZE, lambda *_: len(program)),
        "offsets near 2^64": changed().headers(OFFSET, lambda *_: LARGEST - 8),
        "all at 0": changed().headers(OFFSET, lambda *_: 0),
        "links to nowhere": changed().headers(LINK, lambda *_: 0xFFFFFFFE),
        "names out of range": changed().headers(NAME, lambda *_: 0xFFFFFF00),
        "all compressed": changed().headers(FLAGS, compressed),
        "all symbol tables": changed().headers(TYPE, symbol_table),
        "zeros": changed().contents(lambda _: 0),
        "ones": changed().contents(lambda _: 0xFF),
        "continued numbers": changed().contents(lambda _: 0x80),
        "noise": changed().contents(lambda _: dice.randrange(256)),
        "some noise": changed().contents(some_noise),
        "many sections": changed().set(SECTION_COUNT, "H", 0).set(table + SIZE[0], "Q", LARGEST),
        "no section table": changed().set(SECTION_TABLE, "Q", LARGEST - 10),
    }
    for name, file in files.items():
        yield name, bytes(file.bytes), len(program)
    yield "a terabyte", program, 1 << 40
    yield "4 GB of debug information", bytes(changed().headers(SIZE, lambda *_: 1 << 32).bytes), 1 << 33
