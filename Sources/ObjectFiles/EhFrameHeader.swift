// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The header `.eh_frame_hdr`, in the segment PT_GNU_EH_FRAME: where `.eh_frame` begins, how many
/// functions it describes, and the search table of these functions.
///
/// Format: Linux Standard Base Core, "Exception Frames".
package struct EhFrameHeader: Hashable, Sendable {
  /// The address of `.eh_frame`, as linked.
  package var ehFrame: UInt64
  /// The number of functions in the search table; nil if the header states none, or more than the
  /// table can hold.
  package var functionCount: UInt64?
  /// The offset in the header, in bytes, of the search table: for each function, in the order of
  /// their addresses, the address at which it begins, and that of its entry in `.eh_frame`, each as
  /// a signed 32-bit distance from the header's own address. Nil if there is no table, or one of
  /// another encoding, which linkers do not write.
  package var tableOffset: Int?

  /// The segment with the header of a file; nil if the file has none.
  static func segment(of image: ElfImage) -> ElfImage.Segment? {
    image.segments.first { $0.type == 0x6474_e550 }
  }

  /// The most bytes in front of the search table: four fields of one byte, then two of at most 10.
  static let mostBytes: UInt64 = 24

  /// Reads the header of a file; nil if it has none, or a malformed one.
  package init?(of image: ElfImage) {
    guard let segment = Self.segment(of: image),
      let bytes = image.source.bytes(
        at: segment.fileOffset, count: min(segment.fileSize, Self.mostBytes))
    else { return nil }
    self.init(bytes, address: segment.address)
    // An entry of the search table has two numbers of at least two bytes each.
    if let count = functionCount, count > segment.fileSize / 4 { functionCount = nil }
  }

  /// Parses a header.
  ///
  /// - Parameters:
  ///   - bytes: The first 24 bytes, or all where there are fewer.
  ///   - address: The address of the first byte, as linked.
  /// - Returns: Nil if it is cut, of another version than 1, or has no address of `.eh_frame`.
  package init?(_ bytes: [UInt8], address: UInt64) {
    let header: EhFrameHeader? = bytes.withUnsafeBytes { buffer in
      guard var cursor = ByteCursor(buffer), cursor.byte() == 1,
        let pointers = cursor.byte().map(PointerEncoding.init),
        let counts = cursor.byte().map(PointerEncoding.init), let table = cursor.byte(),
        !pointers.isOmitted,
        let ehFrame = pointers.address(from: &cursor, cursorBase: address, dataBase: address)
      else { return nil }
      var header = EhFrameHeader(ehFrame: ehFrame)
      guard !counts.isOmitted else { return header }
      guard let count = counts.address(from: &cursor, cursorBase: address, dataBase: address)
      else { return nil }
      header.functionCount = count
      // DW_EH_PE_datarel | DW_EH_PE_sdata4
      if table == 0x3b { header.tableOffset = cursor.position }
      return header
    }
    guard let header else { return nil }
    self = header
  }

  private init(ehFrame: UInt64) {
    self.ehFrame = ehFrame
  }
}
