// SPDX-License-Identifier: Apache-2.0

/// What the values of attributes mean, wherever they stand.
extension DwarfFile {
  /// Calls `body` with the name and value of each attribute of an entry.
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
