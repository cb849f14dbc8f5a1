// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The unwind table of a file: rows that say how to find the caller's frame from each address of
/// its code, made of the file's call frame information. The BPF program looks up one row for each
/// frame.
package struct UnwindTable: Sendable {
  /// The greatest number of rows that the table of one file may have: nearly twice what the largest
  /// programs have.
  package static let mostRows = 4 << 20

  /// The rows in packed form (``UnwindRow/rawValue``), with strictly ascending addresses. The last
  /// row is a gap that begins at the end of the last function. No row holds for addresses below
  /// that of the first row.
  package let rows: [UInt64]

  /// The number of entries of the section `.eh_frame` that could not be read in full. Frames of the
  /// functions that they describe cannot be unwound, at least from the malformed instruction on.
  package let skippedEntries: Int

  /// Makes the unwind table of a file, or of an image of the vDSO, from the section `.eh_frame`.
  ///
  /// - Parameter image: The headers of the ELF file.
  /// - Throws: ``UnwindTableError`` if the file has no call frame information, if none of it can be
  ///   read, or if there is too much of it.
  package init(of image: ElfImage) throws(UnwindTableError) {
    try self.init(EhFrame(of: image))
  }

  /// Estimates the number of rows that a file's unwind table will have, from 0 to `mostRows`,
  /// without reading `.eh_frame`.
  ///
  /// The estimate is rather too high than too low. Of 2,093 files of a Debian machine, 7 small ones
  /// have more rows than estimated, by 15 % at most; for all 2,093 together the estimate is 1.6
  /// times the true number.
  ///
  /// - Parameter image: The headers of the ELF file.
  /// - Returns: The number of rows; 0 if the file has no call frame information.
  package static func estimatedRows(of image: ElfImage) -> Int {
    let rows: UInt64
    if let section = image.section(named: ".eh_frame"), section.type != ElfConstant.noBits {
      // A row needs about six bytes of the section.
      rows = section.size / 4
    } else {
      // A function has about ten rows.
      rows = min(EhFrameHeader(of: image)?.functionCount ?? 0, UInt64(mostRows)) * 12
    }
    return Int(min(rows, UInt64(mostRows)))
  }

  /// Makes the table of a section's bytes.
  init(_ ehFrame: EhFrame) throws(UnwindTableError) {
    (rows, skippedEntries) = try ehFrame.bytes.withRawBytes {
      (bytes) throws(UnwindTableError) in
      let entries = try FrameEntries(
        bytes, address: ehFrame.address, functionCount: ehFrame.functionCount)
      return try Self.rows(of: entries, byteCount: bytes.count)
    }
    guard !rows.isEmpty else { throw skippedEntries == 0 ? .noEhFrame : .malformed }
  }

  /// Executes the instructions of all functions, and returns the rows and the number of entries
  /// that could not be read in full.
  private static func rows(
    of entries: FrameEntries, byteCount: Int
  ) throws(UnwindTableError) -> (rows: [UInt64], skipped: Int) {
    // Enough for nearly all files: see `estimatedRows`.
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
