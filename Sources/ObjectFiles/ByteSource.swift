// SPDX-License-Identifier: Apache-2.0

/// Bytes of a stranger, read by ranges: a file, a piece of memory, another process.
public protocol ByteSource: Sendable {
  /// How many bytes there are, as far as is known.
  var size: UInt64 { get }

  /// Exactly `count` bytes from `offset`, or nil where they are not all there.
  ///
  /// Never allocates more than `size`, whatever `count` asks for.
  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]?

  /// Fills a buffer from `offset`; what is not there leaves it as it was.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
}

extension ByteSource {
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    if let bytes = bytes(at: offset, count: UInt64(buffer.count)) { buffer.copyBytes(from: bytes) }
  }

  /// Whether a range lies inside, its end computed without overflow.
  public func contains(offset: UInt64, count: UInt64) -> Bool {
    let (end, overflows) = offset.addingReportingOverflow(count)
    return !overflows && end <= size
  }
}

/// Bytes that are in memory already.
public struct BytesInMemory: ByteSource {
  public let contents: [UInt8]

  public init(_ contents: [UInt8]) {
    self.contents = contents
  }

  public var size: UInt64 { UInt64(contents.count) }

  public func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    guard contains(offset: offset, count: count) else { return nil }
    return Array(contents[Int(offset)..<Int(offset + count)])
  }
}
