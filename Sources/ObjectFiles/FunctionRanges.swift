// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The functions of an ELF file as its call frame information has them: of each the address at which
/// it begins and its size, without a name. Stripped files keep them.
///
/// A function is found by the search table of `.eh_frame_hdr` and read from its entry in
/// `.eh_frame`, so a look-up reads a few pages, however large the file is. Parts of a function that
/// the compiler moved elsewhere (`foo.cold`) have entries of their own, which do not say what they
/// are part of.
///
/// Use it from one thread at a time. Format: Linux Standard Base Core, "Exception Frames".
package final class FunctionRanges {
  /// The bytes that look-ups read.
  private struct Parts {
    /// `.eh_frame_hdr`.
    var header: SectionBytes
    /// The address of the header's first byte, as linked.
    var headerAddress: UInt64
    /// The offset of the search table in the header.
    var table: Int
    /// The number of functions in the table.
    var count: Int
    /// `.eh_frame`.
    var entries: SectionBytes
    /// The address of the first entry, as linked.
    var entriesAddress: UInt64
    /// Addresses of stubs, of which one entry covers many.
    var stubs: [Range<UInt64>]
  }

  private let read: () -> Parts?
  private lazy var parts = read()
  /// The function that was found last: addresses often come in ascending order.
  private var found: Range<UInt64>?
  /// By offset of the common entry; nil for one that cannot be read.
  private var encodings: [Int: PointerEncoding?] = [:]

  /// The limit of bytes of `.eh_frame`: 5 times what the largest programs have.
  private static let mostBytes: UInt64 = 64 << 20
  /// The most bytes of an entry up to the fields that are read.
  private static let mostEntryBytes = 1024

  /// Creates the functions of a file; nothing is read before the first look-up. There are none if
  /// the file has no search table.
  package init(_ image: ElfImage) {
    read = { Self.parts(of: image) }
  }

  /// Creates the functions of bytes that are in memory.
  ///
  /// - Parameters:
  ///   - header: The header `.eh_frame_hdr`, with its search table.
  ///   - headerAddress: The address of its first byte, as linked.
  ///   - entries: The bytes from the address on at which the header has `.eh_frame`.
  package init(header: [UInt8], at headerAddress: UInt64, entries: [UInt8]) {
    read = {
      Self.parts(
        SectionBytes(BytesInMemory(header), at: 0, count: UInt64(header.count)), headerAddress,
        stubs: []
      ) { _ in SectionBytes(BytesInMemory(entries), at: 0, count: UInt64(entries.count)) }
    }
  }

  /// The addresses of the function that holds an address; nil if none does, or if the address is in
  /// the procedure linkage table, whose stubs share an entry.
  ///
  /// - Parameter address: As linked.
  package func range(holding address: UInt64) -> Range<UInt64>? {
    if let found, found.contains(address) { return found }
    guard let parts, !parts.stubs.contains(where: { $0.contains(address) }) else { return nil }
    let index = index(after: address, parts) - 1
    guard index >= 0, let range = range(at: index, parts), range.contains(address) else {
      return nil
    }
    found = range
    return range
  }

  /// The address at which the first function behind an address begins; nil if there is none.
  ///
  /// - Parameter address: As linked.
  package func start(after address: UInt64) -> UInt64? {
    guard let parts else { return nil }
    let index = index(after: address, parts)
    return index < parts.count ? start(at: index, parts) : nil
  }

  // --- Reading -------------------------------------------------------------------------------

  private static func parts(of image: ElfImage) -> Parts? {
    guard let segment = EhFrameHeader.segment(of: image) else { return nil }
    let sections = image.sectionNames()
    let stubs = sections.filter { $0.key.hasPrefix(".plt") || $0.key == ".iplt" }
      .compactMap { _, section -> Range<UInt64>? in
        let (end, overflows) = section.address.addingReportingOverflow(section.size)
        return overflows ? nil : section.address..<end
      }
    let section = sections[".eh_frame"]
    return parts(
      SectionBytes(image.source, at: segment.fileOffset, count: segment.fileSize),
      segment.address, stubs: stubs
    ) { address in
      image.loadedBytes(from: address).map { room in
        // The header does not state the size; behind the section are other data.
        let size = section?.address == address ? min(room.size, section?.size ?? 0) : room.size
        return SectionBytes(image.source, at: room.offset, count: min(size, mostBytes))
      } ?? .none
    }
  }

  private static func parts(
    _ header: SectionBytes, _ address: UInt64, stubs: [Range<UInt64>],
    entries: (_ from: UInt64) -> SectionBytes
  ) -> Parts? {
    let beginning = 0..<min(header.count, Int(EhFrameHeader.mostBytes))
    header.require(beginning)
    guard let found = EhFrameHeader(Array(header.buffer[beginning]), address: address),
      let table = found.tableOffset, let count = found.functionCount,
      count <= UInt64((header.count - table) / 8)
    else { return nil }
    return Parts(
      header: header, headerAddress: address, table: table, count: Int(count),
      entries: entries(found.ehFrame), entriesAddress: found.ehFrame, stubs: stubs)
  }

  /// The index in the table of the first function that begins behind an address.
  private func index(after address: UInt64, _ parts: Parts) -> Int {
    (0..<parts.count).partitioningIndex { start(at: $0, parts) > address }
  }

  /// The address at which a function of the table begins; 0 where it cannot be read.
  private func start(at index: Int, _ parts: Parts) -> UInt64 { number(2 * index, parts) }

  /// A number of the table.
  private func number(_ index: Int, _ parts: Parts) -> UInt64 {
    let offset = parts.table + 4 * index
    parts.header.require(offset..<offset + 4)
    guard var cursor = ByteCursor(parts.header.buffer, from: offset),
      let distance = cursor.load(Int32.self)
    else { return 0 }
    return parts.headerAddress &+ UInt64(bitPattern: Int64(distance))
  }

  /// The addresses of a function of the table; nil where its entry cannot be read, or is another
  /// function's, or where the function is empty or was dropped by the linker.
  private func range(at index: Int, _ parts: Parts) -> Range<UInt64>? {
    let start = start(at: index, parts)
    let address = number(2 * index + 1, parts)
    guard start > 0, address >= parts.entriesAddress,
      let offset = Int(exactly: address - parts.entriesAddress),
      var cursor = entry(at: offset, parts)
    else { return nil }
    let place = cursor.position
    guard let distance = cursor.load(UInt32.self), distance != 0,
      let pointers = encoding(at: place - Int(distance), parts),
      pointers.address(from: &cursor, cursorBase: parts.entriesAddress) == start,
      let size = pointers.number(from: &cursor)
    else { return nil }
    let (end, overflows) = start.addingReportingOverflow(size)
    return overflows || size == 0 ? nil : start..<end
  }

  /// A cursor over an entry, from behind its length on; nil where there is none, or a 64-bit one,
  /// which no unwinder reads.
  private func entry(at offset: Int, _ parts: Parts) -> ByteCursor? {
    guard offset >= 0, offset < parts.entries.count else { return nil }
    parts.entries.require(offset..<offset + Self.mostEntryBytes)
    guard var cursor = ByteCursor(parts.entries.buffer, from: offset),
      let length = cursor.load(UInt32.self), length != 0, length != 0xffff_ffff
    else { return nil }
    return cursor.slice(min(UInt64(length), UInt64(cursor.end - cursor.position)))
  }

  /// The encoding of the addresses of functions that refer to a common entry.
  private func encoding(at offset: Int, _ parts: Parts) -> PointerEncoding? {
    if let known = encodings[offset] { return known }
    var encoding: PointerEncoding?
    if var cursor = entry(at: offset, parts), cursor.load(UInt32.self) == 0 {
      encoding = CommonEntryHead(&cursor)?.pointers
    }
    encodings.updateValue(encoding, forKey: offset)
    return encoding
  }
}
