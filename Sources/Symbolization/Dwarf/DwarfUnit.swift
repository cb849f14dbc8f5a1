// SPDX-License-Identifier: Apache-2.0

/// The header of a unit of `.debug_info`, and the attributes of its first entry, which hold for the
/// whole unit.
struct DwarfUnit {
  /// Offset of the header in `.debug_info`.
  var offset: Int
  /// Offset of the first entry in `.debug_info`.
  var firstEntry: Int
  /// Offset behind the last byte.
  var end: Int
  var encoding: DwarfEncoding
  /// Offset of the unit's table in `.debug_abbrev`.
  var abbreviations: Int

  /// DW_AT_low_pc: the first address, and the base of the unit's ranges; 0 for none.
  var lowPC: UInt64 = 0
  /// The end of the addresses, from DW_AT_high_pc; 0 for none.
  var highPC: UInt64 = 0
  /// DW_AT_ranges; nil for none.
  var ranges: DwarfValue?
  /// DW_AT_stmt_list: offset in `.debug_line`; nil for none.
  var lines: Int?
  /// DW_AT_name: the source file.
  var name: DwarfValue?
  /// DW_AT_comp_dir: the compiler's working folder.
  var compilationFolder: DwarfValue?
  /// DW_AT_dwo_name of a skeleton: the file with the unit's entries.
  var splitName: DwarfValue?
  /// The id that a skeleton and its split unit share.
  var splitID: UInt64?

  /// Offset of the unit's part of `.debug_addr`.
  var addressBase: Int
  /// Offset of the unit's part of `.debug_rnglists`.
  var rangeListsBase: Int
  /// Offset of the unit's part of `.debug_str_offsets`.
  var stringOffsetsBase: Int
  /// DW_AT_GNU_ranges_base: what split units before DWARF 5 add to offsets in `.debug_ranges`.
  var rangesBase = 0
}

/// The value of an attribute.
struct DwarfValue {
  /// As in `DwarfForm`: the meaning of `number`.
  var form: UInt16
  /// As `DwarfCursor.value(of:_:)` reads it.
  var number: UInt64
}

extension DwarfUnit {
  /// Reads a header at the cursor, and moves the cursor behind the unit. Format: DWARF 5, section 7.5.1.
  ///
  /// Nil for units without code, such as types, and for unknown versions. Where the unit's length is
  /// not valid, the cursor is moved to its end.
  ///
  /// - Parameter isUnknown: is set for a version or a type of unit that is not read.
  init?(_ cursor: inout DwarfCursor, isUnknown: inout Bool) {
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
    // DW_UT_skeleton and DW_UT_split_compile have the id that they share.
    let splitID = type == 4 || type == 5 ? cursor.load(UInt64.self) : nil
    let first = cursor.position
    cursor.skip(end - first)
    // The last is DW_UT_split_type.
    if !(2...5 ~= version) || !(1...6 ~= type) { isUnknown = true }
    // DW_UT_compile, DW_UT_partial, DW_UT_skeleton, DW_UT_split_compile; others have types.
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
    // Without a DW_AT_*_base, a table begins behind its header.
    let header = offsetSize == 8 ? 16 : 8
    addressBase = version >= 5 ? header : 0
    stringOffsetsBase = version >= 5 ? header : 0
    rangeListsBase = header + 4
  }
}
