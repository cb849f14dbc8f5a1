// SPDX-License-Identifier: Apache-2.0

/// Random access to little-endian integers and texts in untrusted bytes.
///
/// Each read is checked against the bytes that exist and returns nil where they end; none can trap.
public struct ByteReader: Sendable {
  /// All bytes that can be read.
  public let bytes: [UInt8]

  /// A reader of these bytes.
  @inlinable
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Number of bytes.
  @inlinable public var count: Int { bytes.count }

  /// The integer at an offset, in bytes; the offset need not be aligned. Nil where it does not lie
  /// inside.
  @inlinable @inline(__always)
  public func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number? {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Number>.size else { return nil }
    // In bounds by the line above.
    let number = bytes.withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }
    return Number(littleEndian: number)
  }

  /// `count` bytes from an offset; nil where they do not all lie inside.
  @inlinable
  public func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      return nil
    }
    return bytes[offset..<offset + count]
  }

  /// The bytes from an offset up to a NUL, or up to `limit` bytes or the end where there is no NUL.
  /// Nil where the offset does not lie inside.
  @inlinable
  public func text(at offset: Int, limit: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, offset < bytes.count, limit >= 0 else { return nil }
    let end = offset + min(limit, bytes.count - offset)
    var position = offset
    while position < end, bytes[position] != 0 { position += 1 }
    return bytes[offset..<position]
  }
}
