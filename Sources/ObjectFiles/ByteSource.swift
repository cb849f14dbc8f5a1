// SPDX-License-Identifier: Apache-2.0

/// Untrusted bytes that are read by ranges: a file, a piece of memory, another process.
public protocol ByteSource: Sendable {
  /// The number of bytes when the source was opened.
  var size: UInt64 { get }

  /// Reads exactly `count` bytes from `offset` on; nil if they cannot all be read.
  ///
  /// Never allocates more than `size` bytes, even if `count` is larger.
  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]?

  /// Fills a buffer with the bytes from `offset` on. Where they cannot be read, the buffer stays as
  /// it was.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
}

extension ByteSource {
  /// Fills a buffer with the bytes from `offset` on; all of it, or nothing if one of them cannot be
  /// read.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    if let bytes = bytes(at: offset, count: UInt64(buffer.count)) { buffer.copyBytes(from: bytes) }
  }

  /// Whether the `count` bytes from `offset` on lie inside the source. Any two numbers are allowed.
  public func contains(offset: UInt64, count: UInt64) -> Bool {
    let (end, overflows) = offset.addingReportingOverflow(count)
    return !overflows && end <= size
  }
}

/// A source of bytes that are in memory already.
public struct BytesInMemory: ByteSource {
  /// The bytes of the source.
  public let contents: [UInt8]

  /// Creates a source of these bytes.
  public init(_ contents: [UInt8]) {
    self.contents = contents
  }

  /// The number of bytes.
  public var size: UInt64 { UInt64(contents.count) }

  /// Returns the `count` bytes from `offset` on; nil if the range is not inside the source.
  public func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    guard contains(offset: offset, count: count) else { return nil }
    return Array(contents[Int(offset)..<Int(offset + count)])
  }
}
