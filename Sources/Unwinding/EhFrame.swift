// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The bytes of a section of a file that holds call frame information: `.eh_frame`, which programs
/// have in memory for exceptions, or `.debug_frame`, which is for debuggers only.
struct EhFrame {
  /// The form in which a section is written.
  enum Form {
    /// That of `.eh_frame` (Linux Standard Base Core, "Exception Frames").
    case exceptions
    /// That of `.debug_frame` (DWARF 5, section 6.4.1): other ids, and other references to the
    /// common entries.
    case debugging
  }

  /// The form of the bytes.
  var form = Form.exceptions
  /// The bytes from the first entry on. In files without sections, other data may follow the last
  /// entry.
  var bytes: [UInt8]
  /// The address of the first byte, as linked.
  var address: UInt64
  /// The number of functions that `.eh_frame_hdr` states; nil if it states none.
  var functionCount: UInt64?

  /// The limit of bytes that are read: 5 times what the largest programs have.
  static let mostBytes: UInt64 = 64 << 20

  /// Creates a section of these bytes.
  init(bytes: [UInt8], address: UInt64, functionCount: UInt64? = nil) {
    self.bytes = bytes
    self.address = address
    self.functionCount = functionCount
  }

  /// Reads the section of a file.
  ///
  /// It is found by `.eh_frame_hdr`, since stripped files may lack a table of sections. In files
  /// without that header it is found by the name of the section.
  ///
  /// - Throws: `noEhFrame` if there is none, `tooLarge` above `mostBytes`, `malformed` if it is
  ///   outside the file.
  init(of image: ElfImage) throws(UnwindTableError) {
    let section = image.section(named: ".eh_frame")
    if let header = EhFrameHeader(of: image), let room = image.loadedBytes(from: header.ehFrame) {
      var size = room.size
      // The header does not state the size. Without a section, a terminator ends the entries.
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

extension EhFrame {
  /// Reads the section `.debug_frame` of a file. Nil if it has none that is of use: one that is
  /// larger than `mostBytes`, compressed or not inside the file is left out.
  init?(debuggingOf image: ElfImage) {
    guard let section = image.section(named: ".debug_frame"), section.size > 0,
      section.flags & ElfConstant.sectionIsCompressed == 0,
      let bytes = image.contents(of: section, limit: Self.mostBytes)
    else { return nil }
    self.init(bytes: bytes, address: 0)
    form = .debugging
  }
}
