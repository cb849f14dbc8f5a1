// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// The ids of the split units in a `.dwo` or `.dwp` file, found without reading its entries: in the index
/// of a package, else in the headers of units. In compressed sections, and before DWARF 5, where an entry
/// has the id, none are found. Formats: DWARF 5, sections 7.3.5 and 7.5.1.
struct SplitUnitList {
  private let image: ElfImage

  /// More units than compilers put into one `.dwo` file.
  private static let mostUnits = 1024
  private static let mostIndexBytes: UInt64 = 64 << 20

  init(_ image: ElfImage) { self.image = image }

  func contains(_ id: UInt64) -> Bool {
    if let section = image.section(named: ".debug_cu_index") {
      return packageContains(id, section)
    }
    guard let section = image.section(named: ".debug_info.dwo"),
      section.flags & ElfConstant.sectionIsCompressed == 0
    else { return false }
    var offset: UInt64 = 0
    for _ in 0..<Self.mostUnits {
      // unit_length (4 bytes), version (2), unit_type (1), address_size (1), debug_abbrev_offset (4),
      // dwo_id (8).
      guard offset < section.size, section.size - offset >= 20,
        let header = image.source.bytes(at: section.fileOffset &+ offset, count: 20)
          .map(ByteReader.init),
        let length = header.load(UInt32.self, at: 0), length < 0xffff_fff0,
        header.load(UInt16.self, at: 4) == 5
      else { return false }
      // DW_UT_split_compile
      if header.bytes[6] == 5, header.load(UInt64.self, at: 12) == id { return true }
      offset += 4 + UInt64(length)
    }
    return false
  }

  /// The index has a hash table of ids behind four words, of which the last is the number of its slots.
  private func packageContains(_ id: UInt64, _ section: ElfImage.Section) -> Bool {
    guard section.flags & ElfConstant.sectionIsCompressed == 0,
      let index = image.contents(of: section, limit: Self.mostIndexBytes).map(ByteReader.init),
      let slots = index.load(UInt32.self, at: 12), slots <= index.count / 12
    else { return false }
    return (0..<Int(slots)).contains { slot in
      index.load(UInt64.self, at: 16 + slot * 8) == id
        && index.load(UInt32.self, at: 16 + Int(slots) * 8 + slot * 4) ?? 0 > 0
    }
  }
}
