// SPDX-License-Identifier: Apache-2.0

/// Little-endian numbers and texts out of a stranger's bytes.
///
/// Every read says nil where the bytes are not there; none can trap.
public struct ByteReader: Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  public var count: Int { bytes.count }

  /// The integer at `offset`, which need not be aligned.
  @inline(__always)
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

  /// The range of `count` bytes from `offset`, where it lies inside.
  public func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      return nil
    }
    return bytes[offset..<offset + count]
  }

  /// The bytes from `offset` up to a NUL, or up to `limit` bytes or the end where there is none.
  public func text(at offset: Int, limit: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, offset < bytes.count, limit >= 0 else { return nil }
    let end = offset + min(limit, bytes.count - offset)
    var position = offset
    while position < end, bytes[position] != 0 { position += 1 }
    return bytes[offset..<position]
  }
}
