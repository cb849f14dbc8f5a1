// SPDX-License-Identifier: Apache-2.0

/// Untrusted bytes that are read by ranges: a file, a piece of memory, another process.
public protocol ByteSource: Sendable {
  /// The number of bytes when the source was opened.
  var size: UInt64 { get }

  /// Exactly `count` bytes from `offset` on; nil if they cannot all be read.
  ///
  /// Never allocates more than `size`, whatever `count` asks for.
  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]?

  /// Fills a buffer from `offset` on. Where bytes cannot be read the buffer stays as it was.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
}

extension ByteSource {
  /// Fills a buffer by way of `bytes(at:count:)`.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    if let bytes = bytes(at: offset, count: UInt64(buffer.count)) { buffer.copyBytes(from: bytes) }
  }

  /// Whether a range lies inside, its end computed without overflow.
  public func contains(offset: UInt64, count: UInt64) -> Bool {
    let (end, overflows) = offset.addingReportingOverflow(count)
    return !overflows && end <= size
  }
}

/// Bytes in memory.
public struct BytesInMemory: ByteSource {
  /// All bytes of the source.
  public let contents: [UInt8]

  /// A source of these bytes.
  public init(_ contents: [UInt8]) {
    self.contents = contents
  }

  /// The number of bytes.
  public var size: UInt64 { UInt64(contents.count) }

  /// `count` bytes from `offset` on; nil if the range is not inside.
  public func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    guard contains(offset: offset, count: count) else { return nil }
    return Array(contents[Int(offset)..<Int(offset + count)])
  }
}
