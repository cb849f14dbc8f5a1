// SPDX-License-Identifier: Apache-2.0

import Bytes
import CShims
import ObjectFiles

/// The functions of a file that nothing describes: hand-written assembly.
///
/// Their beginnings are known by symbols, or by the code: aligned, and behind the end of another
/// function; in a hole of a few bytes, behind padding. In the first instructions they save registers,
/// and so say how far rsp is from the return address. Both are only guesses: the BPF program believes
/// them where the return address that they lead to follows a call of exactly this function.
struct UndescribedFunctions {
  private let image: ElfImage
  /// The executable segments; none if there are too many of them to search each time.
  private let segments: [ElfImage.Segment]
  /// The addresses of functions by symbols, ascending; nil until they are needed.
  private var symbols: [UInt64]?
  /// Bytes of code that may still be read.
  private var budget = UndescribedFunctions.mostCode

  /// The limit of the code that is read of a file, in bytes: five times what codecs have.
  private static let mostCode: UInt64 = 16 << 20
  /// The size of a symbol table, in bytes, above which it is not read, since it takes longer than the
  /// rows.
  private static let largestTable: UInt64 = 256 << 10
  /// The limit of executable segments.
  private static let mostSegments = 16
  /// The alignment of functions whose beginning is not known by symbols, in bytes.
  private static let alignment: UInt64 = 16

  /// Creates the functions of a file; nothing is read yet.
  init(of image: ElfImage) {
    self.image = image
    let executable = image.segments.filter(\.isExecutable)
    segments = executable.count <= Self.mostSegments ? executable : []
  }

  /// Returns rows in which functions are in place of gaps.
  ///
  /// - Parameter rows: Packed rows, ascending, that end with a gap; or none.
  /// - Returns: The same with more rows; at the limit of rows, the same.
  mutating func applied(to rows: [UInt64]) -> [UInt64] {
    var result: [UInt64] = []
    for (index, packed) in rows.enumerated() {
      let row = UnwindRow(rawValue: packed)
      let next = index + 1 < rows.count ? UInt64(UnwindRow(rawValue: rows[index + 1]).pc) : nil
      guard row.kind == FB_ROW_GAP.rawValue,
        let entered = self.rows(inGapFrom: UInt64(row.pc), to: next)
      else {
        if !result.isEmpty { result.append(packed) }
        continue
      }
      if result.isEmpty { result = Array(rows[..<index]) }
      result += entered
    }
    return result.isEmpty || result.count > UnwindTable.mostRows ? rows : result
  }

  /// The rows of a gap that has functions; nil if it has none.
  ///
  /// - Parameter end: The end of the gap; nil where it is the last row.
  private mutating func rows(inGapFrom begin: UInt64, to end: UInt64?) -> [UInt64]? {
    guard
      let segment = segments.first(where: {
        $0.address <= begin && begin - $0.address < $0.fileSize
      })
    else { return nil }
    let distance = begin - segment.address
    let room = segment.fileSize - distance
    let size = min((end ?? .max) - begin, room)
    let (limit, overflows) = begin.addingReportingOverflow(size)
    let (offset, isOutside) = segment.fileOffset.addingReportingOverflow(distance)
    guard size > 0, size <= budget, !overflows, !isOutside,
      limit <= UInt64(UInt32.max), let bytes = image.source.bytes(at: offset, count: size)
    else { return nil }
    budget -= size
    let code = UndescribedCode(bytes, at: begin)
    guard code.hasInstructions else { return nil }
    let named = named(in: begin..<limit)
    let starts =
      size < RowWriter.smallestGap
      ? code.startsInHole(beside: named) : code.starts(aligned: Self.alignment, beside: named)
    guard let first = starts.first else { return nil }

    var rows: [UInt64] = []
    if first > begin { rows.append(UnwindRow(pc: UInt32(begin), action: .gap).rawValue) }
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? starts[index + 1] : limit
      for (address, action) in code.actions(ofFunctionIn: start..<next) {
        rows.append(UnwindRow(pc: UInt32(address), action: action).rawValue)
      }
    }
    // Behind the last row, or behind the segment.
    if limit != end { rows.append(UnwindRow(pc: UInt32(limit), action: .gap).rawValue) }
    return rows
  }

  /// The addresses of functions by symbols in a range, ascending.
  private mutating func named(in range: Range<UInt64>) -> ArraySlice<UInt64> {
    let all = symbols ?? image.functionAddresses(largestTable: Self.largestTable)
    symbols = all
    let first = all.partitioningIndex { $0 >= range.lowerBound }
    let last = all.partitioningIndex { $0 >= range.upperBound }
    return all[first..<last]
  }
}
