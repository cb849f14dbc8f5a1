// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// One symbol table of an ELF file, read in place.
///
/// A symbol has an ordinal: its index in the table, plus the number of symbols in the tables before. So
/// an ordinal identifies both the table and the symbol.
struct SymbolSource {
  /// A function.
  struct Symbol {
    var ordinal: UInt32 = 0
    var start: UInt64 = 0
    /// Not included; `start` where the symbol has no size.
    var end: UInt64 = 0
    /// End of its section.
    var bound: UInt64 = 0
    /// Of several symbols at an address, the one with the lowest rank is the best.
    var rank: UInt32 = 0
  }

  let ordinals: Range<UInt32>
  /// The lowest address of code.
  let lowest: UInt64
  private let symbols: SectionBytes
  /// The memory of `symbols`, valid as long as that is.
  private let bytes: UnsafeRawBufferPointer
  private let names: SectionBytes
  /// Ordinals of the symbols that name source files, ascending.
  private var fileSymbols: [UInt32] = []
  /// Addresses of each section; 0 and 0 for sections without code.
  private let sections: [(start: UInt64, end: UInt64)]

  private static let mostBytes: UInt64 = 512 << 20
  private static let entrySize = 24

  /// Nil where the file has no such table.
  ///
  /// - Parameters:
  ///   - type: `.symtab` or `.dynsym`, as in the section header.
  ///   - first: the ordinal of the first symbol.
  init?(_ image: ElfImage, type: UInt32, first: UInt32) {
    guard let table = image.sections.first(where: { $0.type == type }),
      table.link < image.sections.count, table.size <= Self.mostBytes,
      image.sections[Int(table.link)].size <= Self.mostBytes
    else { return nil }
    let text = image.sections[Int(table.link)]
    symbols = SectionBytes(image.source, at: table.fileOffset, count: table.size)
    names = SectionBytes(image.source, at: text.fileOffset, count: text.size)
    bytes = symbols.whole
    // A key has 24 bits for an ordinal.
    let count = min(symbols.count / Self.entrySize, 1 << 24 - Int(first))
    guard count > 0 else { return nil }
    ordinals = first..<first + UInt32(count)
    sections = image.sections.map { section in
      let (end, overflows) = section.address.addingReportingOverflow(section.size)
      return section.isExecutable && !overflows ? (section.address, end) : (0, 0)
    }
    lowest = sections.lazy.filter { $0.end > 0 }.map(\.start).min() ?? 0
  }

  /// Appends a key for each function: its address minus `base`, times 2²⁴, plus its ordinal.
  mutating func appendKeys(from base: UInt64, to keys: inout [UInt64]) {
    var cursor = DwarfCursor(bytes)
    for ordinal in ordinals {
      let nameOffset = cursor.load(UInt32.self)
      let type = cursor.byte() & 15
      // STT_FILE
      if type == 4 { fileSymbols.append(ordinal) }
      _ = cursor.byte()
      let section = Int(cursor.load(UInt16.self))
      let start = cursor.load(UInt64.self)
      cursor.skip(8)
      // STT_NOTYPE, which assembly without a `.type` has; STT_FUNC; STT_GNU_IFUNC.
      guard type == 0 || type == 2 || type == 10, nameOffset != 0, section < sections.count,
        start >= sections[section].start, start < sections[section].end,
        start - base < 1 << 40
      else { continue }
      keys.append((start - base) << 24 | UInt64(ordinal))
    }
  }

  /// The function of an ordinal that has a key.
  func symbol(_ ordinal: UInt32) -> Symbol {
    var cursor = cursor(at: ordinal)
    cursor.skip(4)
    let info = cursor.byte()
    _ = cursor.byte()
    let section = Int(cursor.load(UInt16.self))
    let start = cursor.load(UInt64.self)
    let size = cursor.load(UInt64.self)
    guard section < sections.count, start < sections[section].end else { return Symbol() }
    let bound = sections[section].end
    // STB_GLOBAL, STB_WEAK, others.
    let binding: UInt32 = info >> 4 == 1 ? 0 : info >> 4 == 2 ? 1 : 2
    return Symbol(
      ordinal: ordinal, start: start, end: size > bound - start ? bound : start + size,
      bound: bound, rank: (info & 15 == 0 ? 1 << 16 : 0) | binding << 8 | (size == 0 ? 1 : 0))
  }

  private func cursor(at ordinal: UInt32) -> DwarfCursor {
    DwarfCursor(bytes, from: Int(ordinal - ordinals.lowerBound) * Self.entrySize)
  }

  /// The source file of a local symbol: the name of the STT_FILE symbol before it. Nil for global
  /// symbols. May be wrong, since linkers do not always keep the order.
  func sourceFile(_ ordinal: UInt32) -> String? {
    let index = fileSymbols.partitioningIndex { $0 > ordinal } - 1
    guard index >= 0, binding(ordinal) == 0 else { return nil }
    return name(fileSymbols[index])
  }

  /// STB_LOCAL is 0.
  private func binding(_ ordinal: UInt32) -> UInt8 {
    var cursor = cursor(at: ordinal)
    cursor.skip(4)
    return cursor.byte() >> 4
  }

  /// How many underscores a name begins with, at most 15.
  func leadingUnderscores(_ ordinal: UInt32) -> Int {
    var cursor = cursor(at: ordinal)
    let offset = Int(cursor.load(UInt32.self))
    names.require(offset..<offset + 16)
    var text = DwarfCursor(names.buffer, from: offset)
    var count = 0
    while count < 15, text.byte() == "_" { count += 1 }
    return count
  }

  /// The name of a symbol, without a version.
  func name(_ ordinal: UInt32) -> String {
    var cursor = cursor(at: ordinal)
    guard let name = names.text(at: Int(cursor.load(UInt32.self))) else { return "" }
    // Some linkers write `foo@@VERSION`.
    let end = name.dropFirst().firstIndex(of: "@") ?? name.endIndex
    return String(decoding: name[..<end], as: UTF8.self)
  }
}
