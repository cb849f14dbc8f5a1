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
