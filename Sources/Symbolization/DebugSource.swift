// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The DWARF of one file with all that belongs to it, or why it is not used.
struct DebugSource {
  private(set) var information: DebugInformation?
  private(set) var limits: [NamingLimit] = []
  /// Whether the file has DWARF at all.
  private(set) var isThere = false

  init(
    _ image: ElfImage, path: String, _ debugFiles: DebugFiles, _ options: Symbolizer.Options
  ) {
    let names = image.sectionNames()
    guard let section = names[".debug_info"] ?? names[".zdebug_info"],
      section.type != ElfConstant.noBits
    else { return }
    isThere = true
    let limit = options.debugLimit
    guard Self.size(of: image) <= limit else {
      limits.append(.tooLarge)
      return
    }
    guard let sections = DwarfSections(image, limit: limit) else {
      if Self.isPackedByZstd(section, of: image) { limits.append(.packedByZstd) }
      return
    }
    var supplement: DwarfSections?
    if names[".gnu_debugaltlink"] != nil {
      if let found = debugFiles.supplement(of: image, path: path),
        Self.size(of: found.image) <= limit
      {
        supplement = DwarfSections(found.image, limit: limit)
      }
      // Its entries are half of the story: symbols are the better one.
      guard supplement != nil else {
        limits.append(.supplementMissing)
        return
      }
    }
    let package = debugFiles.package(of: path).flatMap { DwarfPackage($0.image, limit: limit) }
    information = DebugInformation(
      sections, supplement: supplement, followsInlines: options.followsInlines
    ) { unit in
      package?.sections(ofUnit: unit.identifier)
        ?? debugFiles.split(name: unit.name, folder: unit.folder, of: path).flatMap {
          DwarfSections($0.image, suffix: ".dwo", limit: limit)
        }
    }
  }

  private static func isPackedByZstd(_ section: ElfImage.Section, of image: ElfImage) -> Bool {
    guard section.flags & ElfConstant.sectionIsCompressed != 0,
      let header = image.source.bytes(at: section.fileOffset, count: 4).map(ByteReader.init)
    else { return false }
    return header.load(UInt32.self, at: 0) == ElfConstant.compressedByZstd
  }

  /// Bytes that may come to be held in memory: sections that are not loaded with the program, with
  /// their size after decompression, as they claim it.
  static func size(of image: ElfImage) -> UInt64 {
    var sum: UInt64 = 0
    for section in image.sections where section.flags & ElfConstant.sectionIsAllocated == 0 {
      guard section.type != ElfConstant.noBits else { continue }
      var size = section.size
      if section.flags & ElfConstant.sectionIsCompressed != 0 {
        let header = image.source.bytes(at: section.fileOffset, count: 24).map(ByteReader.init)
        size = header?.load(UInt64.self, at: 8) ?? .max
      }
      let (total, overflows) = sum.addingReportingOverflow(size)
      if overflows { return .max }
      sum = total
    }
    return sum
  }
}
