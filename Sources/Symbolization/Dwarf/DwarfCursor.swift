// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A position in a range of untrusted DWARF bytes, which advances with each read.
///
/// A ``ByteCursor`` whose reads return 0 where the range does not hold what they read, and move to
/// its end, so that every loop that runs until the end comes to one. Must not outlive the owner of
/// the buffer.
struct DwarfCursor {
  private var cursor: ByteCursor

  /// From `start` to `end`, both limited to the buffer's size.
  init(_ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int = .max) {
    cursor = ByteCursor(bytes, limiting: start, to: end)
  }

  /// Offset of the next read in the buffer, in bytes.
  var position: Int {
    @inline(__always) get { cursor.position }
  }

  /// Offset in the buffer of the first byte that is not part of the range.
  var end: Int {
    @inline(__always) get { cursor.end }
  }

  /// Whether no byte is left.
  var isAtEnd: Bool {
    @inline(__always) get { cursor.isAtEnd }
  }

  /// Moves to the end: all further reads return 0.
  mutating func stop() { cursor.moveToEnd() }

  /// A little-endian integer of fixed size.
  @inline(__always)
  mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number {
    guard let number = cursor.load(Number.self) else {
      stop()
      return 0
    }
    return number
  }

  /// A single byte.
  @inline(__always)
  mutating func byte() -> UInt8 { cursor.byte() ?? 0 }

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

  /// Unsigned LEB128; 0, at the end, where it takes more than 64 bits.
  @inline(__always)
  mutating func uleb() -> UInt64 {
    guard let number = cursor.uleb() else {
      stop()
      return 0
    }
    return number
  }

  /// Signed LEB128; 0, at the end, where it takes more than 64 bits.
  @inline(__always)
  mutating func sleb() -> Int64 {
    guard let number = cursor.sleb() else {
      stop()
      return 0
    }
    return number
  }

  /// Advances by `count` bytes; to the end where fewer are left, or where it is negative.
  @inline(__always)
  mutating func skip(_ count: Int) { skip(UInt64(exactly: count) ?? .max) }

  /// Advances by `count` bytes; to the end where fewer are left.
  @inline(__always)
  mutating func skip(_ count: UInt64) {
    if !cursor.skip(count) { stop() }
  }

  /// Advances behind a LEB128 integer of any length.
  mutating func skipLEB() { cursor.skipLEB() }

  /// The bytes up to a NUL, which is skipped, or up to the end where there is no NUL.
  mutating func text() -> UnsafeRawBufferPointer { cursor.text() }
}
