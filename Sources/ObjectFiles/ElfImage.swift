// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// The headers of a 64-bit little-endian ELF file: segments, sections, build id.
///
/// Format: System V ABI, chapters 4 and 5; notes as in elf(5). Offsets and sizes in the file are
/// checked against its size before they are used, so a malformed file gives nil or an empty list.
package struct ElfImage: Sendable {
  /// An entry of the program header table (`Elf64_Phdr`). Addresses, offsets and sizes are in
  /// bytes.
  package struct Segment: Hashable, Sendable {
    /// `p_type`: the type of the segment, such as 1 (PT_LOAD) for one that is loaded into memory.
    package var type: UInt32
    /// `p_flags`: the rights of the segment in memory, a sum of 1 (execute), 2 (write) and 4
    /// (read).
    package var flags: UInt32
    /// `p_offset`: the offset in the file, in bytes, at which the segment begins.
    package var fileOffset: UInt64
    /// `p_vaddr`: the address that the segment was linked for.
    package var address: UInt64
    /// `p_filesz`: the number of bytes that the segment has in the file.
    package var fileSize: UInt64
    /// `p_memsz`: the number of bytes that the segment has in memory; zeros follow the bytes of the
    /// file.
    package var memorySize: UInt64
    /// `p_align`: the alignment of the segment's address, in bytes, a power of two; 0 or 1 is none.
    package var alignment: UInt64

    /// Whether the segment is loaded (PT_LOAD) with the right to execute.
    package var isExecutable: Bool { type == ElfConstant.load && flags & 1 != 0 }
  }

  /// An entry of the section header table (`Elf64_Shdr`). Addresses, offsets and sizes are in
  /// bytes.
  package struct Section: Hashable, Sendable {
    /// `sh_name`: the offset, in bytes, at which the section's name begins in the section of names.
    package var nameOffset: UInt32
    /// `sh_type`: the type of the section, such as 2 (SHT_SYMTAB) for the table of all symbols.
    package var type: UInt32
    /// `sh_flags`: properties of the section, a sum of 2 (SHF_ALLOC), 4 (SHF_EXECINSTR), 0x800
    /// (SHF_COMPRESSED) and others.
    package var flags: UInt64
    /// `sh_addr`: the address that the section was linked for; 0 if it is not loaded into memory.
    package var address: UInt64
    /// `sh_offset`: the offset in the file, in bytes, at which the section begins.
    package var fileOffset: UInt64
    /// `sh_size`: the number of bytes that the section has in the file, or in memory if it has none
    /// in the file.
    package var size: UInt64
    /// `sh_link`: the index, in the section header table, of a section that belongs to this one,
    /// such as the strings of a symbol table.
    package var link: UInt32
    /// `sh_addralign`: the alignment of the section's address, in bytes, a power of two; 0 or 1 is
    /// none.
    package var alignment: UInt64
    /// `sh_entsize`: the size of one entry, in bytes, if the section holds a table of entries of
    /// one size; else 0.
    package var entrySize: UInt64

    /// Whether the section has machine code (SHF_EXECINSTR).
    package var isExecutable: Bool { flags & ElfConstant.sectionExecutes != 0 }
  }

  /// The bytes of the file that the headers were read from.
  package let source: any ByteSource
  /// `e_entry`: the address as linked of the instruction that a process begins with, or that the
  /// dynamic loader begins with; 0 if the file has none.
  package let entryPoint: UInt64
  /// The segments: the entries of the program header table, in the order of the file.
  package let segments: [Segment]
  /// The sections: the entries of the section header table, in the order of the file; empty where
  /// the file has no such table, or an unreadable one.
  package let sections: [Section]
  /// Index of the section that holds the names of sections.
  private let nameSection: Int
  /// The build id in the notes of the file; nil if the file has none.
  package let buildID: BuildID?

  /// Reads the headers of an ELF file.
  ///
  /// - Parameter source: The bytes of the whole file.
  /// - Returns: Nil if the bytes are not a 64-bit little-endian ELF file, or if the program header
  ///   table cannot be read.
  package init?(_ source: any ByteSource) {
    guard let header = source.bytes(at: 0, count: 64).map(ByteReader.init),
      // Magic number, 64 bit, little endian, version 1.
      header.load(UInt32.self, at: 0) == 0x464c_457f,
      header.load(UInt16.self, at: 4) == 0x0102, header.bytes[6] == 1,
      let entryPoint = header.load(UInt64.self, at: 24),
      let programOffset = header.load(UInt64.self, at: 32),
      let sectionOffset = header.load(UInt64.self, at: 40),
      let programEntrySize = header.load(UInt16.self, at: 54),
      let programCount = header.load(UInt16.self, at: 56),
      let sectionEntrySize = header.load(UInt16.self, at: 58),
      let sectionCount = header.load(UInt16.self, at: 60),
      let nameSection = header.load(UInt16.self, at: 62)
    else { return nil }
    self.source = source
    self.entryPoint = entryPoint

    // Counts too large for the header are in the first section: PN_XNUM, SHN_XINDEX.
    let first: ByteReader? =
      sectionOffset != 0 && sectionEntrySize == 64
      ? source.bytes(at: sectionOffset, count: 64).map(ByteReader.init) : nil
    var trueProgramCount = UInt64(programCount)
    if programCount == 0xffff {
      trueProgramCount = first?.load(UInt32.self, at: 44).map(UInt64.init) ?? 0
    }
    var trueSectionCount = UInt64(sectionCount)
    if sectionCount == 0 { trueSectionCount = first?.load(UInt64.self, at: 32) ?? 0 }
    self.nameSection =
      nameSection == 0xffff
      ? Int(first?.load(UInt32.self, at: 40) ?? 0) : Int(nameSection)

    guard trueProgramCount == 0 || programEntrySize == 56,
      trueProgramCount <= ElfConstant.mostHeaders
    else { return nil }
    guard let programTable = source.bytes(at: programOffset, count: trueProgramCount * 56) else {
      return nil
    }
    segments = Self.segments(in: ByteReader(programTable))
    sections =
      first == nil || trueSectionCount > ElfConstant.mostHeaders
      ? []
      : source.bytes(at: sectionOffset, count: trueSectionCount * 64)
        .map { Self.sections(in: ByteReader($0)) } ?? []
    buildID = Self.buildID(source, segments, sections)
  }

  /// Converts an offset in the file into the address that the byte there was linked for.
  ///
  /// If several loaded segments hold the offset, an executable one is preferred. The zeros that
  /// follow a segment's bytes in memory have no offset in the file.
  ///
  /// - Parameter offset: The offset from the beginning of the file, in bytes.
  /// - Returns: The address as linked; nil if no loaded segment holds the offset.
  package func address(ofFileOffset offset: UInt64) -> UInt64? {
    var found: UInt64?
    for segment in segments where segment.type == ElfConstant.load {
      guard offset >= segment.fileOffset, offset - segment.fileOffset < segment.fileSize else {
        continue
      }
      let address = segment.address &+ (offset - segment.fileOffset)
      if segment.isExecutable { return address }
      found = found ?? address
    }
    return found
  }

  /// Finds the executable segment that holds an address.
  ///
  /// - Parameter address: The address as linked; nil asks for the first executable segment.
  /// - Returns: The segment that holds the address, or the first executable one if none does; nil
  ///   if the file has no executable segment.
  package func executableSegment(holding address: UInt64? = nil) -> Segment? {
    let executable = segments.filter(\.isExecutable)
    guard let address else { return executable.first }
    return executable.first { address >= $0.address && address - $0.address < $0.memorySize }
      ?? executable.first
  }

  /// Finds the first section with a name.
  ///
  /// - Parameter name: The whole name, such as `.text`.
  /// - Returns: Nil if no section has this name, or if the names cannot be read.
  package func section(named name: String) -> Section? {
    guard sections.indices.contains(nameSection),
      let names = contents(of: sections[nameSection], limit: 16 << 20).map(ByteReader.init)
    else { return nil }
    let wanted = Array(name.utf8)
    return sections.first {
      names.text(at: Int($0.nameOffset), limit: wanted.count + 1)?.elementsEqual(wanted) ?? false
    }
  }

  /// Reads the names of all sections, and returns the sections by their names; of several with the
  /// same name, the first. The dictionary is empty if the names cannot be read. Names longer than
  /// 256 bytes are cut.
  package func sectionNames() -> [String: Section] {
    guard sections.indices.contains(nameSection),
      let names = contents(of: sections[nameSection], limit: 16 << 20).map(ByteReader.init)
    else { return [:] }
    let pairs = sections.compactMap { section in
      names.text(at: Int(section.nameOffset), limit: 256)
        .map { (String(decoding: $0, as: UTF8.self), section) }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// Reads the bytes of a section as they are in the file; a compressed section stays compressed.
  ///
  /// - Parameters:
  ///   - section: A section of this file.
  ///   - limit: The greatest size of a section that is read, in bytes.
  /// - Returns: Nil if the section is larger than `limit`, has no bytes in the file, or cannot be
  ///   read.
  package func contents(of section: Section, limit: UInt64) -> [UInt8]? {
    guard section.type != ElfConstant.noBits, section.size <= limit else { return nil }
    return source.bytes(at: section.fileOffset, count: section.size)
  }

  private static func segments(in table: ByteReader) -> [Segment] {
    stride(from: 0, to: table.count, by: 56).compactMap { entry in
      guard let type = table.load(UInt32.self, at: entry),
        let flags = table.load(UInt32.self, at: entry + 4),
        let fileOffset = table.load(UInt64.self, at: entry + 8),
        let address = table.load(UInt64.self, at: entry + 16),
        let fileSize = table.load(UInt64.self, at: entry + 32),
        let memorySize = table.load(UInt64.self, at: entry + 40),
        let alignment = table.load(UInt64.self, at: entry + 48)
      else { return nil }
      return Segment(
        type: type, flags: flags, fileOffset: fileOffset, address: address, fileSize: fileSize,
        memorySize: memorySize, alignment: alignment)
    }
  }

  private static func sections(in table: ByteReader) -> [Section] {
    stride(from: 0, to: table.count, by: 64).compactMap { entry in
      guard let nameOffset = table.load(UInt32.self, at: entry),
        let type = table.load(UInt32.self, at: entry + 4),
        let flags = table.load(UInt64.self, at: entry + 8),
        let address = table.load(UInt64.self, at: entry + 16),
        let fileOffset = table.load(UInt64.self, at: entry + 24),
        let size = table.load(UInt64.self, at: entry + 32),
        let link = table.load(UInt32.self, at: entry + 40),
        let alignment = table.load(UInt64.self, at: entry + 48),
        let entrySize = table.load(UInt64.self, at: entry + 56)
      else { return nil }
      return Section(
        nameOffset: nameOffset, type: type, flags: flags, address: address,
        fileOffset: fileOffset, size: size, link: link, alignment: alignment, entrySize: entrySize)
    }
  }

  /// Finds the build id in the notes of the segments, else in those of the sections: the segments
  /// of separate debug files have no bytes.
  private static func buildID(
    _ source: any ByteSource, _ segments: [Segment], _ sections: [Section]
  ) -> BuildID? {
    for segment in segments where segment.type == ElfConstant.noteSegment {
      guard segment.fileSize <= ElfConstant.mostNoteBytes,
        let notes = source.bytes(at: segment.fileOffset, count: segment.fileSize),
        let id = buildID(inNotes: ByteReader(notes), alignment: segment.alignment)
      else { continue }
      return id
    }
    for section in sections where section.type == ElfConstant.noteSection {
      guard section.size <= ElfConstant.mostNoteBytes,
        let notes = source.bytes(at: section.fileOffset, count: section.size),
        let id = buildID(inNotes: ByteReader(notes), alignment: section.alignment)
      else { continue }
      return id
    }
    return nil
  }

  /// Finds the build id in a list of notes: the first one named `GNU` of type 3 (NT_GNU_BUILD_ID).
  ///
  /// - Parameter alignment: That of the segment or section, in bytes; 8 or, for any other value, 4.
  static func buildID(inNotes notes: ByteReader, alignment: UInt64) -> BuildID? {
    let mask = alignment == 8 ? 7 : 3
    var position = 0
    while let nameSize = notes.load(UInt32.self, at: position),
      let size = notes.load(UInt32.self, at: position + 4),
      let type = notes.load(UInt32.self, at: position + 8)
    {
      // Sums of three 32-bit numbers: no overflow in 64 bits.
      let name = position + 12
      let descriptor = (name + Int(nameSize) + mask) & ~mask
      let end = descriptor + Int(size)
      guard end <= notes.count else { return nil }
      if type == 3, nameSize == 4, notes.load(UInt32.self, at: name) == 0x0055_4e47,
        let bytes = notes.slice(at: descriptor, count: Int(size)), let id = BuildID(bytes)
      {
        return id
      }
      position = (end + mask) & ~mask
    }
    return nil
  }
}

extension ElfImage.Segment {
  /// Creates an executable segment of which only the address, the size in memory and the file
  /// offset are known. The size in the file and the alignment are 0.
  ///
  /// - Parameters:
  ///   - address: The address of the first byte, as linked.
  ///   - memorySize: The number of bytes in memory.
  ///   - fileOffset: The offset in the file, in bytes, at which the segment begins.
  package init(executableAt address: UInt64, memorySize: UInt64, fileOffset: UInt64) {
    self.init(
      type: ElfConstant.load, flags: 1, fileOffset: fileOffset, address: address, fileSize: 0,
      memorySize: memorySize, alignment: 0)
  }
}

/// The constants of <elf.h> that flameback uses, and limits for the sizes in files.
package enum ElfConstant {
  /// PT_LOAD: the type of a segment that is mapped into memory.
  package static let load: UInt32 = 1
  /// PT_INTERP: the type of the segment that holds the path of the dynamic loader.
  package static let interpreter: UInt32 = 3
  /// PT_NOTE: the type of a segment that holds notes.
  static let noteSegment: UInt32 = 4
  /// SHT_NOTE: the type of a section that holds notes.
  static let noteSection: UInt32 = 7
  /// SHT_SYMTAB: the type of the section with the table of all symbols, which `strip` removes.
  package static let symbolTable: UInt32 = 2
  /// SHT_DYNSYM: the type of the section with the symbols that the dynamic linker needs.
  package static let dynamicSymbolTable: UInt32 = 11
  /// SHT_NOBITS: the type of a section that has no bytes in the file.
  package static let noBits: UInt32 = 8
  /// SHF_EXECINSTR: the flag of sections with machine code.
  package static let sectionExecutes: UInt64 = 4
  /// SHF_ALLOC: the flag of sections that are in memory while the program runs.
  package static let sectionIsAllocated: UInt64 = 2
  /// SHF_COMPRESSED: the flag of sections whose bytes are compressed.
  package static let sectionIsCompressed: UInt64 = 0x800
  /// ELFCOMPRESS_ZLIB: the value of `ch_type` in a section that is compressed by zlib.
  package static let compressedByZlib: UInt32 = 1
  /// ELFCOMPRESS_ZSTD: the value of `ch_type` in a section that is compressed by Zstandard.
  package static let compressedByZstd: UInt32 = 2

  /// The limit of segments, and of sections, that are read: 100 times what large programs have.
  static let mostHeaders: UInt64 = 100_000
  /// The limit of the size of notes that are read, in bytes.
  static let mostNoteBytes: UInt64 = 1 << 20
}
