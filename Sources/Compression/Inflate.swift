// SPDX-License-Identifier: Apache-2.0

import CZlib

/// One-shot decompression of untrusted bytes with zlib. The output is bounded, and truncated or
/// corrupt input is an error.
package enum Inflate {
  /// The default limit of the output in bytes: 2 GiB, more than any profile has. A small input can
  /// otherwise inflate to any size.
  package static let usualLimit = 2 << 30

  /// Decompresses bytes in one call.
  ///
  /// - Parameters:
  ///   - input: Data in gzip or zlib format, recognized by its header.
  ///   - limit: The largest output that is accepted, in bytes.
  /// - Returns: The decompressed bytes, those of all members of a gzip file one after another.
  /// - Throws: `CompressionError` if the input is truncated or corrupt, or if there is more output
  ///   than `limit`; `isOfLimit` is then set.
  package static func decompress(
    _ input: [UInt8], limit: Int = usualLimit
  ) throws(CompressionError) -> [UInt8] {
    let stream = try InflateStream(limit: limit)
    var output: [UInt8] = []
    stream.feed(input)
    while let piece = try stream.next() { output += piece }
    try stream.checkEnd()
    return output
  }
}

/// A decompressor that takes its input, in gzip or zlib format, in pieces. The outputs of the
/// members of a gzip file follow one another; bytes behind the last member are ignored.
package final class InflateStream {
  private var zlib: ZlibStream
  private var piece = [UInt8](repeating: 0, count: 1 << 18)
  private var input: [UInt8] = []
  private var position = 0
  private var total = 0
  private let limit: Int
  /// The member that was read last is whole.
  private var isAtEnd = false
  /// Bytes behind the last member were seen: what follows is ignored, however the input is cut.
  private var isBehindEnd = false
  /// The last output filled its buffer: zlib may hold more without further input.
  private var mayHoldMore = false

  /// Creates a decompressor that has had no input yet.
  ///
  /// - Parameter limit: The largest output that is accepted, in bytes, over all pieces of input.
  /// - Throws: `CompressionError` if there is no memory for zlib.
  package init(limit: Int = Inflate.usualLimit) throws(CompressionError) {
    zlib = try ZlibStream(.inflate)
    self.limit = limit
  }

  /// Takes the next bytes of input. After that, call `next()` until it returns nil, and only then
  /// `feed` again: input that was not used yet is dropped.
  package func feed(_ bytes: [UInt8]) {
    input = bytes
    position = 0
  }

  /// Decompresses further input and returns the next bytes of output, at most 256 KiB; nil if all
  /// input so far is used, so that `feed(_:)` must supply more.
  ///
  /// - Throws: `CompressionError` if the input is corrupt, or if there is more output than the
  ///   limit of the decompressor; `isOfLimit` is then set.
  package func next() throws(CompressionError) -> [UInt8]? {
    while position < input.count || mayHoldMore {
      if isAtEnd {
        // gzip allows one member after another.
        guard position < input.count else { break }
        isBehindEnd = isBehindEnd || input[position] != 0x1f
        if isBehindEnd { break }
        zlib.reset()
        isAtEnd = false
      }
      let step = zlib.step(&input, from: position, isLast: false, into: &piece)
      position += step.read
      total += step.written
      mayHoldMore = step.written == piece.count
      switch step.code {
      case Z_OK: break
      case Z_STREAM_END: (isAtEnd, mayHoldMore) = (true, false)
      case Z_BUF_ERROR where position == input.count: mayHoldMore = false
      default: throw CompressionError(operation: "inflate", code: step.code)
      }
      if total > limit {
        throw CompressionError(operation: "inflate", code: Z_BUF_ERROR, isOfLimit: true)
      }
      if step.written > 0 { return Array(piece[..<step.written]) }
    }
    return nil
  }

  /// Checks that the input is complete. To be called when `next()` has returned nil after the last
  /// input.
  ///
  /// - Throws: `CompressionError` if the input ended inside the compressed data, or there was none.
  package func checkEnd() throws(CompressionError) {
    if !isAtEnd { throw CompressionError(operation: "inflate", code: Z_BUF_ERROR) }
  }
}
