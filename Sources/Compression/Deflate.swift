// SPDX-License-Identifier: Apache-2.0

import CZlib

/// One-shot compression with zlib. The same input and the same version of zlib give the same bytes.
package enum Deflate {
  /// Compresses bytes in one call.
  ///
  /// - Returns: The compressed bytes, with the header and the checksum of the file format.
  /// - Throws: `CompressionError` if there is no memory for zlib.
  package static func compress(
    _ input: [UInt8], as container: Container
  ) throws(CompressionError) -> [UInt8] {
    try DeflateStream(container).compress(input, isLast: true)
  }
}

/// A compressor that takes its input in pieces. The output does not depend on how the input is cut.
package final class DeflateStream {
  private var zlib: ZlibStream
  private var piece = [UInt8](repeating: 0, count: 1 << 16)

  /// Creates a compressor that has had no input yet.
  ///
  /// - Parameter container: The file format of the output, gzip or zlib.
  /// - Throws: `CompressionError` if there is no memory for zlib.
  package init(_ container: Container) throws(CompressionError) {
    zlib = try ZlibStream(.deflate(container))
  }

  /// Compresses the next bytes of input.
  ///
  /// - Parameter isLast: Whether these bytes are the last ones. The stream takes no input after
  ///   them.
  /// - Returns: The output that is ready, which follows that of earlier calls; may be empty unless
  ///   `isLast` is set.
  /// - Throws: `CompressionError` if zlib fails, as it does for input after the last.
  package func compress(
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
