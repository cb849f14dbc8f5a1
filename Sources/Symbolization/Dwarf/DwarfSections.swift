// SPDX-License-Identifier: Apache-2.0

import Bytes
import CZlib
import ObjectFiles

/// The sections of an ELF file that hold DWARF. Only the parts that are used are read.
struct DwarfSections {
  var information: SectionBytes
  var abbreviations: SectionBytes
  var strings: SectionBytes
  var lineStrings: SectionBytes
  var stringOffsets: SectionBytes
  var addresses: SectionBytes
  /// `.debug_ranges`, up to DWARF 4.
  var ranges: SectionBytes
  /// `.debug_rnglists`, from DWARF 5 on.
  var rangeLists: SectionBytes
  var lines: SectionBytes
}

extension DwarfSections {
  /// Nil where there is no `.debug_info`.
  ///
  /// - Parameters:
  ///   - suffix: `.dwo` for the sections of split units.
  ///   - limit: the most bytes that a section may have, unpacked. A larger one is treated as missing.
  init?(_ image: ElfImage, suffix: String = "", limit: UInt64) {
    let names = image.sectionNames()
    func section(_ name: String) -> SectionBytes {
      if let section = names[name + suffix] {
        return Self.contents(of: section, in: image, limit: limit) ?? .none
      }
      // GNU tools packed sections so before ELF had a flag for it.
      if let packed = names[".z" + name.dropFirst() + suffix] {
        return Self.unpackedGNU(packed, in: image, limit: limit) ?? .none
      }
      return .none
    }
    information = section(".debug_info")
    guard information.count > 0 else { return nil }
    abbreviations = section(".debug_abbrev")
    strings = section(".debug_str")
    lineStrings = section(".debug_line_str")
    stringOffsets = section(".debug_str_offsets")
    addresses = section(".debug_addr")
    ranges = section(".debug_ranges")
    rangeLists = section(".debug_rnglists")
    lines = section(".debug_line")
  }

  /// Nil where the section has no contents, or is too large, or is packed by something else than zlib.
  private static func contents(
    of section: ElfImage.Section, in image: ElfImage, limit: UInt64
  ) -> SectionBytes? {
    guard section.type != ElfConstant.noBits else { return nil }
    guard section.flags & ElfConstant.sectionIsCompressed != 0 else {
      guard section.size <= limit else { return nil }
      return SectionBytes(image.source, at: section.fileOffset, count: section.size)
    }
    // Elf64_Chdr: type, reserved, size, alignment.
    guard let header = image.source.bytes(at: section.fileOffset, count: 24).map(ByteReader.init),
      header.load(UInt32.self, at: 0) == ElfConstant.compressedByZlib,
      let size = header.load(UInt64.self, at: 8), size <= limit, section.size >= 24
    else { return nil }
    return unpacked(
      image.source, at: section.fileOffset &+ 24, count: section.size - 24, to: Int(size))
  }

  /// Format: `ZLIB`, the size in eight bytes, big-endian, then the zlib stream.
  private static func unpackedGNU(
    _ section: ElfImage.Section, in image: ElfImage, limit: UInt64
  ) -> SectionBytes? {
    guard section.size >= 12,
      let header = image.source.bytes(at: section.fileOffset, count: 12).map(ByteReader.init),
      header.load(UInt32.self, at: 0) == 0x4249_4c5a,
      let size = header.load(UInt64.self, at: 4)?.byteSwapped, size <= limit
    else { return nil }
    return unpacked(
      image.source, at: section.fileOffset &+ 12, count: section.size - 12, to: Int(size))
  }

  /// Nil unless the stream unpacks to exactly `size` bytes.
  private static func unpacked(
    _ source: any ByteSource, at offset: UInt64, count: UInt64, to size: Int
  ) -> SectionBytes? {
    let packed = SectionBytes(source, at: offset, count: count)
    guard packed.count > 0 else { return nil }
    return SectionBytes(count: size) { output in
      var length = uLongf(output.count)
      // Safe: each pointer is passed with the size of its buffer.
      let status = uncompress(
        output.baseAddress?.assumingMemoryBound(to: Bytef.self), &length,
        packed.whole.baseAddress?.assumingMemoryBound(to: Bytef.self), uLong(packed.count))
      return status == Z_OK && length == output.count
    }
  }
}
