// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The bytes of a file's `.eh_frame`.
struct EhFrame {
  /// From the first entry on; what follows the last one may be in it, too.
  var bytes: [UInt8]
  /// Where the first byte was linked to be.
  var address: UInt64
  /// How many functions the header says there are.
  var functionCount: UInt64?

  /// The most bytes that are read: 5 times what the largest programs have.
  static let mostBytes: UInt64 = 64 << 20

  init(bytes: [UInt8], address: UInt64, functionCount: UInt64? = nil) {
    self.bytes = bytes
    self.address = address
    self.functionCount = functionCount
  }

  /// Found through the header that the run-time linker is given, since stripped files may lack
  /// sections; through the section in files that lack the header.
  init(of image: ElfImage) throws(UnwindTableError) {
    let section = image.section(named: ".eh_frame")
    if let header = EhFrameHeader(of: image), let room = image.loadedBytes(from: header.ehFrame) {
      var size = room.size
      // The header has no size. Without a section a terminator ends the entries.
      if let section, section.address == header.ehFrame {
        size = min(size, section.size)
        guard size <= Self.mostBytes else { throw .tooLarge }
      }
      guard let bytes = image.source.bytes(at: room.offset, count: min(size, Self.mostBytes)) else {
        throw .malformed
      }
      self.init(bytes: bytes, address: header.ehFrame, functionCount: header.functionCount)
      return
    }
    guard let section, section.type != ElfConstant.noBits, section.size > 0 else {
      throw .noEhFrame
    }
    guard section.size <= Self.mostBytes else { throw .tooLarge }
    guard let bytes = image.contents(of: section, limit: Self.mostBytes) else { throw .malformed }
    self.init(bytes: bytes, address: section.address)
  }
}

extension ElfImage {
  /// What the file holds of the segment around an address, from there to the segment's end.
  fileprivate func loadedBytes(from address: UInt64) -> (offset: UInt64, size: UInt64)? {
    for segment in segments where segment.type == ElfConstant.load {
      guard address >= segment.address, address - segment.address < segment.fileSize else {
        continue
      }
      let distance = address - segment.address
      let (offset, overflows) = segment.fileOffset.addingReportingOverflow(distance)
      guard !overflows, offset < source.size else { return nil }
      return (offset, min(segment.fileSize - distance, source.size - offset))
    }
    return nil
  }
}
