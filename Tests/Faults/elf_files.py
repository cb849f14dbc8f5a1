# SPDX-License-Identifier: Apache-2.0
"""Small ELF files with a function at CODE_OFFSET, which can be mapped and run.

Each part can be replaced, and each field of a header patched. Formats: ELF gABI; DWARF 4, sections 6.2.4,
6.4 and 7.5; LSB 5.0 (.eh_frame).
"""

import hashlib
import struct
import zlib

CODE_OFFSET = 0x1000
# push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret
CODE = bytes.fromhex("55 4889e5 48ffcf 75fb 5d c3")
FUNCTION = b"in_the_file"
# A placeholder: `identified` replaces it by one that is made from the file's name.
BUILD_ID = b"0123456789abcdefghij"

HEADER = {
    "class": (4, "B"),
    "programs": (32, "Q"),
    "sections": (40, "Q"),
    "program size": (54, "H"),
    "program count": (56, "H"),
    "section size": (58, "H"),
    "section count": (60, "H"),
    "names": (62, "H"),
}
SECTION = {
    "name": (0, "I"),
    "type": (4, "I"),
    "flags": (8, "Q"),
    "offset": (24, "Q"),
    "size": (32, "Q"),
    "link": (40, "I"),
    "entry": (56, "Q"),
}
PROGRAM = {"offset": (8, "Q"), "size": (32, "Q")}
NOBITS, COMPRESSED = 8, 0x800


# --- Parts of an honest file ------------------------------------------------------------------------


def note(kind, description, name=b"GNU\0", description_size=None, name_size=None):
    sizes = (
        len(name) if name_size is None else name_size,
        len(description) if description_size is None else description_size,
    )
    return struct.pack("<III", *sizes, kind) + name + description.ljust(len(description) + 3 & ~3, b"\0")


def symbol(name, value=CODE_OFFSET, size=len(CODE)):
    return struct.pack("<IBBHQQ", name, 0x12, 0, 1, value, size)


def symbols(*names, **where):
    """.symtab and .strtab"""
    entries, strings = [symbol(0, 0, 0)], b"\0"
    for name in names:
        entries.append(symbol(len(strings), **where))
        strings += name + b"\0"
    return {".symtab": b"".join(entries), ".strtab": strings}


def record(body, length=None):
    """Of .eh_frame."""
    body = body.ljust(len(body) + 7 & ~7 | 4, b"\0")
    return struct.pack("<I", len(body) if length is None else length) + body


def common():
    """CIE: the CFA is rbp + 16, below it the return address and rbp, as in the loop; addresses are relative."""
    return record(struct.pack("<IB", 0, 1) + b"zR\0\1\x78\x10\1\x1b" + b"\x0c\x06\x10\x90\1\x86\2")


def frames(instructions=b"", cie=None, pointer=None, count=1, start=0, size=len(CODE)):
    cie = common() if cie is None else cie
    content = cie
    for _ in range(count):
        back = len(content) + 4 if pointer is None else pointer
        # `elf` puts .eh_frame 0x100 behind the start of the code.
        here = CODE_OFFSET + 0x100 + len(content) + 8
        content += record(struct.pack("<IiI", back, CODE_OFFSET + start - here, size) + b"\0" + instructions)
    return content + bytes(4)


def unit(entries, version=4, address_size=8, length=None):
    size = 7 + len(entries) if length is None else length
    return struct.pack("<IHIB", size, version, 0, address_size) + entries


PLACE = struct.pack("<QQ", CODE_OFFSET, len(CODE))
PROGRAM_ENTRY = b"\x01" + PLACE + bytes(4)
ABBREVIATIONS = (
    # A unit: low and high PC, lines.
    bytes([1, 0x11, 1, 0x11, 1, 0x12, 7, 0x10, 0x17, 0, 0])
    # A function that is a copy of another.
    + bytes([2, 0x2E, 0, 0x31, 0x13, 0x11, 1, 0x12, 7, 0, 0])
    # A function with a name.
    + bytes([3, 0x2E, 0, 3, 8, 0x11, 1, 0x12, 7, 0, 0])
    # A unit with ranges.
    + bytes([4, 0x11, 1, 0x55, 0x17, 0, 0])
    # A block.
    + bytes([5, 0x0B, 1, 0, 0])
    # A function whose name is in .debug_str.
    + bytes([6, 0x2E, 0, 3, 0x0E, 0x11, 1, 0x12, 7, 0, 0, 0])
)


def copy_of(entry):
    return b"\x02" + struct.pack("<I", entry) + PLACE


def named(name):
    return b"\x03" + name + b"\0" + PLACE


def lines(program=b"\x0a\0\1\1", operations=1, line_range=14, opcode_base=13, names=b"\0a.c\0\0\0\0\0", version=4):
    sizes = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    header = bytes([1, operations, 1, 0xFB, line_range, opcode_base]) + sizes + names
    if version == 5:
        header = b"\x01" + header
    start = b"\0\x09\x02" + struct.pack("<Q", CODE_OFFSET)
    rest = struct.pack("<I", len(header)) + header + start + program
    if version == 5:
        rest = b"\x08\0" + rest
    return struct.pack("<IH", len(rest) + 2, version) + rest


HONEST = {
    ".text": CODE,
    ".eh_frame": frames(),
    ".eh_frame_hdr": b"",
    ".note.gnu.build-id": note(3, BUILD_ID),
    **symbols(FUNCTION),
    ".debug_abbrev": ABBREVIATIONS,
    ".debug_info": unit(PROGRAM_ENTRY + named(FUNCTION) + b"\0"),
    ".debug_line": lines(),
    ".debug_ranges": bytes(16),
    ".debug_str": FUNCTION + b"\0",
}
TYPES = {".note.gnu.build-id": 7, ".symtab": 2, ".strtab": 3, ".shstrtab": 3}
FLAGS = {".text": 6, ".eh_frame": 2, ".eh_frame_hdr": 2, ".note.gnu.build-id": 2}


# --- Layout -----------------------------------------------------------------------------------------


def elf(contents=None, patches=(), loads=1):
    """An ELF file of the honest parts but for `contents`; `patches`: (header, field, value).

    A header is "header", "program", the name of a section, or "all" for that of every section.
    """
    contents = contents or {}
    parts = {**HONEST, **contents}
    # What is wrong with symbols is not hidden behind debug information, nor the other way round.
    if ".debug_info" in contents and ".symtab" not in contents:
        parts.update(symbols())
    if ".symtab" in contents and ".debug_info" not in contents:
        parts[".debug_info"] = b""
    names = ["", *parts, ".shstrtab"]
    parts[".shstrtab"] = "\0".join([*names, ""]).encode()
    body, places = bytearray(CODE_OFFSET), {}
    for name in names[1:]:
        if name == ".eh_frame":
            body = body.ljust(CODE_OFFSET + 0x100, b"\0")
        if name == ".eh_frame_hdr" and not parts[name]:
            parts[name] = table_of_frames(len(body), 1)
        places[name] = len(body)
        body += parts[name].ljust(len(parts[name]) + 7 & ~7, b"\0")
    table = len(body)
    headers = {"": bytes(64)}
    for name in names[1:]:
        link = names.index(".strtab") if name == ".symtab" else 0
        headers[name] = struct.pack(
            "<IIQQQQIIQQ",
            parts[".shstrtab"].index(name.encode() + b"\0"),
            TYPES.get(name, 1),
            FLAGS.get(name, 0),
            places[name] if name in FLAGS else 0,
            places[name],
            len(parts[name]),
            link,
            0,
            1,
            24 if link else 0,
        )
    content = body + b"".join(headers.values())
    programs = [(1, 5, 0, table)] * loads + [
        (kind, 4, places[name], len(parts[name]))
        for kind, name in [(4, ".note.gnu.build-id"), (0x6474E550, ".eh_frame_hdr")]
    ]
    struct.pack_into(
        "<16sHHIQQQIHHHHHH",
        content,
        0,
        b"\x7fELF\2\1\1",
        3,
        62,
        1,
        0,
        64,
        table,
        0,
        64,
        56,
        len(programs),
        64,
        len(names),
        len(names) - 1,
    )
    for i, (kind, flags, start, size) in enumerate(programs):
        struct.pack_into("<IIQQQQQQ", content, 64 + 56 * i, kind, flags, start, start, start, size, size, 8)
    for place, field, value in patches:
        for start, fields in patched(place, table, names):
            offset, kind = fields[field]
            struct.pack_into("<" + kind, content, start + offset, value)
    return bytes(content)


def patched(place, table, names):
    if place == "header":
        return [(0, HEADER)]
    if place == "program":
        return [(64, PROGRAM)]
    chosen = range(1, len(names)) if place == "all" else [names.index(place)]
    return [(table + 64 * i, SECTION) for i in chosen]


def table_of_frames(here, count):
    """.eh_frame_hdr with one row, which says that it has `count`."""
    frame = CODE_OFFSET + 0x100
    return struct.pack(
        "<BBBBiIii", 1, 0x1B, 3, 0x3B, frame - here - 4, count, CODE_OFFSET - here, frame + len(common()) - here
    )


def compressed(content, size=None, kind=1):
    """A section that says it is compressed, and how large it would be."""
    return struct.pack("<IIQQ", kind, 0, len(content) if size is None else size, 1) + zlib.compress(content)


def with_debug_file(name, debug):
    """An honest program without names, whose debug file is this one."""
    link = name.encode() + bytes(4 - len(name) % 4) + struct.pack("<I", zlib.crc32(debug))
    return identified(name.removesuffix(".debug"), elf({**symbols(), ".debug_info": b"", ".gnu_debuglink": link}))


def identified(name, content):
    return content.replace(BUILD_ID, hashlib.sha1(name.encode()).digest())
