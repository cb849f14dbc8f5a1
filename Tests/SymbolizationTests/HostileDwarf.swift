// SPDX-License-Identifier: Apache-2.0

/// Debug information made to harm its reader, in the layout of `FuzzedReader.dwarf`.
enum HostileDwarf {
  static let all: [(String, [UInt8])] = [
    ("50,000 levels", file(unit(entries: program + repeated([5], 50_000)))),
    ("a function that is a copy of itself", file(unit(entries: program + copy(of: 0x1c)))),
    ("two copies of each other", file(unit(entries: program + copy(of: 0x31) + copy(of: 0x1c)))),
    (
      "a chain of copies",
      file(unit(entries: program + (0..<2000).flatMap { copy(of: 0x1c + 21 * (UInt32($0) + 1)) }))
    ),
    ("references to nowhere", file(unit(entries: program + copy(of: .max)))),
    ("version 99", file(unit(version: 99, entries: program))),
    ("addresses of no bytes", file(unit(addressSize: 0, entries: program))),
    ("addresses of 255 bytes", file(unit(addressSize: 255, entries: program))),
    ("no length", file(repeated([0], 60_000))),
    ("a length of 4 GB", file([0xf0, 0xff, 0xff, 0xff] + program)),
    ("a length of 2^64", file(repeated([0xff], 12) + program)),
    ("5,000 empty units", file(repeated(unit(entries: []), 5000))),
    ("kinds without end", file(unit(entries: program), abbreviations: repeated([0x80], 60_000))),
    (
      "kinds of 2^64",
      file(unit(entries: repeated([0xff], 500)), abbreviations: repeated([0xff], 60_000))
    ),
    (
      "indirect forms of indirect forms",
      file(unit(entries: repeated([0x16], 60_000)), abbreviations: [1, 0x11, 1, 3, 0x16, 0, 0, 0])
    ),
    ("one list of ranges for all units", file(ranged(units: 500), ranges: repeated([1], 60_000))),
    ("lines at 2^63 - 1", file(unit(entries: [6] + range + .init(numbers64: [.max >> 1])))),
    ("a line range of 0", file(unit(entries: program), lines: lines(range: 0))),
    ("an opcode base of 0", file(unit(entries: program), lines: lines(opcodeBase: 0))),
    ("no operations", file(unit(entries: program), lines: lines(operations: 0))),
    (
      "folders without end",
      file(unit(entries: program), lines: lines(names: repeated([0x78], 50_000)))
    ),
    (
      "a line program of jumps",
      file(
        unit(entries: program), lines: lines(program: repeated([2, 0xff, 0xff, 0xff, 0x7f], 9000)))
    ),
    (
      "a line program of rows",
      file(unit(entries: program), lines: lines(program: repeated([0xff], 50_000)))
    ),
    (
      "operations of 2^60 bytes",
      file(
        unit(entries: program),
        lines: lines(program: repeated([0] + repeated([0xff], 8) + [0x7f], 5000)))
    ),
    (
      "a name with a path and escapes",
      file(unit(entries: program + named("../../../etc/passwd\u{1b}[31m</script>")))
    ),
    (
      "a name without end",
      file(unit(entries: program + named(String(repeating: "x", count: 50_000)).dropLast()))
    ),
  ]

  private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
    Array(repeating: bytes, count: count).flatMap { $0 }
  }

  /// Nine lengths of two bytes, then the sections.
  private static func file(
    _ information: [UInt8], abbreviations: [UInt8] = kinds, ranges: [UInt8] = [],
    lines: [UInt8] = []
  ) -> [UInt8] {
    let sections = [information, abbreviations, [], [], [], [], ranges, [], lines]
    let lengths = sections.flatMap { section in
      [UInt8(truncatingIfNeeded: section.count), UInt8(truncatingIfNeeded: section.count >> 8)]
    }
    return lengths + sections.flatMap { $0 }
  }

  private static func unit(
    version: UInt8 = 4, addressSize: UInt8 = 8, entries: [UInt8]
  ) -> [UInt8] {
    Array<UInt8>(numbers32: [UInt32(7 + entries.count)]) + [version, 0, 0, 0, 0, 0, addressSize]
      + entries
  }

  /// As in DWARF 4, section 7.5.3: code, tag, children, attributes and their forms.
  private static let kinds: [UInt8] = [
    // A unit: low and high PC, lines.
    1, 0x11, 1, 0x11, 0x01, 0x12, 0x07, 0x10, 0x17, 0, 0,
    // A function that is a copy of another: origin, low and high PC.
    2, 0x2e, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x07, 0, 0,
    // A function with a name.
    3, 0x2e, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0,
    // A unit with ranges.
    4, 0x11, 1, 0x55, 0x17, 0, 0,
    // A block.
    5, 0x0b, 1, 0, 0,
    // A unit: low and high PC, lines as an integer of 8 bytes.
    6, 0x11, 1, 0x11, 0x01, 0x12, 0x07, 0x10, 0x07, 0, 0, 0,
  ]

  /// Low PC, and high PC as a length.
  private static let range = [UInt8](numbers64: [0x1000, 0x1000])
  /// The first entry of a unit. It ends at offset 0x20 of the section.
  private static let program: [UInt8] = [1] + range + [0, 0, 0, 0]

  private static func copy(of entry: UInt32) -> [UInt8] { [2] + .init(numbers32: [entry]) + range }

  private static func named(_ name: String) -> [UInt8] { [3] + Array(name.utf8) + [0] + range }

  private static func ranged(units: Int) -> [UInt8] {
    repeated(unit(entries: [4, 0, 0, 0, 0]), units)
  }

  /// As in DWARF 4, section 6.2.4.
  private static func lines(
    operations: UInt8 = 1, range: UInt8 = 14, opcodeBase: UInt8 = 13,
    names: [UInt8] = [0, 0x61, 0, 0, 0, 0, 0], program: [UInt8] = [0xff, 0, 1, 1]
  ) -> [UInt8] {
    let lengths: [UInt8] = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
    let header = [1, operations, 1, 0xfb, range, opcodeBase] + lengths + names
    let rest: [UInt8] = Array<UInt8>(numbers32: [UInt32(header.count)]) + header + program
    return Array<UInt8>(numbers32: [UInt32(rest.count + 2)]) + [4, 0] + rest
  }
}
