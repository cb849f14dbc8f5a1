// SPDX-License-Identifier: Apache-2.0

/// Functions that read and write LEB128 integers: 7 bits in each byte, the lowest first; the top
/// bit of a byte states whether another follows.
///
/// The format is that of DWARF 5, section 7.6, and of Protocol Buffers, which calls it varint.
/// Bytes are any collection that is indexed by `Int`. Positions are indices in it, and reading
/// stops before `end`, which the caller has compared with the collection's own bounds.
public enum LEB128 {
  /// Reads an unsigned integer and moves the position behind it.
  ///
  /// - Parameters:
  ///   - position: The index of the integer's first byte.
  ///   - end: The index behind the last byte that may be read.
  /// - Returns: nil if `end` comes before the integer's last byte, or if the integer takes more
  ///   than 64 bits; padding with zeros, up to ten bytes in all, is accepted.
  @inlinable @inline(__always)
  public static func unsigned<Bytes: RandomAccessCollection>(
    in bytes: Bytes, at position: inout Int, to end: Int
  ) -> UInt64? where Bytes.Element == UInt8, Bytes.Index == Int {
    guard position < end else { return nil }
    let first = bytes[position]
    position += 1
    // Nearly all have one byte.
    return first < 0x80
      ? UInt64(first) : longUnsigned(first, in: bytes, at: &position, to: end)
  }

  /// Reads a signed (two's complement) integer and moves the position behind it.
  ///
  /// - Parameters:
  ///   - position: The index of the integer's first byte.
  ///   - end: The index behind the last byte that may be read.
  /// - Returns: nil if `end` comes before the integer's last byte, or if the integer takes more
  ///   than 64 bits.
  @inlinable @inline(__always)
  public static func signed<Bytes: RandomAccessCollection>(
    in bytes: Bytes, at position: inout Int, to end: Int
  ) -> Int64? where Bytes.Element == UInt8, Bytes.Index == Int {
    guard position < end else { return nil }
    let first = bytes[position]
    position += 1
    return first < 0x80
      ? Int64(Int8(bitPattern: first << 1) >> 1)
      : longSigned(first, in: bytes, at: &position, to: end)
  }

  /// Encodes an unsigned integer in the fewest bytes, 1 to 10, and calls `body` with each in turn.
  @inlinable @inline(__always)
  public static func encode(_ value: UInt64, _ body: (UInt8) -> Void) {
    var rest = value
    while rest >= 0x80 {
      body(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    body(UInt8(truncatingIfNeeded: rest))
  }

  /// Returns the number of bytes, 1 to 10, that a value takes as an unsigned LEB128 integer.
  @inlinable
  public static func byteCount(of value: UInt64) -> Int {
    max(1, (70 - value.leadingZeroBitCount) / 7)
  }

  @inlinable
  static func longUnsigned<Bytes: RandomAccessCollection>(
    _ first: UInt8, in bytes: Bytes, at position: inout Int, to end: Int
  ) -> UInt64? where Bytes.Element == UInt8, Bytes.Index == Int {
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while position < end {
      let next = bytes[position]
      position += 1
      let bits = UInt64(next & 0x7f)
      guard shift < 63 || bits <= 1 else { return nil }
      value |= bits << shift
      if next < 0x80 { return value }
      shift += 7
      guard shift <= 63 else { return nil }
    }
    return nil
  }

  @inlinable
  static func longSigned<Bytes: RandomAccessCollection>(
    _ first: UInt8, in bytes: Bytes, at position: inout Int, to end: Int
  ) -> Int64? where Bytes.Element == UInt8, Bytes.Index == Int {
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while position < end {
      let next = bytes[position]
      position += 1
      let bits = UInt64(next & 0x7f)
      guard shift < 63 || bits == 0 || bits == 0x7f else { return nil }
      value |= bits << shift
      if next < 0x80 {
        if next & 0x40 != 0, shift < 57 { value |= UInt64.max << (shift + 7) }
        return Int64(bitPattern: value)
      }
      shift += 7
      guard shift <= 63 else { return nil }
    }
    return nil
  }
}
