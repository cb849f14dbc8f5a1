// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// One file's DWARF: its units, and what the values of its entries mean.
///
/// Written from the DWARF 5 standard, read within bounds everywhere. For one thread at a time.
final class DwarfFile {
  let sections: DwarfSections
  /// The file that dwz moved common entries and strings to.
  let supplement: DwarfFile?
  /// In the order of their offsets.
  private(set) var units: [DwarfUnit] = []
  private var abbreviations: [AbbreviationKey: Abbreviations] = [:]
  /// What may still be done for this file, in steps of a few nanoseconds. Compilers' files need a
  /// small part of it; in a hostile one, millions of entries may share one long list.
  private var work = 1 << 28

  private struct AbbreviationKey: Hashable {
    var offset: Int
    var encoding: DwarfEncoding
  }

  /// More units than any program has.
  private static let mostUnits = 1 << 20

  init(_ sections: DwarfSections, supplement: DwarfFile? = nil) {
    self.sections = sections
    self.supplement = supplement
    readUnits()
  }

  /// The part of a unit that was split off: it uses the addresses, ranges and lines of its skeleton.
  init(_ sections: DwarfSections, splitFrom skeleton: DwarfUnit, in main: DwarfFile) {
    var sections = sections
    sections.addresses = main.sections.addresses
    sections.ranges = main.sections.ranges
    sections.lines = main.sections.lines
    sections.lineStrings = main.sections.lineStrings
    self.sections = sections
    supplement = nil
    readUnits()
    for index in units.indices {
      units[index].addressBase = skeleton.addressBase
      units[index].rangesBase = skeleton.rangesBase
      units[index].lowPC = skeleton.lowPC
      units[index].lines = skeleton.lines
      units[index].compilationFolder = nil
    }
  }

  private func readUnits() {
    var cursor = DwarfCursor(sections.information.whole)
    while !cursor.isAtEnd, units.count < Self.mostUnits, spend(1) {
      guard var unit = DwarfUnit(&cursor) else { continue }
      readFirstEntry(of: &unit)
      units.append(unit)
    }
  }

  private func readFirstEntry(of unit: inout DwarfUnit) {
    var cursor = DwarfCursor(sections.information.buffer, from: unit.firstEntry, to: unit.end)
    let code = cursor.uleb()
    // Most units of a large program are never looked into: of their tables one entry is enough.
    let table = Abbreviations(
      sections.abbreviations.whole, at: unit.abbreviations, encoding: unit.encoding, only: code)
    guard spend(table.attributes.count), code < table.kinds.count,
      table.kinds[Int(code)].isDeclared
    else { return }
    var low: DwarfValue?
    var high: DwarfValue?
    for attribute in table.attributes(of: table.kinds[Int(code)]) {
      let value = DwarfValue(
        form: attribute.form, number: cursor.value(of: attribute, unit.encoding))
      let place = Int(clamping: value.number)
      switch attribute.name {
      case DwarfAttribute.lowPC: low = value
      case DwarfAttribute.highPC: high = value
      case DwarfAttribute.ranges: unit.ranges = value
      case DwarfAttribute.statementList: unit.lines = place
      case DwarfAttribute.name: unit.name = value
      case DwarfAttribute.compilationFolder: unit.compilationFolder = value
      case DwarfAttribute.splitName, DwarfAttribute.gnuSplitName: unit.splitName = value
      case DwarfAttribute.gnuSplitID: unit.splitID = value.number
      case DwarfAttribute.addressBase, DwarfAttribute.gnuAddressBase: unit.addressBase = place
      case DwarfAttribute.rangeListsBase: unit.rangeListsBase = place
      case DwarfAttribute.stringOffsetsBase: unit.stringOffsetsBase = place
      case DwarfAttribute.gnuRangesBase: unit.rangesBase = place
      default: break
      }
    }
    // Only now, as they may stand in tables whose bases follow them.
    (unit.lowPC, unit.highPC) = bounds(low: low, high: high, in: unit) ?? (0, 0)
    if let low, unit.lowPC == 0 { unit.lowPC = address(low, in: unit) ?? 0 }
  }

  /// The table of a unit's kinds of entries.
  func abbreviations(of unit: DwarfUnit) -> Abbreviations {
    let key = AbbreviationKey(offset: unit.abbreviations, encoding: unit.encoding)
    if let known = abbreviations[key] { return known }
    let table = Abbreviations(
      sections.abbreviations.whole, at: unit.abbreviations, encoding: unit.encoding)
    abbreviations[key] = table
    spend(table.attributes.count)
    return table
  }

  /// Takes from the work that may be done; false where none is left.
  @discardableResult
  func spend(_ steps: Int) -> Bool {
    work -= steps
    return work > 0
  }

  /// Index of the unit that an entry is in.
  func unit(holding entry: Int) -> Int? {
    let index = units.partitioningIndex { $0.offset > entry } - 1
    return index >= 0 && entry >= units[index].firstEntry && entry < units[index].end ? index : nil
  }
}

extension DwarfFile {
  /// An address, written out or as an index in `.debug_addr`.
  func address(_ value: DwarfValue, in unit: DwarfUnit) -> UInt64? {
    switch value.form {
    case DwarfForm.address: value.number
    case DwarfForm.addressIndex, DwarfForm.addressIndex1, DwarfForm.addressIndex2,
      DwarfForm.addressIndex3, DwarfForm.addressIndex4, DwarfForm.gnuAddressIndex:
      address(at: value.number, in: unit)
    default: nil
    }
  }

  private func address(at index: UInt64, in unit: DwarfUnit) -> UInt64? {
    let size = unit.encoding.addressSize
    let table = sections.addresses
    guard index < UInt64(table.count) else { return nil }
    // Both factors are small: no overflow.
    let place = Int(index) * size &+ unit.addressBase
    guard place >= 0, place <= table.count - size else { return nil }
    table.require(place..<place + size)
    var cursor = DwarfCursor(table.buffer, from: place)
    return cursor.number(ofSize: size)
  }

  /// From DW_AT_low_pc and DW_AT_high_pc, which is an address or a length.
  func bounds(
    low: DwarfValue?, high: DwarfValue?, in unit: DwarfUnit
  ) -> (start: UInt64, end: UInt64)? {
    guard let low, let high, let start = address(low, in: unit) else { return nil }
    let end = address(high, in: unit) ?? start &+ high.number
    // At 0 lies what the linker left out.
    return start != 0 && start < end ? (start, end) : nil
  }

  /// Calls `body` with each range that DW_AT_ranges names.
  func forEachRange(
    _ value: DwarfValue, in unit: DwarfUnit, _ body: (_ start: UInt64, _ end: UInt64) -> Void
  ) {
    guard spend(1) else { return }
    func report(_ start: UInt64, _ end: UInt64) {
      if start != 0, start < end { body(start, end) }
    }
    var base = unit.lowPC
    if unit.encoding.version < 5 {
      // Pairs, ended by two zeros; all ones set the base. DWARF 4, section 2.17.3.
      let section = sections.ranges.whole
      let place = Int(clamping: value.number)
      var cursor = DwarfCursor(section, from: place &+ unit.rangesBase)
      let size = unit.encoding.addressSize
      let mark: UInt64 = size == 4 ? 0xffff_ffff : .max
      while !cursor.isAtEnd, spend(1) {
        let start = cursor.number(ofSize: size)
        let end = cursor.number(ofSize: size)
        if start == 0, end == 0 { return }
        if start == mark { base = end } else { report(base &+ start, base &+ end) }
      }
      return
    }
    let section = sections.rangeLists.whole
    var place = Int(clamping: value.number)
    if value.form == DwarfForm.rangeListIndex {
      guard value.number < UInt64(section.count) else { return }
      var table = DwarfCursor(
        section, from: unit.rangeListsBase &+ place * unit.encoding.offsetSize)
      place = unit.rangeListsBase &+ Int(clamping: table.number(ofSize: unit.encoding.offsetSize))
    }
    var cursor = DwarfCursor(section, from: place)
    let size = unit.encoding.addressSize
    while !cursor.isAtEnd, spend(1) {
      // DWARF 5, section 7.25.
      switch cursor.byte() {
      case 1: base = address(at: cursor.uleb(), in: unit) ?? 0
      case 2:
        let start = address(at: cursor.uleb(), in: unit) ?? 0
        report(start, address(at: cursor.uleb(), in: unit) ?? 0)
      case 3:
        let start = address(at: cursor.uleb(), in: unit) ?? 0
        report(start, start &+ cursor.uleb())
      case 4:
        let start = base &+ cursor.uleb()
        report(start, base &+ cursor.uleb())
      case 5: base = cursor.number(ofSize: size)
      case 6:
        let start = cursor.number(ofSize: size)
        report(start, cursor.number(ofSize: size))
      case 7:
        let start = cursor.number(ofSize: size)
        report(start, start &+ cursor.uleb())
      default: return
      }
    }
  }

  /// A text, wherever its form says that it stands.
  func text(_ value: DwarfValue, in unit: DwarfUnit) -> String? {
    let place = Int(clamping: value.number)
    let bytes: UnsafeRawBufferPointer?
    switch value.form {
    case DwarfForm.string: bytes = sections.information.text(at: place)
    case DwarfForm.stringOffset: bytes = sections.strings.text(at: place)
    case DwarfForm.lineStringOffset: bytes = sections.lineStrings.text(at: place)
    case DwarfForm.supplementString, DwarfForm.gnuSupplementString:
      bytes = supplement?.sections.strings.text(at: place)
    case DwarfForm.stringIndex, DwarfForm.stringIndex1, DwarfForm.stringIndex2,
      DwarfForm.stringIndex3, DwarfForm.stringIndex4, DwarfForm.gnuStringIndex:
      let offsets = sections.stringOffsets
      guard value.number < UInt64(offsets.count) else { return nil }
      let entry = unit.stringOffsetsBase &+ place * unit.encoding.offsetSize
      guard entry >= 0, entry < offsets.count else { return nil }
      offsets.require(entry..<entry + unit.encoding.offsetSize)
      var cursor = DwarfCursor(offsets.buffer, from: entry)
      let offset = cursor.number(ofSize: unit.encoding.offsetSize)
      bytes = sections.strings.text(at: Int(clamping: offset))
    default: bytes = nil
    }
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The entry that a reference of an entry in `unit` leads to, and whether it is in the supplement.
  func target(_ value: DwarfValue, in unit: DwarfUnit) -> (entry: Int, inSupplement: Bool)? {
    let place = Int(clamping: value.number)
    switch value.form {
    case DwarfForm.reference1, DwarfForm.reference2, DwarfForm.reference4, DwarfForm.reference8,
      DwarfForm.udataReference:
      return (unit.offset &+ place, false)
    case DwarfForm.sectionReference: return (place, false)
    case DwarfForm.gnuSupplementReference, DwarfForm.supplementReference4,
      DwarfForm.supplementReference8:
      return (place, true)
    default: return nil
    }
  }
}
