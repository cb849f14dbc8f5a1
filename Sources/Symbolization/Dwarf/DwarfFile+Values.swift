// SPDX-License-Identifier: Apache-2.0

/// Values of attributes, with the tables and sections that they refer to.
extension DwarfFile {
  /// Calls `body` with the name and the value of each attribute of an entry.
  @inline(__always)
  func forEachAttribute(
    of entry: Int, in unit: DwarfUnit, _ table: Abbreviations,
    _ body: (_ name: UInt16, _ value: DwarfValue) -> Void
  ) {
    var cursor = DwarfCursor(sections.information.buffer, from: entry, to: unit.end)
    let code = cursor.uleb()
    guard code < UInt64(table.kinds.count) else { return }
    let kind = table.kinds[Int(code)]
    for attribute in table.attributes(of: kind) {
      let number = cursor.value(of: attribute, unit.encoding)
      body(attribute.name, DwarfValue(form: attribute.form, number: number))
    }
  }

  /// The address in a value, or in `.debug_addr` where the value is an index. Nil for other forms.
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
    // Cannot overflow: the index is less than the table's size, and `size` at most 8.
    let offset = Int(index) * size &+ unit.addressBase
    guard offset >= 0, offset <= table.count - size else { return nil }
    table.require(offset..<offset + size)
    var cursor = DwarfCursor(table.buffer, from: offset)
    return cursor.number(ofSize: size)
  }

  /// The range of DW_AT_low_pc and DW_AT_high_pc, which is an address or a length. Nil where it is
  /// empty.
  func bounds(
    low: DwarfValue?, high: DwarfValue?, in unit: DwarfUnit
  ) -> (start: UInt64, end: UInt64)? {
    guard let low, let high, let start = address(low, in: unit) else { return nil }
    let end = address(high, in: unit) ?? start &+ high.number
    // Functions that the linker removed begin at 0.
    return start != 0 && start < end ? (start, end) : nil
  }

  /// Calls `body` with each range of DW_AT_ranges that is not empty.
  func forEachRange(
    _ value: DwarfValue, in unit: DwarfUnit, _ body: (_ start: UInt64, _ end: UInt64) -> Void
  ) {
    guard spend(1) else { return }
    func report(_ start: UInt64, _ end: UInt64) {
      if start != 0, start < end { body(start, end) }
    }
    var base = unit.lowPC
    if unit.encoding.version < 5 {
      // Pairs, ended by two zeros; a first element of all ones sets the base. DWARF 4, section 2.17.3.
      let section = sections.ranges.whole
      let offset = Int(clamping: value.number)
      var cursor = DwarfCursor(section, from: offset &+ unit.rangesBase)
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
    var offset = Int(clamping: value.number)
    if value.form == DwarfForm.rangeListIndex {
      guard value.number < UInt64(section.count) else { return }
      var table = DwarfCursor(
        section, from: unit.rangeListsBase &+ offset * unit.encoding.offsetSize)
      offset = unit.rangeListsBase &+ Int(clamping: table.number(ofSize: unit.encoding.offsetSize))
    }
    var cursor = DwarfCursor(section, from: offset)
    let size = unit.encoding.addressSize
    while !cursor.isAtEnd, spend(1) {
      // DW_RLE_*: DWARF 5, section 7.25.
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

  /// A text, from the section that its form names. Nil for other forms, and where it is not there.
  func text(_ value: DwarfValue, in unit: DwarfUnit) -> String? {
    let index = Int(clamping: value.number)
    let bytes: UnsafeRawBufferPointer?
    switch value.form {
    case DwarfForm.string: bytes = sections.information.text(at: index)
    case DwarfForm.stringOffset: bytes = sections.strings.text(at: index)
    case DwarfForm.lineStringOffset: bytes = sections.lineStrings.text(at: index)
    case DwarfForm.supplementString, DwarfForm.gnuSupplementString:
      bytes = supplement?.sections.strings.text(at: index)
    case DwarfForm.stringIndex, DwarfForm.stringIndex1, DwarfForm.stringIndex2,
      DwarfForm.stringIndex3, DwarfForm.stringIndex4, DwarfForm.gnuStringIndex:
      let offsets = sections.stringOffsets
      guard value.number < UInt64(offsets.count) else { return nil }
      let entry = unit.stringOffsetsBase &+ index * unit.encoding.offsetSize
      guard entry >= 0, entry < offsets.count else { return nil }
      offsets.require(entry..<entry + unit.encoding.offsetSize)
      var cursor = DwarfCursor(offsets.buffer, from: entry)
      let offset = cursor.number(ofSize: unit.encoding.offsetSize)
      bytes = sections.strings.text(at: Int(clamping: offset))
    default: bytes = nil
    }
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The offset in `.debug_info` of the entry that a reference refers to, and whether that is in the
  /// supplement. Nil for other forms.
  ///
  /// - Parameter unit: the unit that the reference is in.
  func target(_ value: DwarfValue, in unit: DwarfUnit) -> (entry: Int, inSupplement: Bool)? {
    let offset = Int(clamping: value.number)
    switch value.form {
    case DwarfForm.reference1, DwarfForm.reference2, DwarfForm.reference4, DwarfForm.reference8,
      DwarfForm.udataReference:
      return (unit.offset &+ offset, false)
    case DwarfForm.sectionReference: return (offset, false)
    case DwarfForm.gnuSupplementReference, DwarfForm.supplementReference4,
      DwarfForm.supplementReference8:
      return (offset, true)
    default: return nil
    }
  }
}
