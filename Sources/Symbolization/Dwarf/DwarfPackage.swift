// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// A `.dwp` file: the split units of a whole program, each found by the id that it shares with its
/// skeleton. Format: DWARF 5, section 7.3.5, and GNU's earlier version 2 of it.
struct DwarfPackage {
  private let sections: DwarfSections
  private let index: SectionBytes

  /// Nil where the file is not a package.
  ///
  /// - Parameter limit: the most bytes that a section may have.
  init?(_ image: ElfImage, limit: UInt64) {
    guard let sections = DwarfSections(image, suffix: ".dwo", limit: limit),
      let section = image.section(named: ".debug_cu_index"), section.size <= limit
    else { return nil }
    self.sections = sections
    index = SectionBytes(image.source, at: section.fileOffset, count: section.size)
  }

  /// The parts of the sections that belong to one unit. Nil where the package does not have it.
  func sections(ofUnit identifier: UInt64) -> DwarfSections? {
    var cursor = DwarfCursor(index.whole)
    // The version has 2 bytes in DWARF 5, 4 bytes before; the upper ones are 0.
    let version = cursor.load(UInt32.self) & 0xffff
    let columns = Int(cursor.load(UInt32.self))
    let units = Int(cursor.load(UInt32.self))
    let slots = Int(cursor.load(UInt32.self))
    guard version == 2 || version == 5, columns <= 16, units <= slots,
      slots <= index.count / 12
    else { return nil }
    let rows = 16 + slots * 8
    let names = rows + slots * 4
    let offsets = names + columns * 4
    let sizes = offsets + units * columns * 4
    guard let row = row(of: identifier, slots, rows), row <= units else { return nil }
    var part = sections
    for column in 0..<columns {
      let cell = ((row - 1) * columns + column) * 4
      let start = word(at: offsets + cell)
      let range = start..<start + word(at: sizes + cell)
      // DW_SECT_*
      switch word(at: names + column * 4) {
      case 1: part.information = part.information.part(range)
      case 3: part.abbreviations = part.abbreviations.part(range)
      case 6: part.stringOffsets = part.stringOffsets.part(range)
      case 8 where version == 5: part.rangeLists = part.rangeLists.part(range)
      default: break
      }
    }
    return part
  }

  /// The row of the unit in the tables, counted from 1.
  private func row(of identifier: UInt64, _ slots: Int, _ rows: Int) -> Int? {
    for slot in 0..<slots {
      var cursor = DwarfCursor(index.whole, from: 16 + slot * 8)
      guard cursor.load(UInt64.self) == identifier else { continue }
      let row = word(at: rows + slot * 4)
      if row > 0 { return row }
    }
    return nil
  }

  private func word(at offset: Int) -> Int {
    var cursor = DwarfCursor(index.whole, from: offset)
    return Int(cursor.load(UInt32.self))
  }
}
