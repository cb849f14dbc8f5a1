// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Decompression of untrusted bytes: bounded in size, and an error if they are cut or corrupt.
public enum Inflate {
  /// Bytes of output at most, by default: more than any profile has; a few bytes can claim to be it.
  public static let usualLimit = 2 << 30

  /// - Parameters:
  ///   - input: gzip or zlib, recognized by its header.
  ///   - limit: Bytes of output at most; what would be more is `Z_BUF_ERROR`.
  public static func decompress(
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

/// Decompression a piece at a time. The members of a gzip file follow one another in the output; bytes
/// behind them are ignored.
public final class InflateStream {
  private var zlib: ZlibStream
  private var piece = [UInt8](repeating: 0, count: 1 << 18)
  private var input: [UInt8] = []
  private var position = 0
  private var total = 0
  private let limit: Int
  /// The member that was read last is whole.
  private var isAtEnd = false
  /// The last output filled its buffer: zlib may hold more without further input.
  private var mayHoldMore = false

  /// - Parameter limit: Bytes of output at most.
  public init(limit: Int = Inflate.usualLimit) throws(CompressionError) {
    zlib = try ZlibStream(.inflate)
    self.limit = limit
  }

  /// Takes the next bytes of input. `next` must have returned nil before.
  public func feed(_ bytes: [UInt8]) {
    input = bytes
    position = 0
  }

  /// The next bytes of output; nil if they need more input.
  public func next() throws(CompressionError) -> [UInt8]? {
    while position < input.count || mayHoldMore {
      if isAtEnd {
        // gzip allows one member after another.
        guard position < input.count, input[position] == 0x1f else { break }
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

  /// - Throws: If the input was cut: its last member is not whole.
  public func checkEnd() throws(CompressionError) {
    if !isAtEnd { throw CompressionError(operation: "inflate", code: Z_BUF_ERROR) }
  }
}
