// SPDX-License-Identifier: Apache-2.0

/// Reads forward through untrusted bytes.
///
/// A read beyond the end returns 0 and moves the cursor to its end, so that loops until the end always
/// terminate. Uses a raw buffer, since millions of small integers are read through it: every access to
/// the buffer is in this type, and is compared with `end` first. Must not outlive the owner of the
/// buffer.
struct DwarfCursor {
  private let bytes: UnsafeRawBufferPointer
  /// Offset in the buffer of the next byte.
  private(set) var position: Int
  /// Offset behind the last byte.
  let end: Int

  /// From `start` up to, not including, `end`; both are limited to the buffer.
  init(_ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int = .max) {
    self.bytes = bytes
    self.end = max(0, min(end, bytes.count))
    position = start >= 0 && start <= self.end ? start : self.end
  }

  var isAtEnd: Bool {
    @inline(__always) get { position >= end }
  }

  /// Moves to the end: all later reads return 0.
  mutating func stop() { position = end }

  /// A little-endian integer.
  @inline(__always)
  mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number {
    guard MemoryLayout<Number>.size <= end - position else {
      stop()
      return 0
    }
    let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    position += MemoryLayout<Number>.size
    return Number(littleEndian: number)
  }

  @inline(__always)
  mutating func byte() -> UInt8 {
    guard position < end else { return 0 }
    let byte = bytes[position]
    position += 1
    return byte
  }

  /// An unsigned integer of `size` bytes: 1, 2, 3, 4 or 8.
  @inline(__always)
  mutating func number(ofSize size: Int) -> UInt64 {
    switch size {
    case 1: UInt64(byte())
    case 2: UInt64(load(UInt16.self))
    case 3: UInt64(load(UInt16.self)) | UInt64(byte()) << 16
    case 4: UInt64(load(UInt32.self))
    default: load(UInt64.self)
    }
  }

  /// Unsigned LEB128; bits above the 64th are dropped.
  @inline(__always)
  mutating func uleb() -> UInt64 {
    let first = byte()
    return first < 0x80 ? UInt64(first) : longULEB(first)
  }

  private mutating func longULEB(_ first: UInt8) -> UInt64 {
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while position < end {
      let next = byte()
      if shift < 64 { value |= UInt64(next & 0x7f) << shift }
      if next < 0x80 { break }
      shift += 7
    }
    return value
  }

  /// Signed LEB128; bits above the 64th are dropped.
  mutating func sleb() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let next = byte()
      if shift < 64 { value |= UInt64(next & 0x7f) << shift }
      shift += 7
      if next < 0x80 {
        if next & 0x40 != 0, shift < 64 { value |= .max << shift }
        break
      }
    }
    return Int64(bitPattern: value)
  }

  @inline(__always)
  mutating func skip(_ count: Int) {
    position = count >= 0 && count <= end - position ? position + count : end
  }

  @inline(__always)
  mutating func skip(_ count: UInt64) {
    position = count <= UInt64(end - position) ? position + Int(count) : end
  }

  mutating func skipLEB() {
    while position < end, bytes[position] >= 0x80 { position += 1 }
    if position < end { position += 1 }
  }

  /// The bytes up to a NUL, which is skipped, or to the end.
  mutating func text() -> UnsafeRawBufferPointer {
    let start = position
    while position < end, bytes[position] != 0 { position += 1 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    if position < end { position += 1 }
    return text
  }
}
