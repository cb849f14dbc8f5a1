// SPDX-License-Identifier: Apache-2.0

/// The head of a unit of `.debug_info`, and what its first entry says about the whole of it.
struct DwarfUnit {
  /// Of the header and of the first entry, in the section.
  var offset: Int
  var firstEntry: Int
  /// Behind the last byte.
  var end: Int
  var encoding: DwarfEncoding
  var abbreviations: Int

  var lowPC: UInt64 = 0
  var highPC: UInt64 = 0
  /// Offset or index, by its form, where there is one.
  var ranges: DwarfValue?
  /// Place of its lines in `.debug_line`.
  var lines: Int?
  var name: DwarfValue?
  var compilationFolder: DwarfValue?
  /// Of a skeleton: the file that holds the rest, and the number that the rest must bear.
  var splitName: DwarfValue?
  var splitID: UInt64?

  var addressBase: Int
  var rangeListsBase: Int
  var stringOffsetsBase: Int
  /// Added to offsets in `.debug_ranges` by split units of before DWARF 5.
  var rangesBase = 0
}

/// An attribute's value as it stands: what it means depends on its form.
struct DwarfValue {
  var form: UInt16
  var number: UInt64
}

extension DwarfUnit {
  /// Reads a header at the cursor; the cursor goes on behind the unit.
  ///
  /// Nil for what is no unit of code, such as types, or is not understood; the cursor is at its end
  /// where nothing can follow. Format: DWARF 5, section 7.5.1.
  init?(_ cursor: inout DwarfCursor) {
    let start = cursor.position
    var length = UInt64(cursor.load(UInt32.self))
    var offsetSize = 4
    if length == 0xffff_ffff {
      length = cursor.load(UInt64.self)
      offsetSize = 8
    }
    let body = cursor.position
    guard length > 0, length <= UInt64(cursor.end - body) else {
      cursor.stop()
      return nil
    }
    let end = body + Int(length)
    let version = cursor.load(UInt16.self)
    var type: UInt8 = 1
    var addressSize = 0
    var abbreviations: UInt64
    if version >= 5 {
      type = cursor.byte()
      addressSize = Int(cursor.byte())
      abbreviations = cursor.number(ofSize: offsetSize)
    } else {
      abbreviations = cursor.number(ofSize: offsetSize)
      addressSize = Int(cursor.byte())
    }
    // DW_UT_skeleton and DW_UT_split_compile carry the number that ties them together.
    let splitID = type == 4 || type == 5 ? cursor.load(UInt64.self) : nil
    let first = cursor.position
    cursor.skip(end - first)
    // DW_UT_compile, DW_UT_partial, DW_UT_skeleton, DW_UT_split_compile; the others hold types.
    guard 2...5 ~= version, addressSize == 4 || addressSize == 8, first < end,
      type == 1 || type == 3 || type == 4 || type == 5
    else { return nil }
    offset = start
    firstEntry = first
    self.end = end
    encoding = DwarfEncoding(
      version: version, offsetSize: offsetSize, addressSize: addressSize)
    self.abbreviations = Int(clamping: abbreviations)
    self.splitID = splitID
    // Where nothing else is said, tables begin behind their headers.
    let header = offsetSize == 8 ? 16 : 8
    addressBase = version >= 5 ? header : 0
    stringOffsetsBase = version >= 5 ? header : 0
    rangeListsBase = header + 4
  }
}
