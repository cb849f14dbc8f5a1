# SPDX-License-Identifier: Apache-2.0
"""ELF files made to trap, hang, exhaust or deceive their readers: our own bytes only.

Each has one thing wrong about it.
"""

import lzma
import random
import struct

from elf_files import (
    CODE,
    CODE_OFFSET,
    COMPRESSED,
    NOBITS,
    PLACE,
    PROGRAM_ENTRY,
    compressed,
    copy_of,
    elf,
    frames,
    identified,
    lines,
    named,
    note,
    record,
    symbol,
    symbols,
    table_of_frames,
    unit,
)


def hostile_files():
    """{name: bytes} of each kind, each with a build id of its own."""
    return {name: identified(name, content) for name, content in variants()}


def variants():
    """Pairs of a name and bytes, with the same build id."""
    for kind in (headers, symbol_tables, notes, compression, call_frames, debug_information, mangled_names, noise):
        yield from kind()


HUGE = 1 << 63


def headers():
    yield "cut-at-40", elf()[:40]
    yield "magic-only", b"\x7fELF"
    yield "cut-in-section-table", elf()[:-100]
    for name, place, field, value in [
        ("sections-at-2^63", "header", "sections", HUGE),
        ("sections-wrapping", "header", "sections", (1 << 64) - 64),
        ("sections-65535", "header", "section count", 65535),
        ("section-size-1", "header", "section size", 1),
        ("section-size-0", "header", "section size", 0),
        ("names-out-of-range", "header", "names", 65000),
        ("programs-wrapping", "header", "programs", (1 << 64) - 56),
        ("programs-65535", "header", "program count", 65535),
        ("program-size-1", "header", "program size", 1),
        ("class-32", "header", "class", 1),
        ("load-of-2^63", "program", "size", HUGE),
        ("load-wrapping", "program", "offset", (1 << 64) - 4096),
        ("all-sizes-2^63", "all", "size", HUGE),
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


def symbol_tables():
    yield "strings-without-end", elf({".strtab": b"x" * 5000, ".symtab": symbol(1)})
    yield "symbol-over-everything", elf(symbols(b"everything", value=0, size=(1 << 64) - 1))
    yield "symbol-that-wraps", elf(symbols(b"wraps", value=(1 << 64) - 16, size=HUGE))
    yield "symbol-names-out-of-range", elf({".symtab": symbol(0xFFFFFFF0) * 50})
    yield "symbols-of-no-size", elf(symbols(*[b"n%d" % i for i in range(20000)], size=0))
    yield "symbols-at-one-place", elf({".symtab": symbol(1) * 200000})
    yield "injected-names", elf(
        symbols(b"<script>hostile=1</script>", b"\x1b[31m]]>&;a 12\n\r\xff", b"</svg>\xe2\x80\xae\x9b")
    )
    yield "name-of-1-MiB", elf(symbols(b"x" * (1 << 20)))


def notes():
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


def compression():
    zeros = bytes(64 << 20)
    for name, content in [
        ("of-64-MiB", compressed(zeros)),
        ("larger-than-stated", compressed(zeros, 100)),
        ("of-2^40", compressed(b"", 1 << 40)),
        ("of-unknown-kind", compressed(b"x", kind=77)),
        ("cut", compressed(zeros)[:1000]),
        ("noise", compressed(b"", 5000) + random.Random(1).randbytes(5000)),
    ]:
        yield f"compressed-{name}", elf({".debug_info": content}, [(".debug_info", "flags", COMPRESSED)])
    yield "minidebug-of-64-MiB", elf({".gnu_debugdata": lzma.compress(zeros), ".symtab": b""})
    nested = elf()
    for _ in range(8):
        nested = elf({".gnu_debugdata": lzma.compress(nested), ".symtab": b""})
    yield "minidebug-in-minidebug", nested


def call_frames():
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


def debug_information():
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


def mangled_names():
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


def noise():
    dice = random.Random(1)
    for number in range(3):
        content = bytearray(elf())
        for _ in range(2000):
            place = dice.randrange(CODE_OFFSET + len(CODE), len(content))
            content[place] = dice.choice([0, 0x7F, 0x80, 0xFF, dice.randrange(256)])
        yield f"noise-{number}", bytes(content)
