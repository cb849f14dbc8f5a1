// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The bytes of one section of an untrusted file, read when they are used.
///
/// The address range for the whole section is reserved when the object is created, but filled by
/// pread(2) only where bytes are used, in pieces of 64 KiB. So reading a few names out of a section
/// of 100 MB costs only a few pieces. Bytes that cannot be read, because the file was truncated
/// meanwhile, are 0. The memory is freed with this object.
///
/// Use it from one thread at a time.
package final class SectionBytes {
  /// The number of bytes of the section; 0 if the section is not inside the file or memory could
  /// not be reserved.
  package let count: Int
  private let memory: UnsafeMutableRawPointer?
  private let source: (any ByteSource)?
  private let offset: UInt64
  /// Whether each piece was read; empty if `fill` has written all bytes.
  private var isThere: [Bool]
  /// Whether all pieces were read.
  private var isWhole = false

  /// The binary logarithm of a piece's size in bytes.
  private static let pieceBits = 16

  /// Reserves memory for a section of a source, without reading it yet. The object is empty
  /// (`count` is 0) if the section does not lie inside the source, or if memory cannot be reserved.
  ///
  /// - Parameters:
  ///   - source: The bytes of the file.
  ///   - offset: The position of the section in the source, in bytes.
  ///   - count: The size of the section, in bytes.
  package init(_ source: any ByteSource, at offset: UInt64, count: UInt64) {
    var memory: UnsafeMutableRawPointer?
    if source.contains(offset: offset, count: count), let count = Int(exactly: count) {
      memory = Self.reserved(count)
    }
    self.memory = memory
    self.count = memory == nil ? 0 : Int(count)
    self.source = source
    self.offset = offset
    isThere = Array(
      repeating: false, count: (self.count + 1 << Self.pieceBits - 1) >> Self.pieceBits)
  }

  /// Creates `count` bytes whose content `fill` writes before the initializer returns. The result
  /// is empty if memory cannot be reserved or `fill` fails.
  ///
  /// - Parameters:
  ///   - count: The number of bytes.
  ///   - fill: A closure that writes the whole buffer, or returns false if it cannot.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Bool) {
    var memory = Self.reserved(count)
    if let room = memory, !fill(UnsafeMutableRawBufferPointer(start: room, count: count)) {
      munmap(room, count)
      memory = nil
    }
    self.memory = memory
    self.count = memory == nil ? 0 : count
    source = nil
    offset = 0
    isThere = []
  }

  deinit {
    if let memory { munmap(memory, count) }
  }

  /// An empty section: it has no bytes.
  package static var none: SectionBytes { SectionBytes(count: 0) { _ in true } }

  /// The memory of the whole section. Bytes that were not yet read by `require` are 0. The pointer
  /// is valid as long as this object lives.
  package var buffer: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory, count: count)
  }

  /// The memory of the whole section; reads all bytes that were not read yet. The pointer is valid
  /// as long as this object lives.
  package var whole: UnsafeRawBufferPointer {
    if !isWhole {
      require(0..<count)
      isWhole = true
    }
    return buffer
  }

  /// Reads the bytes of a range from the file, unless they were read before. `buffer` then has
  /// them.
  ///
  /// - Parameter range: Offsets in the section, in bytes. The range may reach beyond the end of the
  ///   section.
  package func require(_ range: Range<Int>) {
    guard let source, let memory, count > 0 else { return }
    let first = max(range.lowerBound, 0) >> Self.pieceBits
    let last = (min(range.upperBound, count) - 1) >> Self.pieceBits
    var piece = first
    while piece <= last {
      guard !isThere[piece] else {
        piece += 1
        continue
      }
      var next = piece
      while next <= last, !isThere[next] {
        isThere[next] = true
        next += 1
      }
      // In bounds: `next` is at most the number of pieces, and the last piece ends at `count`.
      let start = piece << Self.pieceBits
      let room = UnsafeMutableRawBufferPointer(
        start: memory + start, count: min(next << Self.pieceBits, count) - start)
      source.read(into: room, at: offset + UInt64(start))
      piece = next
    }
  }

  /// Returns a range of this section as a section of its own, with its own memory.
  ///
  /// - Parameter range: Offsets in this section, in bytes.
  /// - Returns: An empty section if the range does not lie inside this one.
  package func part(_ range: Range<Int>) -> SectionBytes {
    guard range.lowerBound >= 0, range.upperBound <= count else { return .none }
    guard let source else {
      return SectionBytes(count: range.count) { room in
        room.copyBytes(from: buffer[range])
        return true
      }
    }
    return SectionBytes(
      source, at: offset + UInt64(range.lowerBound), count: UInt64(range.count))
  }

  /// Reads the NUL-terminated string at an offset.
  ///
  /// - Parameter start: The offset in the section of the string's first byte, in bytes.
  /// - Returns: The bytes without the NUL, valid as long as this object lives; nil if `start` is
  ///   outside the section, or if no NUL follows within 64 KiB.
  package func text(at start: Int) -> UnsafeRawBufferPointer? {
    guard start >= 0, start < count, let memory else { return nil }
    let last = min(start + (1 << Self.pieceBits), count)
    var checked = start
    while checked < last {
      let end = min((checked >> Self.pieceBits + 1) << Self.pieceBits, last)
      require(checked..<end)
      // `checked..<end` lies inside the memory.
      if let found = memchr(memory + checked, 0, end - checked) {
        return UnsafeRawBufferPointer(start: memory + start, count: found - (memory + start))
      }
      checked = end
    }
    return nil
  }

  /// Reserves zeroed memory, which takes no physical memory until it is written; nil if that fails,
  /// or for 0 bytes.
  private static func reserved(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count > 0 else { return nil }
    let memory = mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return memory == MAP_FAILED ? nil : memory
  }
}
