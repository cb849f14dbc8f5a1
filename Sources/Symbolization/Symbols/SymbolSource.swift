// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// One table of symbols, read in place.
///
/// Symbols have numbers that go on from table to table, so that one number tells both.
struct SymbolSource {
  struct Symbol {
    var ordinal: UInt32 = 0
    var start: UInt64 = 0
    /// `start` where the symbol has no size.
    var end: UInt64 = 0
    /// End of the section, which nothing in it can pass.
    var bound: UInt64 = 0
    /// Among names of one address the lowest is the best.
    var rank: UInt32 = 0
  }

  let numbers: Range<UInt32>
  /// The lowest address of code.
  let lowest: UInt64
  private let symbols: SectionBytes
  /// Those of `symbols`, which keeps them.
  private let bytes: UnsafeRawBufferPointer
  private let names: SectionBytes
  /// Numbers of the symbols that name source files, ascending.
  private var fileSymbols: [UInt32] = []
  /// Start and end of each section, 0 and 0 of those that hold no code.
  private let sections: [(start: UInt64, end: UInt64)]

  private static let mostBytes: UInt64 = 512 << 20
  private static let entrySize = 24

  /// Nil where the file has no such table.
  ///
  /// - Parameters:
  ///   - type: `.symtab` or `.dynsym`, as in the section header.
  ///   - first: the number of the first symbol.
  init?(_ image: ElfImage, type: UInt32, first: UInt32) {
    guard let table = image.sections.first(where: { $0.type == type }),
      table.link < image.sections.count, table.size <= Self.mostBytes,
      image.sections[Int(table.link)].size <= Self.mostBytes
    else { return nil }
    let text = image.sections[Int(table.link)]
    symbols = SectionBytes(image.source, at: table.fileOffset, count: table.size)
    names = SectionBytes(image.source, at: text.fileOffset, count: text.size)
    bytes = symbols.whole
    // A key has room for 16 million.
    let count = min(symbols.count / Self.entrySize, 1 << 24 - Int(first))
    guard count > 0 else { return nil }
    numbers = first..<first + UInt32(count)
    sections = image.sections.map { section in
      let (end, overflows) = section.address.addingReportingOverflow(section.size)
      return section.isExecutable && !overflows ? (section.address, end) : (0, 0)
    }
    lowest = sections.lazy.filter { $0.end > 0 }.map(\.start).min() ?? 0
  }

  /// Adds a key for each function: address, relative to `base`, × 2²⁴ + number.
  mutating func appendKeys(from base: UInt64, to keys: inout [UInt64]) {
    var cursor = DwarfCursor(bytes)
    for number in numbers {
      let nameOffset = cursor.load(UInt32.self)
      let type = cursor.byte() & 15
      if type == 4 { fileSymbols.append(number) }
      _ = cursor.byte()
      let section = Int(cursor.load(UInt16.self))
      let start = cursor.load(UInt64.self)
      cursor.skip(8)
      // NOTYPE is how assembly without a `.type` looks; FUNC; GNU_IFUNC.
      guard type == 0 || type == 2 || type == 10, nameOffset != 0, section < sections.count,
        start >= sections[section].start, start < sections[section].end,
        start - base < 1 << 40
      else { continue }
      keys.append((start - base) << 24 | UInt64(number))
    }
  }

  /// A symbol that has a key.
  func symbol(_ number: UInt32) -> Symbol {
    var cursor = DwarfCursor(bytes, from: Int(number - numbers.lowerBound) * Self.entrySize)
    cursor.skip(4)
    let info = cursor.byte()
    _ = cursor.byte()
    let section = Int(cursor.load(UInt16.self))
    let start = cursor.load(UInt64.self)
    let size = cursor.load(UInt64.self)
    guard section < sections.count, start < sections[section].end else { return Symbol() }
    let bound = sections[section].end
    let bindings: UInt32 = info >> 4 == 1 ? 0 : info >> 4 == 2 ? 1 : 2
    return Symbol(
      ordinal: number, start: start, end: size > bound - start ? bound : start + size,
      bound: bound, rank: (info & 15 == 0 ? 1 << 16 : 0) | bindings << 8 | (size == 0 ? 1 : 0))
  }

  /// The file that a symbol which is local to it came from, by the symbol of type FILE before it.
  /// Linkers do not always keep that order; nil for global symbols.
  func sourceFile(_ number: UInt32) -> String? {
    let index = fileSymbols.partitioningIndex { $0 > number } - 1
    guard index >= 0, binding(number) == 0 else { return nil }
    return name(fileSymbols[index])
  }

  private func binding(_ number: UInt32) -> UInt8 {
    var cursor = DwarfCursor(
      bytes, from: Int(number - numbers.lowerBound) * Self.entrySize + 4)
    return cursor.byte() >> 4
  }

  /// Of the underscores that a name begins with, at most 15 count.
  func leadingUnderscores(_ number: UInt32) -> Int {
    var cursor = DwarfCursor(bytes, from: Int(number - numbers.lowerBound) * Self.entrySize)
    let place = Int(cursor.load(UInt32.self))
    names.require(place..<place + 16)
    var text = DwarfCursor(names.buffer, from: place)
    var count = 0
    while count < 15, text.byte() == "_" { count += 1 }
    return count
  }

  func name(_ number: UInt32) -> String {
    var cursor = DwarfCursor(bytes, from: Int(number - numbers.lowerBound) * Self.entrySize)
    guard let name = names.text(at: Int(cursor.load(UInt32.self))) else { return "" }
    // `foo@@VERSION`, as some linkers write it.
    let end = name.dropFirst().firstIndex(of: "@") ?? name.endIndex
    return String(decoding: name[..<end], as: UTF8.self)
  }
}
