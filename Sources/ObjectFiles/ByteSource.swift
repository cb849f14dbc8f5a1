// SPDX-License-Identifier: Apache-2.0

/// Untrusted bytes that are read by ranges: a file, a piece of memory, another process.
package protocol ByteSource: Sendable {
  /// The number of bytes when the source was opened.
  var size: UInt64 { get }

  /// Reads exactly `count` bytes from `offset` on. Never allocates more than `size` bytes, even if
  /// `count` is larger.
  ///
  /// - Parameters:
  ///   - offset: The position of the first byte, in bytes from the beginning of the source; any
  ///     number.
  ///   - count: The number of bytes; any number.
  /// - Returns: Nil if not all of the bytes can be read.
  func bytes(at offset: UInt64, count: UInt64) -> [UInt8]?

  /// Fills a buffer with as many bytes as it holds, from `offset` on. Bytes of the buffer that
  /// cannot be read stay as they were.
  ///
  /// - Parameters:
  ///   - buffer: The memory to fill.
  ///   - offset: The position of the first byte, in bytes from the beginning of the source; any
  ///     number.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
}

extension ByteSource {
  /// Fills a buffer with as many bytes as it holds, from `offset` on. If one of them cannot be
  /// read, the whole buffer stays as it was.
  ///
  /// - Parameters:
  ///   - buffer: The memory to fill.
  ///   - offset: The position of the first byte, in bytes from the beginning of the source; any
  ///     number.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    if let bytes = bytes(at: offset, count: UInt64(buffer.count)) { buffer.copyBytes(from: bytes) }
  }

  /// Returns whether the `count` bytes from `offset` on all lie inside the source. Any two numbers
  /// are allowed: a sum that overflows is outside.
  package func contains(offset: UInt64, count: UInt64) -> Bool {
    let (end, overflows) = offset.addingReportingOverflow(count)
    return !overflows && end <= size
  }
}

/// A source of bytes that are in memory already.
package struct BytesInMemory: ByteSource {
  /// The bytes of the source.
  package let contents: [UInt8]

  /// Creates a source of the bytes of an array, which is kept in memory.
  package init(_ contents: [UInt8]) {
    self.contents = contents
  }

  /// The number of bytes in the array, and so in the source.
  package var size: UInt64 { UInt64(contents.count) }

  /// Returns the `count` bytes from `offset` on; nil if they do not all lie inside the source.
  package func bytes(at offset: UInt64, count: UInt64) -> [UInt8]? {
    guard contains(offset: offset, count: count) else { return nil }
    return Array(contents[Int(offset)..<Int(offset + count)])
  }
}
