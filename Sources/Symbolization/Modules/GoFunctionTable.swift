// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// Reads `.gopclntab`, from which Go programs print their own stacks: functions and lines. It stays
/// in a program that was stripped of all symbols.
///
/// Format of Go 1.18 and later: src/internal/abi/symtab.go, src/runtime/symtab.go. Inlined calls are
/// not read.
final class GoFunctionTable: FrameSource {
  private(set) var functions: [SourceFunction] = []
  private(set) var files = [""]

  private let bytes: SectionBytes
  private let textStart: UInt64
  private let minimumStep: UInt64
  private let functionCount: Int
  /// Offsets of the table's parts, in bytes from its start.
  private let names: Int
  private let units: Int
  private let paths: Int
  private let steps: Int
  private let entries: Int
  /// Whether functions have their first line, as from Go 1.20 on.
  private let hasStartLines: Bool

  /// By offset of the function's description.
  private var functionIndices: [Int: Int32] = [:]
  /// By offset in the part of the paths.
  private var fileIndices: [Int: Int32] = [:]

  private static let mostBytes: UInt64 = 256 << 20
  private static let mostNameBytes = 4096

  /// Nil where the file has no such table, or one of another version.
  convenience init?(_ image: ElfImage) {
    let sections = image.sectionNames()
    guard let section = sections[".gopclntab"] ?? sections[".data.rel.ro.gopclntab"],
      section.type != ElfConstant.noBits, section.size <= Self.mostBytes
    else { return nil }
    self.init(
      SectionBytes(image.source, at: section.fileOffset, count: section.size),
      text: sections[".text"]?.address ?? 0)
  }

  /// - Parameter text: address of `.text`, used where the table has 0 for the loader to fill in.
  init?(_ bytes: SectionBytes, text: UInt64) {
    var cursor = DwarfCursor(bytes.whole)
    let magic = cursor.load(UInt32.self)
    // Go 1.18, 1.20.
    guard magic == 0xffff_fff0 || magic == 0xffff_fff1 else { return nil }
    cursor.skip(2)
    minimumStep = UInt64(cursor.byte())
    guard cursor.byte() == 8 else { return nil }
    let count = cursor.load(UInt64.self)
    cursor.skip(8)
    let start = cursor.load(UInt64.self)
    textStart = start == 0 ? text : start
    let offsets = (0..<5).map { _ in Int(clamping: cursor.load(UInt64.self)) }
    guard offsets.allSatisfy({ $0 < bytes.count }), count <= UInt64(bytes.count / 8) else {
      return nil
    }
    functionCount = Int(count)
    (names, units, paths, steps, entries) = (
      offsets[0], offsets[1], offsets[2], offsets[3], offsets[4]
    )
    hasStartLines = magic == 0xffff_fff1
    self.bytes = bytes
  }

  func frames(at addresses: [UInt64]) -> [[SourceFrame]] {
    addresses.map { address in
      entry(holding: address).flatMap { frame(at: address, $0) }.map { [$0] } ?? []
    }
  }

  /// An entry of the table of functions.
  private struct Entry {
    /// Address relative to `textStart`.
    var start: UInt64
    /// Offset of the function's description.
    var description: Int
  }

  private func entry(at index: Int) -> Entry {
    var cursor = DwarfCursor(bytes.buffer, from: entries + index * 8)
    return Entry(
      start: UInt64(cursor.load(UInt32.self)),
      description: entries + Int(cursor.load(UInt32.self)))
  }

  private func entry(holding address: UInt64) -> Entry? {
    guard functionCount > 0, address >= textStart else { return nil }
    let offset = address - textStart
    // The entry behind the last function holds the end of that function.
    guard offset < entry(at: functionCount).start else { return nil }
    let index = (0..<functionCount).partitioningIndex { entry(at: $0).start > offset } - 1
    return index >= 0 ? entry(at: index) : nil
  }

  /// Nil behind the end of the function, where its line steps end.
  private func frame(at address: UInt64, _ entry: Entry) -> SourceFrame? {
    var cursor = DwarfCursor(bytes.buffer, from: entry.description)
    cursor.skip(4)
    let name = Int(cursor.load(UInt32.self))
    cursor.skip(12)
    let fileSteps = Int(cursor.load(UInt32.self))
    let lineSteps = Int(cursor.load(UInt32.self))
    cursor.skip(4)
    let unit = Int(cursor.load(UInt32.self))
    let startLine = hasStartLines ? cursor.load(UInt32.self) : 0
    let offset = address - textStart

    var file: Int32 = 0
    if let number = value(fileSteps, entry.start, at: offset) { file = self.file(number, of: unit) }
    guard let line = value(lineSteps, entry.start, at: offset) else { return nil }
    return SourceFrame(
      function: function(entry.description, name, file, startLine), file: file,
      line: UInt32(clamping: line), column: 0)
  }

  private func function(
    _ description: Int, _ name: Int, _ file: Int32, _ startLine: UInt32
  ) -> Int32 {
    if let known = functionIndices[description] { return known }
    let index = Int32(truncatingIfNeeded: functions.count)
    functionIndices[description] = index
    functions.append(
      SourceFunction(
        name: text(at: names + name), hasLinkageName: true, file: file, startLine: startLine))
    return index
  }

  private func file(_ number: Int64, of unit: Int) -> Int32 {
    guard number >= 0, number < 1 << 32, unit < 1 << 32 else { return 0 }
    var cursor = DwarfCursor(bytes.buffer, from: units + (unit + Int(number)) * 4)
    let offset = Int(cursor.load(UInt32.self))
    if let known = fileIndices[offset] { return known }
    let path = text(at: paths + offset)
    let index = path.isEmpty ? 0 : Int32(truncatingIfNeeded: files.count)
    if index > 0 { files.append(path) }
    fileIndices[offset] = index
    return index
  }

  private func text(at offset: Int) -> String {
    guard let text = bytes.text(at: offset) else { return "" }
    return String(decoding: text.prefix(Self.mostNameBytes), as: UTF8.self)
  }

  /// The value of a step table at an offset. A step is a change of the value and the number of bytes
  /// that the new value holds for.
  private func value(_ table: Int, _ start: UInt64, at offset: UInt64) -> Int64? {
    var cursor = DwarfCursor(bytes.buffer, from: steps + table)
    var value: Int64 = -1
    var position = start
    var isFirst = true
    while !cursor.isAtEnd {
      let change = cursor.uleb()
      if change == 0, !isFirst { return nil }
      isFirst = false
      // The lowest bit is the sign.
      value &+= Int64(bitPattern: change >> 1) ^ (change & 1 == 0 ? 0 : -1)
      position &+= cursor.uleb() &* minimumStep
      if offset < position { return value }
    }
    return nil
  }
}
