// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The bytes of one section of an untrusted file, read when they are used.
///
/// The memory is reserved at once but filled by pread in pieces, so a few names out of a hundred
/// megabytes cost a few pieces; it goes back to the system with its owner. What cannot be read,
/// because the file was cut short meanwhile, stays 0.
///
/// For one thread at a time.
public final class SectionBytes {
  /// The number of bytes.
  public let count: Int
  private let memory: UnsafeMutableRawPointer?
  private let source: (any ByteSource)?
  private let offset: UInt64
  private var isThere: [Bool]
  private var isWhole = false

  private static let pieceBits = 16

  /// `count` bytes from `offset` of a source; empty where they do not lie inside it.
  public init(_ source: any ByteSource, at offset: UInt64, count: UInt64) {
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

  /// `count` bytes that `fill` writes; empty where it says that it could not.
  public init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Bool) {
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

  /// No bytes.
  public static var none: SectionBytes { SectionBytes(count: 0) { _ in true } }

  /// All bytes; those that were not `require`d yet are 0. Valid as long as this object lives.
  public var buffer: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: memory, count: count)
  }

  /// All bytes, read.
  public var whole: UnsafeRawBufferPointer {
    if !isWhole {
      require(0..<count)
      isWhole = true
    }
    return buffer
  }

  /// Reads what is not there yet of a range, which may reach beyond the end.
  public func require(_ range: Range<Int>) {
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
      // In bounds: `next` is at most the number of pieces, and the last one is cut off.
      let start = piece << Self.pieceBits
      let room = UnsafeMutableRawBufferPointer(
        start: memory + start, count: min(next << Self.pieceBits, count) - start)
      source.read(into: room, at: offset + UInt64(start))
      piece = next
    }
  }

  /// A range of the same bytes; empty where it does not lie inside.
  public func part(_ range: Range<Int>) -> SectionBytes {
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

  /// The bytes from `start` to a NUL, nil where none follows within 64 KiB.
  public func text(at start: Int) -> UnsafeRawBufferPointer? {
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

  private static func reserved(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count > 0 else { return nil }
    let memory = mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return memory == MAP_FAILED ? nil : memory
  }
}
