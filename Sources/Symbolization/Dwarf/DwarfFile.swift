// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The DWARF of one file: its units, and the values of their entries.
///
/// Written from the DWARF 5 standard. Every read is within bounds. Not safe for several threads.
final class DwarfFile {
  let sections: DwarfSections
  /// The file that dwz moved common entries and strings to.
  let supplement: DwarfFile?
  /// Ascending by offset.
  private(set) var units: [DwarfUnit] = []
  /// Whether the file has a version, a form or kinds of entries that this reader does not know, as far
  /// as it was read.
  private(set) var hasUnknown = false
  private var abbreviations: [AbbreviationKey: Abbreviations] = [:]
  /// Budget of steps of a few nanoseconds for this file. Compilers' files need a small part of it. In a
  /// hostile file, millions of entries may share one long list.
  private var budget = 1 << 28

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

  /// The file of a split unit, which uses the addresses, ranges and lines of its skeleton in `main`.
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
      guard var unit = DwarfUnit(&cursor, isUnknown: &hasUnknown) else { continue }
      readFirstEntry(of: &unit)
      units.append(unit)
    }
  }

  private func readFirstEntry(of unit: inout DwarfUnit) {
    var cursor = DwarfCursor(sections.information.buffer, from: unit.firstEntry, to: unit.end)
    let code = cursor.uleb()
    // Most units of a large program are never scanned: of their tables one entry is enough.
    let table = Abbreviations(
      sections.abbreviations.whole, at: unit.abbreviations, encoding: unit.encoding, only: code)
    if table.hasUnknown { hasUnknown = true }
    guard spend(table.attributes.count), code < table.kinds.count,
      table.kinds[Int(code)].isDeclared
    else { return }
    var low: DwarfValue?
    var high: DwarfValue?
    for attribute in table.attributes(of: table.kinds[Int(code)]) {
      let value = DwarfValue(
        form: attribute.form, number: cursor.value(of: attribute, unit.encoding))
      let offset = Int(clamping: value.number)
      switch attribute.name {
      case DwarfAttribute.lowPC: low = value
      case DwarfAttribute.highPC: high = value
      case DwarfAttribute.ranges: unit.ranges = value
      case DwarfAttribute.statementList: unit.lines = offset
      case DwarfAttribute.name: unit.name = value
      case DwarfAttribute.compilationFolder: unit.compilationFolder = value
      case DwarfAttribute.splitName, DwarfAttribute.gnuSplitName: unit.splitName = value
      case DwarfAttribute.gnuSplitID: unit.splitID = value.number
      case DwarfAttribute.addressBase, DwarfAttribute.gnuAddressBase: unit.addressBase = offset
      case DwarfAttribute.rangeListsBase: unit.rangeListsBase = offset
      case DwarfAttribute.stringOffsetsBase: unit.stringOffsetsBase = offset
      case DwarfAttribute.gnuRangesBase: unit.rangesBase = offset
      default: break
      }
    }
    // Only now: they may be indices in tables whose bases come later in the entry.
    (unit.lowPC, unit.highPC) = bounds(low: low, high: high, in: unit) ?? (0, 0)
    if let low, unit.lowPC == 0 { unit.lowPC = address(low, in: unit) ?? 0 }
  }

  /// The kinds of a unit's entries. Each table is read once.
  func abbreviations(of unit: DwarfUnit) -> Abbreviations {
    let key = AbbreviationKey(offset: unit.abbreviations, encoding: unit.encoding)
    if let known = abbreviations[key] { return known }
    let table = Abbreviations(
      sections.abbreviations.whole, at: unit.abbreviations, encoding: unit.encoding)
    abbreviations[key] = table
    if table.hasUnknown { hasUnknown = true }
    spend(table.attributes.count)
    return table
  }

  /// Subtracts from the budget. False where nothing is left of it.
  @discardableResult
  func spend(_ steps: Int) -> Bool {
    budget -= steps
    return budget > 0
  }

  /// The index in `units` of the unit that an entry is in.
  ///
  /// - Parameter entry: offset in `.debug_info`.
  func unit(holding entry: Int) -> Int? {
    let index = units.partitioningIndex { $0.offset > entry } - 1
    return index >= 0 && entry >= units[index].firstEntry && entry < units[index].end ? index : nil
  }
}
