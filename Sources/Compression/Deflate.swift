// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Compression of bytes that are all there. The same input and the same zlib give the same bytes.
public enum Deflate {
  /// The compressed bytes, with the container's header and checksum.
  public static func compress(
    _ input: [UInt8], as container: Container
  ) throws(CompressionError) -> [UInt8] {
    try DeflateStream(container).compress(input, isLast: true)
  }
}

/// Compression a piece at a time. How the input is cut into pieces does not change the output.
public final class DeflateStream {
  private var zlib: ZlibStream
  private var piece = [UInt8](repeating: 0, count: 1 << 16)

  /// A new stream.
  public init(_ container: Container) throws(CompressionError) {
    zlib = try ZlibStream(.deflate(container))
  }

  /// Compresses the next bytes.
  ///
  /// - Parameter isLast: No bytes follow.
  /// - Returns: The output so far, which may be empty as long as bytes follow.
  public func compress(
    _ bytes: [UInt8], isLast: Bool = false
  ) throws(CompressionError) -> [UInt8] {
    var input = bytes
    var output: [UInt8] = []
    var read = 0
    while true {
      let step = zlib.step(&input, from: read, isLast: isLast, into: &piece)
      read += step.read
      output += piece[..<step.written]
      if step.code == Z_STREAM_END { return output }
      // Without input and with output space left, zlib has nothing to do.
      if step.code == Z_BUF_ERROR, !isLast { return output }
      guard step.code == Z_OK else {
        throw CompressionError(operation: "deflate", code: step.code)
      }
      if !isLast, read == input.count, step.written < piece.count { return output }
    }
  }
}
