// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The header `.eh_frame_hdr`, in the segment PT_GNU_EH_FRAME: where `.eh_frame` begins, and how
/// many functions it describes. The search table that follows is not used: the entries themselves
/// are read.
///
/// Format: Linux Standard Base Core, "Exception Frames".
struct EhFrameHeader {
  /// The address of `.eh_frame`, as linked.
  var ehFrame: UInt64
  /// The number of functions in the search table; nil if the header states none, or more than the
  /// table can hold.
  var functionCount: UInt64?

  /// Reads the header of a file; nil if it has none, or a malformed one.
  init?(of image: ElfImage) {
    guard let segment = image.segments.first(where: { $0.type == 0x6474_e550 }),
      // Four fields of one byte, then two of at most 10 bytes.
      let bytes = image.source.bytes(at: segment.fileOffset, count: min(segment.fileSize, 24))
    else { return nil }
    do throws(UnwindTableError) {
      try self.init(bytes, address: segment.address)
    } catch {
      return nil
    }
    // An entry of the search table has two numbers of at least two bytes each.
    if let count = functionCount, count > segment.fileSize / 4 { functionCount = nil }
  }

  /// Parses a header.
  ///
  /// - Parameter address: The address of the first byte, as linked.
  /// - Throws: `malformed` if it is cut, of another version than 1, or has no address of
  ///   `.eh_frame`.
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
