// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// Finds functions of a Go program by the table from which it prints its own stacks, which stays in a
/// program that was stripped of its symbols: `.gopclntab`.
///
/// Format of Go 1.18 and later: src/internal/abi/symtab.go, src/runtime/symtab.go.
struct GoFunctions {
  private let table: ByteReader
  /// The address, as linked, that those in the table are relative to.
  private let textStart: UInt64
  private let functionCount: Int
  /// Offsets of parts of the table, in bytes from its start: names, and functions by address.
  private let names: Int
  private let entries: Int

  /// The limit of the size of the table, in bytes.
  private static let largestTable: UInt64 = 64 << 20

  /// Nil where the file has no such table, or one of another version.
  init?(of image: ElfImage) {
    let sections = image.sectionNames()
    guard let section = sections[".gopclntab"] ?? sections[".data.rel.ro.gopclntab"],
      section.size <= Self.largestTable,
      let bytes = image.source.bytes(at: section.fileOffset, count: section.size)
    else { return nil }
    let table = ByteReader(bytes)
    func offset(_ at: Int) -> Int? { table.load(UInt64.self, at: at).flatMap { Int(exactly: $0) } }
    // Go 1.18, 1.20; words of 8 bytes.
    guard let magic = table.load(UInt32.self, at: 0), [0xffff_fff0, 0xffff_fff1].contains(magic),
      table.load(UInt8.self, at: 7) == 8, let count = offset(8),
      let start = table.load(UInt64.self, at: 24), let names = offset(32), let entries = offset(64),
      max(count, names, entries) < table.count
    else { return nil }
    // Where the loader fills it in, the file has 0.
    textStart = start == 0 ? sections[".text"]?.address ?? 0 : start
    functionCount = count
    (self.table, self.names, self.entries) = (table, names, entries)
  }

  /// Returns the addresses of the functions with one of these names, as linked, ascending.
  func ranges(named wanted: Set<String>) -> [Range<UInt64>] {
    let texts = wanted.map { Array($0.utf8) }
    let longest = texts.map(\.count).max() ?? 0
    return (0..<functionCount).compactMap { index in
      guard let name = name(of: index, limit: longest + 1),
        texts.contains(where: { name.elementsEqual($0) }), let begin = start(of: index),
        // The entry behind the last function holds the end of that one.
        let end = start(of: index + 1), begin < end
      else { return nil }
      return begin..<end
    }
  }

  private func start(of index: Int) -> UInt64? {
    table.load(UInt32.self, at: entries + index * 8).map { textStart &+ UInt64($0) }
  }

  private func name(of index: Int, limit: Int) -> ArraySlice<UInt8>? {
    guard let description = table.load(UInt32.self, at: entries + index * 8 + 4),
      let name = table.load(UInt32.self, at: entries + Int(description) + 4)
    else { return nil }
    return table.text(at: names + Int(name), limit: limit)
  }
}
