// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// How to leave the frames of a file's code: rows made of its call frame information. The BPF program
/// looks up one row for each frame.
public struct UnwindTable: Sendable {
  /// The most rows of one file: nearly twice what the largest programs have.
  public static let mostRows = 4 << 20

  /// As `bpf/layout.h` says (see ``UnwindRow``), strictly ascending by address. What lies behind the
  /// last function is a gap; for what lies before the first there is no row.
  public let rows: [UInt64]

  /// Entries that could not be read; their functions are gaps, if only from the broken place on.
  public let skippedEntries: Int

  /// Reads the call frame information of a file, or of a vdso's image in memory.
  public init(of image: ElfImage) throws(UnwindTableError) {
    try self.init(EhFrame(of: image))
  }

  /// About how many rows the table will have, without reading `.eh_frame`: rather more than fewer
  /// (of 2,093 files of a Debian machine 7 small ones have more, 15 % at most; all of them together
  /// are estimated at 1.6 times what they have). 0 where there will be no table.
  public static func estimatedRows(of image: ElfImage) -> Int {
    let rows: UInt64
    if let section = image.section(named: ".eh_frame"), section.type != ElfConstant.noBits {
      // A row takes about six bytes.
      rows = section.size / 4
    } else {
      // A function has about ten rows.
      rows = min(EhFrameHeader(of: image)?.functionCount ?? 0, UInt64(mostRows)) * 12
    }
    return Int(min(rows, UInt64(mostRows)))
  }

  init(_ ehFrame: EhFrame) throws(UnwindTableError) {
    (rows, skippedEntries) = try ehFrame.bytes.withRawBytes {
      (bytes) throws(UnwindTableError) in
      let entries = try FrameEntries(
        bytes, address: ehFrame.address, functionCount: ehFrame.functionCount)
      return try Self.rows(of: entries, byteCount: bytes.count)
    }
    guard !rows.isEmpty else { throw skippedEntries == 0 ? .noEhFrame : .malformed }
  }

  private static func rows(
    of entries: FrameEntries, byteCount: Int
  ) throws(UnwindTableError) -> (rows: [UInt64], skipped: Int) {
    // Enough for nearly all: see `estimatedRows`.
    var writer = RowWriter(expecting: min(byteCount / 4, mostRows))
    var skipped = entries.skipped
    var lastCommon = 0
    for key in entries.functions {
      let function = try entries.function(
        at: Int(UInt32(truncatingIfNeeded: key)), lastCommon: &lastCommon)
      try writer.openFunction(at: function.begin)
      if try !write(function, of: entries.commons[lastCommon], to: &writer) { skipped += 1 }
      writer.closeFunction(at: function.end)
    }
    try writer.close()
    return (writer.rows, skipped)
  }

  /// Writes the rows of one function; false where its instructions cannot be read to the end.
  @inline(__always)
  private static func write(
    _ function: FrameEntries.Function, of common: FrameEntries.Common, to writer: inout RowWriter
  ) throws(UnwindTableError) -> Bool {
    var interpreter = CallFrameInterpreter(common.factors, startingWith: common.rules)
    var cursor = function.instructions
    var location = function.begin
    while location < function.end {
      let next: UInt64
      do throws(UnwindTableError) {
        next = try interpreter.run(&cursor, from: location) ?? function.end
      } catch {
        try writer.append(.gap, from: location, to: function.end)
        return false
      }
      let action = UnwindRow.Action(interpreter.rules, inSignalFrame: common.isSignalFrame)
      try writer.append(action, from: location, to: min(next, function.end))
      location = next
    }
    return true
  }
}
