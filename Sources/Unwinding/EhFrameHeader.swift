// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// `.eh_frame_hdr`, which PT_GNU_EH_FRAME leads to: where `.eh_frame` starts, and how many functions
/// it describes. The search table that follows is not used: the entries themselves are read.
///
/// Format: Linux Standard Base Core, "Exception Frames".
struct EhFrameHeader {
  /// Address of `.eh_frame`.
  var ehFrame: UInt64
  /// Nil if the header has no number, or a larger one than its table can hold.
  var functionCount: UInt64?

  init?(of image: ElfImage) {
    guard let segment = image.segments.first(where: { $0.type == 0x6474_e550 }),
      // Two pointers of at most 10 bytes after four of one byte.
      let bytes = image.source.bytes(at: segment.fileOffset, count: min(segment.fileSize, 24))
    else { return nil }
    do throws(UnwindTableError) {
      try self.init(bytes, address: segment.address)
    } catch {
      return nil
    }
    // An entry of the table has two numbers of at least two bytes.
    if let count = functionCount, count > segment.fileSize / 4 { functionCount = nil }
  }

  init(_ bytes: [UInt8], address: UInt64) throws(UnwindTableError) {
    (ehFrame, functionCount) = try bytes.withRawBytes { (buffer) throws(UnwindTableError) in
      var cursor = try FrameCursor(buffer)
      guard try cursor.byte() == 1 else { throw .malformed }
      let pointerEncoding = PointerEncoding(rawValue: try cursor.byte())
      let countEncoding = PointerEncoding(rawValue: try cursor.byte())
      _ = try cursor.byte()
      guard !pointerEncoding.isOmitted else { throw .malformed }
      let ehFrame = try pointerEncoding.address(
        from: &cursor, cursorBase: address, dataBase: address)
      let count =
        countEncoding.isOmitted
        ? nil
        : try countEncoding.address(from: &cursor, cursorBase: address, dataBase: address)
      return (ehFrame, count)
    }
  }
}
