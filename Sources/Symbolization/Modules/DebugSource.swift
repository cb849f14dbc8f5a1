// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles
import ProfileModel

/// The debug information of one file with all files that belong to it, or why it is not used.
struct DebugSource {
  /// Nil where the file has none, and where `limits` says why it is not used.
  private(set) var frames: (any FrameSource)?
  private(set) var limits: [NamingLimit] = []
  /// Whether the file has DWARF at all, used or not.
  private(set) var isPresent = false

  /// Finds the DWARF of a file, and opens dwz supplements, packages and split units as they are needed.
  /// `options.debugReader` chooses the reader.
  static func open(
    _ image: ElfImage, path: String, _ debugFiles: DebugFiles, _ options: Symbolizer.Options
  ) -> DebugSource {
    var found = DebugSource()
    let names = image.sectionNames()
    guard let section = names[".debug_info"] ?? names[".zdebug_info"],
      section.type != ElfConstant.noBits, section.size > 0
    else { return found }
    found.isPresent = true
    let limit = options.debugLimit
    guard size(of: image) <= limit else {
      found.limits.append(.tooLarge)
      return found
    }
    var supplement: ElfImage?
    if names[".gnu_debugaltlink"] != nil {
      if let file = debugFiles.supplement(of: image, path: path), size(of: file.image) <= limit {
        supplement = file.image
      }
      // Without the supplement many names are missing: the symbol table has more.
      guard supplement != nil else {
        found.limits.append(.supplementMissing)
        return found
      }
    }
    found.frames =
      options.debugReader == .libdw
      ? libdw(image, supplement, options) : own(image, supplement, path: path, debugFiles, options)
    if found.frames == nil {
      found.limits.append(
        isPackedByZstd(section, of: image) ? .packedByZstd : .unknownDebugFormat)
    }
    return found
  }

  /// Nil where libdw cannot read the sections of the file or of its supplement.
  private static func libdw(
    _ image: ElfImage, _ supplement: ElfImage?, _ options: Symbolizer.Options
  ) -> (any FrameSource)? {
    let common = supplement.flatMap { LibdwFile($0.source) }
    guard (common == nil) == (supplement == nil), let file = LibdwFile(image.source) else {
      return nil
    }
    return LibdwInformation(file, supplement: common, followsInlines: options.followsInlines)
  }

  /// Nil where our reader cannot read the sections of the file or of its supplement.
  private static func own(
    _ image: ElfImage, _ supplement: ElfImage?, path: String, _ debugFiles: DebugFiles,
    _ options: Symbolizer.Options
  ) -> (any FrameSource)? {
    let limit = options.debugLimit
    let common = supplement.flatMap { DwarfSections($0, limit: limit) }
    guard (common == nil) == (supplement == nil),
      let sections = DwarfSections(image, limit: limit)
    else { return nil }
    // Opened for the first split unit, if there is one; the inner value is nil if it is missing.
    var units: DwarfPackage??
    return DebugInformation(
      sections, supplement: common, followsInlines: options.followsInlines
    ) { unit in
      let opened =
        units
        ?? debugFiles.package(with: unit, of: path).flatMap { DwarfPackage($0.image, limit: limit) }
      units = .some(opened)
      return opened?.sections(ofUnit: unit.identifier)
        ?? debugFiles.split(unit, of: path).flatMap {
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

  /// The most bytes that reading a file's debug information may hold in memory: the sections that are
  /// not loaded with the program, by the size that compressed ones claim to have when unpacked.
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
