// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The line table of a unit: its source files, and a program that generates a row for each address where
/// file, line or column changes.
///
/// Format: DWARF 5, section 6.2; versions 2 to 5.
struct LineTable {
  /// File, line and column of an address.
  struct Row {
    /// The index that the table uses: from 0 in DWARF 5, from 1 before.
    var file: UInt64
    /// 0 for code that the compiler generated.
    var line: UInt32
    /// 0 where not known.
    var column: UInt32
  }

  /// A folder or a file.
  private struct Entry {
    var name: DwarfValue
    /// Index in `folders`; of files only.
    var folder: UInt64
  }

  private let file: DwarfFile
  private let unit: DwarfUnit
  private let version: UInt16
  /// Offsets in `.debug_line`.
  private let program: Range<Int>
  private let minimumLength: UInt64
  private let lineBase: Int64
  private let lineRange: UInt8
  private let opcodeBase: UInt8
  /// Number of operands by opcode.
  private let operandCounts: [UInt8]
  private var folders: [Entry] = []
  private var files: [Entry] = []

  /// Nil where the unit has no line table, or one of an unknown version.
  init?(of unit: DwarfUnit, in file: DwarfFile) {
    let section = file.sections.lines
    guard let offset = unit.lines, offset < section.count else { return nil }
    section.require(offset..<offset + 12)
    var cursor = DwarfCursor(section.buffer, from: offset)
    var length = UInt64(cursor.load(UInt32.self))
    var encoding = unit.encoding
    encoding.offsetSize = 4
    if length == 0xffff_ffff {
      length = cursor.load(UInt64.self)
      encoding.offsetSize = 8
    }
    guard length > 0, length <= UInt64(cursor.end - cursor.position) else { return nil }
    let end = cursor.position + Int(length)
    section.require(offset..<end)
    cursor = DwarfCursor(section.buffer, from: cursor.position, to: end)
    version = cursor.load(UInt16.self)
    guard 2...5 ~= version else { return nil }
    encoding.version = version
    if version >= 5 { cursor.skip(2) }
    let headerLength = cursor.number(ofSize: encoding.offsetSize)
    guard headerLength <= UInt64(end - cursor.position) else { return nil }
    program = cursor.position + Int(headerLength)..<end
    minimumLength = UInt64(cursor.byte())
    if version >= 4 { _ = cursor.byte() }
    // default_is_stmt is not needed.
    _ = cursor.byte()
    lineBase = Int64(Int8(bitPattern: cursor.byte()))
    lineRange = cursor.byte()
    opcodeBase = cursor.byte()
    guard lineRange != 0, opcodeBase != 0 else { return nil }
    var counts: [UInt8] = [0]
    for _ in 1..<max(opcodeBase, 1) { counts.append(cursor.byte()) }
    operandCounts = counts
    self.file = file
    self.unit = unit
    if version >= 5 {
      folders = Self.entries(&cursor, encoding)
      files = Self.entries(&cursor, encoding)
    } else {
      readOldEntries(&cursor)
    }
  }

  /// Reads a list of folders or files of DWARF 5.
  private static func entries(_ cursor: inout DwarfCursor, _ encoding: DwarfEncoding) -> [Entry] {
    let formats = (0..<cursor.byte()).map { _ in
      Abbreviations.Attribute(
        name: UInt16(truncatingIfNeeded: cursor.uleb()),
        form: UInt16(truncatingIfNeeded: cursor.uleb()), constant: 0)
    }
    let count = cursor.uleb()
    var entries: [Entry] = []
    guard !formats.isEmpty else { return [] }
    while UInt64(entries.count) < count, !cursor.isAtEnd {
      let start = cursor.position
      var entry = Entry(name: DwarfValue(form: 0, number: 0), folder: 0)
      for format in formats {
        let number = cursor.value(of: format, encoding)
        // DW_LNCT_path, DW_LNCT_directory_index.
        if format.name == 1 { entry.name = DwarfValue(form: format.form, number: number) }
        if format.name == 2 { entry.folder = number }
      }
      // A count of 2⁶⁴ entries without bytes would not end.
      guard cursor.position > start else { break }
      entries.append(entry)
    }
    return entries
  }

  /// Reads the folders and files of DWARF 2 to 4: two lists of texts, each ended by an empty text.
  private mutating func readOldEntries(_ cursor: inout DwarfCursor) {
    // Index 0 means the compiler's working folder and the unit's own file.
    let none = DwarfValue(form: 0, number: 0)
    folders = [Entry(name: unit.compilationFolder ?? none, folder: 0)]
    files = [Entry(name: unit.name ?? none, folder: 0)]
    while !cursor.isAtEnd {
      let offset = cursor.position
      if cursor.text().isEmpty { break }
      folders.append(Entry(name: Self.inLines(offset), folder: 0))
    }
    while !cursor.isAtEnd {
      let offset = cursor.position
      if cursor.text().isEmpty { break }
      files.append(Entry(name: Self.inLines(offset), folder: cursor.uleb()))
      cursor.skipLEB()
      cursor.skipLEB()
    }
  }

  /// A text at an offset in `.debug_line`.
  private static func inLines(_ offset: Int) -> DwarfValue {
    DwarfValue(form: textInLines, number: UInt64(offset))
  }
  /// Not a form of the standard.
  private static let textInLines: UInt16 = 0xffff

  /// The path of a file, absolute where the table has its folder. Empty where there is no such file.
  ///
  /// - Parameter index: as in `Row.file`.
  func path(ofFile index: UInt64) -> String {
    guard index < UInt64(files.count) else { return "" }
    let entry = files[Int(index)]
    var path = text(entry.name)
    if path.isEmpty || path.hasPrefix("/") { return path }
    if entry.folder < UInt64(folders.count) {
      path = Self.joined(text(folders[Int(entry.folder)].name), path)
    }
    if !path.hasPrefix("/"), let folder = unit.compilationFolder {
      path = Self.joined(file.text(folder, in: unit) ?? "", path)
    }
    return path
  }

  private func text(_ value: DwarfValue) -> String {
    if value.form == Self.textInLines || value.form == DwarfForm.string && version >= 5 {
      return file.sections.lines.text(at: Int(clamping: value.number))
        .map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    return file.text(value, in: unit) ?? ""
  }

  private static func joined(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The row of each address; nil where there is none.
  ///
  /// Runs the program once and keeps no rows: each row is assigned to the addresses up to the next row.
  ///
  /// - Parameter addresses: ascending.
  func rows(at addresses: [UInt64]) -> [Row?] {
    var rows = [Row?](repeating: nil, count: addresses.count)
    guard file.spend(program.count) else { return rows }
    var cursor = DwarfCursor(
      file.sections.lines.buffer, from: program.lowerBound, to: program.upperBound)
    var address: UInt64 = 0
    var file: UInt64 = 1
    var line: Int64 = 1
    var column: UInt64 = 0
    // The last row.
    var last: (address: UInt64, row: Row)?
    // Index of the first address that is not below the last row.
    var next = 0

    func emit(endsSequence: Bool) {
      if let last {
        // Sequences of functions that the linker removed begin at 0.
        if last.address < address, last.address != 0 {
          while next < addresses.count, addresses[next] < address {
            if rows[next] == nil { rows[next] = last.row }
            next += 1
          }
        }
      }
      if endsSequence {
        last = nil
        return
      }
      if last == nil || last?.address ?? 0 > address {
        next = addresses.partitioningIndex { $0 >= address }
      }
      last = (
        address,
        Row(
          file: file, line: UInt32(clamping: line), column: UInt32(clamping: column))
      )
    }

    while !cursor.isAtEnd {
      let opcode = cursor.byte()
      if opcode >= opcodeBase {
        let step = opcode - opcodeBase
        address &+= UInt64(step / lineRange) &* minimumLength
        line &+= lineBase &+ Int64(step % lineRange)
        emit(endsSequence: false)
        continue
      }
      switch opcode {
      // Extended opcodes: DW_LNE_end_sequence, DW_LNE_set_address.
      case 0:
        let length = cursor.uleb()
        let start = cursor.position
        switch length > 0 ? cursor.byte() : 0 {
        case 1:
          emit(endsSequence: true)
          (address, file, line, column) = (0, 1, 1, 0)
        case 2: address = cursor.number(ofSize: length == 5 ? 4 : 8)
        default: break
        }
        // To the end of the instruction, also where it is unknown.
        let used = UInt64(cursor.position - start)
        if length >= used { cursor.skip(length - used) } else { cursor.stop() }
      case 1: emit(endsSequence: false)
      case 2: address &+= cursor.uleb() &* minimumLength
      case 3: line &+= cursor.sleb()
      case 4: file = cursor.uleb()
      case 5: column = cursor.uleb()
      // Marks of statements, basic blocks, prologues and epilogues.
      case 6, 7, 10, 11: break
      case 8: address &+= UInt64((255 - opcodeBase) / lineRange) &* minimumLength
      case 9: address &+= UInt64(cursor.load(UInt16.self))
      default: for _ in 0..<operandCounts[Int(opcode)] { cursor.skipLEB() }
      }
    }
    return rows
  }
}
