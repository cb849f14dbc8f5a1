// SPDX-License-Identifier: Apache-2.0

import CZlib

/// An error of zlib: out of memory, or input that is not compressed data.
public struct CompressionError: Error {
  /// The function of zlib that failed.
  public var operation: StaticString
  /// Its return value, such as `Z_MEM_ERROR` (-4) or `Z_DATA_ERROR` (-3).
  public var code: Int32

  package init(operation: StaticString, code: Int32) {
    self.operation = operation
    self.code = code
  }
}

/// The header and trailer around deflated data.
public enum Container: Sendable {
  /// gzip (RFC 1952) with a fixed header: no name and no time in it.
  case gzip
  /// zlib (RFC 1950), which browsers call "deflate".
  case zlib

  fileprivate var windowBits: Int32 {
    switch self {
    case .gzip: 16 + MAX_WBITS
    case .zlib: MAX_WBITS
    }
  }
}

/// Compression by zlib. Equal input gives equal bytes, with the same version of zlib.
public enum Deflate {
  /// The compression level. zlib's default is 6: level 5 takes two thirds of its time, for one percent more bytes.
  fileprivate static let level: Int32 = 5

  /// The compressed bytes of `input`, in a container.
  /// - Throws: If zlib runs out of memory.
  public static func compress(
    _ input: [UInt8], as container: Container
  ) throws(CompressionError) -> [UInt8] {
    try Deflater(container).finish(input)
  }
}

/// The owner of a `z_stream`. It lives on the heap, since zlib keeps a pointer back to it.
private struct Deflater: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>

  init(_ container: Container) throws(CompressionError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let code = deflateInit2_(
      stream, Deflate.level, Z_DEFLATED, container.windowBits, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw CompressionError(operation: "deflateInit2", code: code)
    }
    self.stream = stream
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  consuming func finish(_ input: [UInt8]) throws(CompressionError) -> [UInt8] {
    var input = input
    let bound = Int(deflateBound(stream, uLong(input.count)))
    var code = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: bound) { output, written in
      // zlib takes pointers. Both buffers outlive the loop, and each step gives it no more of them
      // than is left and than its 32-bit counters hold.
      input.withUnsafeMutableBufferPointer { input in
        var read = 0
        repeat {
          let inputStep = min(input.count - read, Int(Int32.max))
          let outputStep = min(output.count - written, Int(Int32.max))
          stream.pointee.next_in = input.baseAddress.map { $0 + read }
          stream.pointee.avail_in = uInt(inputStep)
          stream.pointee.next_out = output.baseAddress.map { $0 + written }
          stream.pointee.avail_out = uInt(outputStep)
          code = deflate(stream, read + inputStep == input.count ? Z_FINISH : Z_NO_FLUSH)
          read += inputStep - Int(stream.pointee.avail_in)
          written += outputStep - Int(stream.pointee.avail_out)
        } while code == Z_OK
      }
    }
    guard code == Z_STREAM_END else { throw CompressionError(operation: "deflate", code: code) }
    return output
  }
}
