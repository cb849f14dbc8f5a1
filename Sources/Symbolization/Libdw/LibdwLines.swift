// SPDX-License-Identifier: Apache-2.0

import Bytes
import CElfutils

/// The line table of a unit as libdw reads it: rows sorted by address.
struct LibdwLines {
  private let unit: LibdwEntry
  /// A `Dwarf_Lines` of libdw; nil where the unit has none.
  private let lines: OpaquePointer?
  private let count: Int

  init(of unit: LibdwEntry) {
    var lines: OpaquePointer?
    var count = 0
    let status = unit.withDie { dwarf_getsrclines($0, &lines, &count) }
    self.unit = unit
    self.lines = status == 0 ? lines : nil
    self.count = status == 0 ? count : 0
  }

  /// A frame without a function: file, line and column at an address, as far as they are known.
  func frame(at address: UInt64, _ files: inout LibdwSourceFiles) -> SourceFrame {
    var frame = SourceFrame(function: -1, file: 0, line: 0, column: 0)
    // Of several rows of an address the last one is in effect.
    let behind = (0..<count).partitioningIndex { self.address(ofRow: $0) > address }
    guard behind > 0, let row = dwarf_onesrcline(lines, behind - 1) else { return frame }
    var isEnd = false
    guard dwarf_lineendsequence(row, &isEnd) == 0, !isEnd else { return frame }
    var line: CInt = 0
    var column: CInt = 0
    dwarf_lineno(row, &line)
    dwarf_linecol(row, &column)
    frame.file = files.file(ofLine: row, in: unit)
    frame.line = UInt32(clamping: line)
    frame.column = UInt32(clamping: column)
    return frame
  }

  private func address(ofRow index: Int) -> UInt64 {
    var address: Dwarf_Addr = 0
    dwarf_lineaddr(dwarf_onesrcline(lines, index), &address)
    return address
  }
}
