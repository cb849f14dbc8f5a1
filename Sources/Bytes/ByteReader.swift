// SPDX-License-Identifier: Apache-2.0

/// A reader of little-endian integers and texts at any offset of untrusted bytes.
///
/// Each read is checked against the bytes that exist and returns nil if it would pass their end;
/// none can trap.
public struct ByteReader: Sendable {
  /// The bytes that are read; offsets count from the first one.
  public let bytes: [UInt8]

  /// Creates a reader of an array of bytes.
  @inlinable
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The number of bytes that can be read.
  @inlinable public var count: Int { bytes.count }

  /// Reads the little-endian integer at an offset.
  ///
  /// - Parameter offset: The offset of the integer's first byte; need not be aligned.
  /// - Returns: nil if not all bytes of the integer lie inside of `bytes`.
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

  /// Returns `count` bytes from an offset on; nil if they do not all lie inside of `bytes`.
  @inlinable
  public func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      return nil
    }
    return bytes[offset..<offset + count]
  }

  /// Reads the NUL-terminated text at an offset, without the NUL.
  ///
  /// - Parameters:
  ///   - offset: The offset of the first byte of the text.
  ///   - limit: The most bytes that are returned. A text without a NUL ends after so many bytes, or
  ///     at the end of `bytes`.
  /// - Returns: nil if the offset does not lie inside of `bytes`, or the limit is negative.
  @inlinable
  public func text(at offset: Int, limit: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, offset < bytes.count, limit >= 0 else { return nil }
    let end = offset + min(limit, bytes.count - offset)
    var position = offset
    while position < end, bytes[position] != 0 { position += 1 }
    return bytes[offset..<position]
  }
}
