// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Decompression of untrusted bytes: of bounded size, with an error if they are cut or broken.
public enum Inflate {
  /// The usual limit of the output, in bytes: no profile is larger, but a few bytes of input can inflate to more.
  public static let usualLimit = 2 << 30

  /// - Parameters:
  ///   - input: gzip or zlib, which the header decides.
  ///   - limit: Bytes of output at most; what would be more is `Z_BUF_ERROR`.
  public static func decompress(
    _ input: [UInt8], limit: Int = usualLimit
  ) throws(CompressionError) -> [UInt8] {
    try Inflater().finish(input, limit: limit)
  }
}

/// The owner of a `z_stream`. It lives on the heap, since zlib keeps a pointer back to it.
private struct Inflater: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(CompressionError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let eitherHeader: Int32 = 32 + MAX_WBITS
    let code = inflateInit2_(
      stream, eitherHeader, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw CompressionError(operation: "inflateInit2", code: code)
    }
    self.stream = stream
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  consuming func finish(_ input: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
    var input = input
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var code = Z_OK
    var read = 0
    // zlib takes pointers. Both buffers outlive each step, which gives it no more of them than is
    // there and than its 32-bit counters hold.
    repeat {
      let inputStep = min(input.count - read, Int(Int32.max))
      var left = 0
      input.withUnsafeMutableBufferPointer { input in
        piece.withUnsafeMutableBufferPointer { piece in
          stream.pointee.next_in = input.baseAddress.map { $0 + read }
          stream.pointee.avail_in = uInt(inputStep)
          stream.pointee.next_out = piece.baseAddress
          stream.pointee.avail_out = uInt(piece.count)
          code = inflate(stream, Z_NO_FLUSH)
          left = Int(stream.pointee.avail_out)
        }
      }
      read += inputStep - Int(stream.pointee.avail_in)
      output.append(contentsOf: piece[..<(piece.count - left)])
      if output.count > limit { throw CompressionError(operation: "inflate", code: Z_BUF_ERROR) }
      if code == Z_STREAM_END, read < input.count, input[read] == 0x1f {
        // gzip allows one member after another.
        code = inflateReset(stream)
      }
    } while code == Z_OK
    guard code == Z_STREAM_END else { throw CompressionError(operation: "inflate", code: code) }
    return output
  }
}
