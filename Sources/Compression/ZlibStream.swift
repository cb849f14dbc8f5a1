// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The error of a zlib function: no memory, corrupt or truncated input, or too much output.
package struct CompressionError: Error {
  /// The zlib function that failed, such as `inflate`.
  package var operation: StaticString
  /// The return value of the function, such as `Z_MEM_ERROR` (-4) or `Z_DATA_ERROR` (-3).
  package var code: Int32
  /// Whether the failure is that the output exceeded its limit in bytes.
  package var isOfLimit = false
}

/// The file format that surrounds deflated data with a header and a checksum.
package enum Container: Sendable {
  /// The gzip format (RFC 1952). Its header is fixed: it has no file name and no time.
  case gzip
  /// The zlib format (RFC 1950), which HTTP and browsers call "deflate".
  case zlib

  fileprivate var windowBits: Int32 {
    switch self {
    case .gzip: 16 + MAX_WBITS
    case .zlib: MAX_WBITS
    }
  }
}

/// The owner of a `z_stream`. It lives on the heap, since zlib keeps a pointer back to it.
struct ZlibStream: ~Copyable {
  enum Direction {
    case deflate(Container)
    /// gzip or zlib, recognized by its header.
    case inflate
  }

  /// What one call did.
  struct Step {
    /// zlib's return value: `Z_OK`, `Z_STREAM_END` or an error.
    var code: Int32
    /// Bytes of input that were used, and of output that were written.
    var read: Int
    var written: Int
  }

  /// One below zlib's default: two thirds of its time, and a hundredth more bytes.
  private static let level: Int32 = 5

  private let stream: UnsafeMutablePointer<z_stream>
  private let isDeflating: Bool

  init(_ direction: Direction) throws(CompressionError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    let code: Int32
    switch direction {
    case .deflate(let container):
      isDeflating = true
      code = deflateInit2_(
        stream, Self.level, Z_DEFLATED, container.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        size)
    case .inflate:
      isDeflating = false
      code = inflateInit2_(stream, 32 + MAX_WBITS, ZLIB_VERSION, size)
    }
    guard code == Z_OK else {
      stream.deallocate()
      throw CompressionError(operation: isDeflating ? "deflateInit2" : "inflateInit2", code: code)
    }
    self.stream = stream
  }

  deinit {
    if isDeflating { deflateEnd(stream) } else { inflateEnd(stream) }
    stream.deallocate()
  }

  /// Uses input from `start` on and fills `piece` from its beginning, as far as either goes.
  ///
  /// - Parameter isLast: No input follows.
  mutating func step(
    _ input: inout [UInt8], from start: Int, isLast: Bool, into piece: inout [UInt8]
  ) -> Step {
    let available = min(input.count - start, Int(Int32.max))
    let room = piece.count
    var code = Z_OK
    // zlib takes pointers. Both buffers outlive the call, which gets no more of them than there is
    // and than its 32-bit counters hold.
    input.withUnsafeMutableBufferPointer { input in
      piece.withUnsafeMutableBufferPointer { piece in
        stream.pointee.next_in = input.baseAddress.map { $0 + start }
        stream.pointee.avail_in = uInt(available)
        stream.pointee.next_out = piece.baseAddress
        stream.pointee.avail_out = uInt(room)
        let flush = isLast && start + available == input.count ? Z_FINISH : Z_NO_FLUSH
        code = isDeflating ? deflate(stream, flush) : inflate(stream, Z_NO_FLUSH)
      }
    }
    return Step(
      code: code, read: available - Int(stream.pointee.avail_in),
      written: room - Int(stream.pointee.avail_out))
  }

  /// Makes ready for another member of a gzip file.
  mutating func reset() { inflateReset(stream) }
}
