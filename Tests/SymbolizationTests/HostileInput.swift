// SPDX-License-Identifier: Apache-2.0

import Testing

/// Bytes made to trap, hang or exhaust their reader. `HostileObject` of the end-to-end tests makes whole
/// object files.
struct HostileInput: CustomTestStringConvertible, Sendable {
  var name: String
  var reader: FuzzedReader
  var bytes: [UInt8]

  var testDescription: String { "\(reader): \(name)" }

  static let all =
    perfMaps.map { HostileInput(name: $0, reader: .perfMap, bytes: $1) }
    + jitDumps.map { HostileInput(name: $0, reader: .jitDump, bytes: $1) }
    + goTables.map { HostileInput(name: $0, reader: .goFunctionTable, bytes: $1) }
    + functionRanges.map { HostileInput(name: $0, reader: .functionRanges, bytes: $1) }
    + HostileDwarf.all.map { HostileInput(name: $0, reader: .dwarf, bytes: $1) }
    + names.map { HostileInput(name: $0, reader: .names, bytes: Array($1.utf8)) }

  private static let perfMaps: [(String, [UInt8])] = [
    ("one line of a megabyte", "1000 10 ".utf8 + [UInt8](repeating: 0x78, count: 1 << 20)),
    (
      "many functions at one address",
      Array(repeating: Array("1000 fffff f\n".utf8), count: 200_000).flatMap { $0 }
    ),
    (
      "functions that all overlap",
      (0..<100_000).flatMap { Array("\(String($0, radix: 16)) ffffffff f\n".utf8) }
    ),
    ("no line end", [UInt8](repeating: 0x30, count: 1 << 20)),
    ("blanks", [UInt8](repeating: 0x20, count: 1 << 20)),
    ("markup and escapes", Array("1000 10 </script>\u{1b}]0;x\u{7}<b onload=\"x\">\n".utf8)),
    ("not text", (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 167) }),
  ]

  private static let jitDumps: [(String, [UInt8])] = {
    func dump(_ records: [UInt8]) -> [UInt8] {
      Array<UInt8>(numbers32: [0x4a69_5444, 1, 40, 62, 0, 7]) + .init(numbers64: [1, 0]) + records
    }
    func record(_ kind: UInt32, _ size: UInt32?, _ body: [UInt8]) -> [UInt8] {
      Array<UInt8>(numbers32: [kind, size ?? UInt32(16 + body.count)]) + .init(numbers64: [9])
        + body
    }
    func load(_ address: UInt64, _ size: UInt64, _ index: UInt64) -> [UInt8] {
      record(0, nil, .init(numbers64: [7, address, address, size, index]) + Array("f\0".utf8))
    }
    return [
      ("records without a size", dump(record(0, 0, []) + record(0, 15, []))),
      ("records of 4 GB", dump(record(0, .max, []) + record(2, .max, []))),
      ("a name without end", dump(record(0, nil, [UInt8](repeating: 0x78, count: 60_000)))),
      ("code that wraps", dump(load(.max - 8, .max, 1) + load(0, .max, 2))),
      ("much code at one address", dump((0..<50_000).flatMap { load(0x1000, 0x1000, $0) })),
      ("moves of unknown code", dump(record(1, nil, .init(numbers64: [7, 1, 2, 3, 4, 5])))),
      (
        "moves in a cycle",
        dump(
          load(0x1000, 16, 1)
            + (0..<5000).flatMap { record(1, nil, .init(numbers64: [7, $0, 0x1000, $0, 16, 1])) })
      ),
      ("2^60 lines", dump(record(2, nil, .init(numbers64: [0x1000, 1 << 60, 0x1000, 1])))),
    ]
  }()

  /// Headers of function tables: magic, two zeros, minimum step 1, pointer size 8, then counts and offsets.
  private static let goTables: [(String, [UInt8])] = [
    [UInt64](repeating: .max, count: 8), [1 << 60, 1, 0, 8, 8, 8, 8, 8],
    [4000, 0, 0, 0, 0, 0, 0, 0], [2, 2, 0x1000, 72, 72, 72, 72, 72],
  ].flatMap { numbers in
    [0xffff_fff0, 0xffff_fff1].map { (magic: UInt32) in
      (
        "\(numbers)",
        Array<UInt8>(numbers32: [magic]) + [0, 0, 1, 8] + .init(numbers64: numbers)
          + [UInt8](repeating: 0x80, count: 20_000)
      )
    }
  }

  /// `.eh_frame` at the end of the header, which has pairs of numbers.
  private static let functionRanges: [(String, [UInt8])] = {
    func file(_ count: UInt32?, _ table: [UInt32], _ entries: [UInt8]) -> [UInt8] {
      let size = 12 + 4 * table.count
      var bytes: [UInt8] = [UInt8(size & 255), UInt8(size >> 8), 1, 0x3b, 0x03, 0x3b]
      bytes += [UInt8](numbers32: [UInt32(size), count ?? UInt32(table.count / 2)])
      bytes += [UInt8](numbers32: table)
      return bytes + entries
    }
    // Version 1, "zR", factors 1 and -8, return address 16, a byte of augmentation data.
    func common(_ encoding: UInt8) -> [UInt8] {
      let head: [UInt8] = [1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, encoding, 0, 0, 0]
      return [UInt8](numbers32: [16, 0]) + head
    }
    func function(_ distance: UInt32, _ numbers: [UInt32]) -> [UInt8] {
      [UInt8](numbers32: [UInt32(4 + 4 * numbers.count), distance] + numbers)
    }
    let wrongOrder: [UInt32] = (0..<500).flatMap { [1000 - $0, 12] }
    return [
      ("2^32 functions", file(.max, [0, 0], [])),
      ("a table that is cut", file(3, [1, 2, 3], common(0x1b))),
      ("entries outside", file(nil, [16, .max, 17, 0x7fff_ffff, 18, 0], common(0x1b))),
      (
        "functions in the wrong order",
        file(nil, wrongOrder, common(0x1b))
      ),
      ("a common entry that is its function's own", file(nil, [0, 20], function(4, [0, 9]))),
      ("no common entry", file(nil, [0, 20], function(.max, [0, 9]) + common(0x1b))),
      (
        "a function that wraps",
        file(nil, [0, 40], common(0) + function(24, [0x10_0000, 0, .max, .max]))
      ),
      ("entries of 4 GB", file(nil, [0, 20], [UInt8](numbers32: [.max, .max, 0xffff_fffe, 0]))),
      ("an unknown encoding", file(nil, [0, 40], common(0xff) + function(24, [0, 9]))),
    ]
  }()

  private static let names: [(String, String)] = [
    (
      "C++, doubling",
      "_Z1fI" + String(repeating: "St4pairI", count: 20) + "i" + String(repeating: "S_E", count: 40)
    ),
    ("C++, deep", "_Z1f" + String(repeating: "P", count: 8000) + "i"),
    ("Rust, doubling", "_RNvNt" + String(repeating: "TB2_", count: 2000)),
    ("Rust, deep", "_RINvC1a1b" + String(repeating: "R", count: 8000) + "u"),
    ("Rust, reference to itself", "_RNvB_1a"),
    ("Swift, deep", "$s" + String(repeating: "Sayy", count: 2000) + "G"),
    ("Swift, lengths", "$s9999999999999999999a"),
    ("D, deep", "_D1fF" + String(repeating: "P", count: 8000) + "iZv"),
    ("D, doubling", "_D1f" + String(repeating: "HQbQb", count: 1500)),
  ]
}

extension [UInt8] {
  /// Little-endian words.
  init(numbers32: [UInt32]) {
    self = numbers32.flatMap { number in
      Swift.withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
  }

  /// Little-endian words.
  init(numbers64: [UInt64]) {
    self = numbers64.flatMap { number in
      Swift.withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
  }
}
