# SPDX-License-Identifier: Apache-2.0
"""ELF files made to trap, hang, exhaust or deceive whoever reads them: our own bytes only.

Each is a small library with a function at CODE_OFFSET, so that it can be mapped and run, with one thing
wrong about it. Formats: ELF gABI; DWARF 4, sections 6.2.4, 6.4 and 7.5; LSB 5.0 (.eh_frame).
"""

import hashlib
import lzma
import random
import struct
import zlib

CODE_OFFSET = 0x1000
# push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret
CODE = bytes.fromhex("55 4889e5 48ffcf 75fb 5d c3")
FUNCTION = b"in_the_file"
# Takes the place of one that is made from the file's name.
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


# --- What an honest one has -----------------------------------------------------------------------


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
        # Where .eh_frame lies is filled in by whoever lays it out: it comes first behind the code.
        here = CODE_OFFSET + 0x100 + len(content) + 8
        content += record(struct.pack("<IiI", back, CODE_OFFSET + start - here, size) + b"\0" + instructions)
    return content + bytes(4)


def unit(entries, version=4, address_size=8, length=None):
    size = 7 + len(entries) if length is None else length
    return struct.pack("<IHIB", size, version, 0, address_size) + entries


PLACE = struct.pack("<QQ", CODE_OFFSET, len(CODE))
PROGRAM_ENTRY = b"\x01" + PLACE + bytes(4)
ABBREVIATIONS = bytes(
    [
        1,
        0x11,
        1,
        0x11,
        1,
        0x12,
        7,
        0x10,
        0x17,
        0,
        0,  # a unit: low and high PC, lines
        2,
        0x2E,
        0,
        0x31,
        0x13,
        0x11,
        1,
        0x12,
        7,
        0,
        0,  # a function that is a copy of another
        3,
        0x2E,
        0,
        3,
        8,
        0x11,
        1,
        0x12,
        7,
        0,
        0,  # a function with a name
        4,
        0x11,
        1,
        0x55,
        0x17,
        0,
        0,  # a unit with ranges
        5,
        0x0B,
        1,
        0,
        0,  # a block
        6,
        0x2E,
        0,
        3,
        0x0E,
        0x11,
        1,
        0x12,
        7,
        0,
        0,  # a function whose name is elsewhere
        0,
    ]
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


# --- Laying it out --------------------------------------------------------------------------------


def elf(contents=None, patches=(), loads=1):
    """An ELF file of the honest parts but for `contents`; `patches`: (place, field, value) in a header.

    A place is "header", "program", the name of a section, or "all": of every section.
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
    """.eh_frame_hdr with one row, whatever it says."""
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


# --- What is wrong --------------------------------------------------------------------------------


def hostile_files():
    """{name: bytes} of each kind, each with a build id of its own."""
    return {name: identified(name, content) for name, content in variants()}


def variants():
    dice = random.Random(1)
    huge = 1 << 63
    yield "cut-at-40", elf()[:40]
    yield "magic-only", b"\x7fELF"
    yield "cut-in-section-table", elf()[:-100]
    for name, place, field, value in [
        ("sections-at-2^63", "header", "sections", huge),
        ("sections-wrapping", "header", "sections", (1 << 64) - 64),
        ("sections-65535", "header", "section count", 65535),
        ("section-size-1", "header", "section size", 1),
        ("section-size-0", "header", "section size", 0),
        ("names-out-of-range", "header", "names", 65000),
        ("programs-wrapping", "header", "programs", (1 << 64) - 56),
        ("programs-65535", "header", "program count", 65535),
        ("program-size-1", "header", "program size", 1),
        ("class-32", "header", "class", 1),
        ("load-of-2^63", "program", "size", huge),
        ("load-wrapping", "program", "offset", (1 << 64) - 4096),
        ("all-sizes-2^63", "all", "size", huge),
        ("all-offsets-wrapping", "all", "offset", (1 << 64) - 8),
        ("all-at-0", "all", "offset", 0),
        ("all-linked-to-themselves", "all", "link", 5),
        ("all-linked-to-nowhere", "all", "link", 0xFFFFFFFE),
        ("all-names-out-of-range", "all", "name", 0xFFFFFF00),
        ("all-entries-of-1", "all", "entry", 1),
        ("all-tables-of-symbols", "all", "type", 2),
        ("all-compressed", "all", "flags", COMPRESSED),
    ]:
        yield name, elf(patches=[(place, field, value)])
    yield "sections-2^60", elf(patches=[("header", "section count", 0), ("", "size", 1 << 60)])
    yield "64-loads-over-each-other", elf(loads=64)
    yield "text-of-1-TiB-without-bytes", elf(patches=[(".text", "type", NOBITS), (".text", "size", 1 << 40)])

    yield "strings-without-end", elf({".strtab": b"x" * 5000, ".symtab": symbol(1)})
    yield "symbol-over-everything", elf(symbols(b"everything", value=0, size=(1 << 64) - 1))
    yield "symbol-that-wraps", elf(symbols(b"wraps", value=(1 << 64) - 16, size=huge))
    yield "symbol-names-out-of-range", elf({".symtab": symbol(0xFFFFFFF0) * 50})
    yield "symbols-of-no-size", elf(symbols(*[b"n%d" % i for i in range(20000)], size=0))
    yield "symbols-at-one-place", elf({".symtab": symbol(1) * 200000})
    yield "injected-names", elf(
        symbols(b"<script>hostile=1</script>", b"\x1b[31m]]>&;a 12\n\r\xff", b"</svg>\xe2\x80\xae\x9b")
    )
    yield "name-of-1-MiB", elf(symbols(b"x" * (1 << 20)))

    yield "note-of-4-GB", elf({".note.gnu.build-id": note(3, b"x" * 20, description_size=0xFFFFFFFF)})
    yield "note-name-wraps", elf({".note.gnu.build-id": note(3, b"x" * 20, name_size=0xFFFFFFFD)})
    yield "build-id-empty", elf({".note.gnu.build-id": note(3, b"")})
    yield "build-id-of-300", elf({".note.gnu.build-id": note(3, b"x" * 300)})
    yield "notes-without-end", elf({".note.gnu.build-id": note(0, b"", b"") * 50000})
    for name, path in [
        ("upwards", b"../../../../../../etc/shadow"),
        ("absolute", b"/proc/self/mem"),
        ("without-end", b"x" * 5000),
    ]:
        yield f"debuglink-{name}", elf({".gnu_debuglink": path + bytes(8)})
    yield "debugaltlink-to-kcore", elf({".gnu_debugaltlink": b"/proc/kcore\0" + b"x" * 20})

    zeros = bytes(64 << 20)
    for name, content in [
        ("of-64-MiB", compressed(zeros)),
        ("larger-than-told", compressed(zeros, 100)),
        ("of-2^40", compressed(b"", 1 << 40)),
        ("of-unknown-kind", compressed(b"x", kind=77)),
        ("cut", compressed(zeros)[:1000]),
        ("noise", compressed(b"", 5000) + dice.randbytes(5000)),
    ]:
        yield f"compressed-{name}", elf({".debug_info": content}, [(".debug_info", "flags", COMPRESSED)])
    yield "minidebug-of-64-MiB", elf({".gnu_debugdata": lzma.compress(zeros), ".symtab": b""})
    nested = elf()
    for _ in range(8):
        nested = elf({".gnu_debugdata": lzma.compress(nested), ".symtab": b""})
    yield "minidebug-in-minidebug", nested

    for name, content in [
        ("numbers-without-end", frames(b"\x0e" + b"\x80" * 5000)),
        ("its-own-parent", frames(pointer=4, cie=b"")),
        ("parent-outside", frames(pointer=0x7FFFFFFF)),
        ("20,000-states", frames(b"\x0a" * 20000)),
        ("register-2^35", frames(b"\x0c\x80\x80\x80\x80\x80\x01\x08")),
        ("expression-that-loops", frames(b"\x0f\x03\x2f\xfd\xff")),
        ("expression-that-grows", frames(b"\x0f\x88\x27" + b"\x12" * 5000)),
        ("augmentation-without-end", record(struct.pack("<IB", 0, 1) + b"z" * 3000)[:-4]),
        ("record-of-4-GB", record(b"", 0xFFFFFFF0) + b"x" * 500),
        ("20,000-times-everything", frames(count=20000, size=0x7FFFFFFF)),
    ]:
        yield f"frames-{name}", elf({".eh_frame": content})
    yield "frames-4-G-rows", elf({".eh_frame_hdr": table_of_frames(CODE_OFFSET + 0x140, 0xFFFFFFFF)})

    def information(entries=b"", **other):
        return {".debug_info": unit(PROGRAM_ENTRY + entries), **other}

    first = 11 + len(PROGRAM_ENTRY)
    for name, contents in [
        ("50,000-deep", information(b"\x05" * 50000)),
        ("copy-of-itself", information(copy_of(first))),
        ("copies-of-each-other", information(copy_of(first + 21) + copy_of(first))),
        ("chain-of-copies", information(b"".join(copy_of(first + 21 * (i + 1)) for i in range(3000)))),
        ("copy-of-nothing", information(copy_of(0xFFFFFFF0))),
        ("version-99", {".debug_info": unit(PROGRAM_ENTRY, version=99)}),
        ("addresses-of-0", {".debug_info": unit(PROGRAM_ENTRY, address_size=0)}),
        ("unit-of-4-GB", {".debug_info": unit(PROGRAM_ENTRY, length=0xFFFFFFEF)}),
        ("5,000-empty-units", {".debug_info": unit(b"") * 5000}),
        ("kinds-without-end", information(**{".debug_abbrev": b"\x80" * 60000})),
        (
            "form-behind-form",
            {".debug_info": unit(b"\x16" * 50000), ".debug_abbrev": bytes([1, 0x11, 1, 3, 0x16, 0, 0, 0])},
        ),
        ("ranges-without-end", {".debug_info": unit(b"\x04\0\0\0\0") * 200, ".debug_ranges": b"\1" * 200000}),
        (
            "string-without-end",
            {".debug_info": unit(PROGRAM_ENTRY + b"\x06\1\0\0\0" + PLACE), ".debug_str": b"x" * 60000},
        ),
        ("injected-name", information(named(b"../../etc/passwd\x1b[31m</script><script>hostile=1</script>"))),
        ("line-range-0", information(**{".debug_line": lines(line_range=0)})),
        ("no-operations", information(**{".debug_line": lines(operations=0)})),
        ("opcode-base-0", information(**{".debug_line": lines(opcode_base=0)})),
        ("2^60-folders", information(**{".debug_line": lines(names=b"\1\1\x08" + b"\xff" * 8 + b"\x0f", version=5)})),
        ("rows-without-end", information(**{".debug_line": lines(b"\xff" * 200000)})),
    ]:
        yield f"dwarf-{name}", elf(contents)

    for name, text in [
        ("c++-doubling", b"_Z1fI" + b"St4pairI" * 20 + b"i" + b"S_E" * 40),
        ("c++-deep", b"_Z1f" + b"P" * 8000 + b"i"),
        ("rust-doubling", b"_RNvNt" + b"TB2_" * 2000),
        ("rust-deep", b"_RINvC1a1b" + b"R" * 8000 + b"u"),
        ("rust-its-own-part", b"_RNvB_1a"),
        ("swift-deep", b"$s" + b"Sayy" * 2000 + b"G"),
        ("swift-lengths", b"$s9999999999999999999a"),
        ("d-deep", b"_D1fF" + b"P" * 8000 + b"iZv"),
    ]:
        yield f"mangled-{name}", elf(symbols(text))
    for number in range(3):
        content = bytearray(elf())
        for _ in range(2000):
            place = dice.randrange(CODE_OFFSET + len(CODE), len(content))
            content[place] = dice.choice([0, 0x7F, 0x80, 0xFF, dice.randrange(256)])
        yield f"noise-{number}", bytes(content)
