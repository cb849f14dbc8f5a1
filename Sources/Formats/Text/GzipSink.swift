// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A sink in front of another one that gzips what passes through it.
struct GzipSink<Next: ByteSink>: ByteSink {
  private(set) var next: Next
  private let stream: DeflateStream
  private var error: CompressionError?

  init(_ next: Next) throws(WritingError) {
    self.next = next
    do throws(CompressionError) {
      stream = try DeflateStream(.gzip)
    } catch {
      throw .compression(code: error.code)
    }
  }

  mutating func write(_ bytes: [UInt8]) { pass(bytes, isLast: false) }

  /// Writes what zlib still holds.
  mutating func finish() throws(WritingError) {
    pass([], isLast: true)
    if let error { throw .compression(code: error.code) }
  }

  private mutating func pass(_ bytes: [UInt8], isLast: Bool) {
    if error != nil { return }
    do throws(CompressionError) {
      let compressed = try stream.compress(bytes, isLast: isLast)
      if !compressed.isEmpty { next.write(compressed) }
    } catch {
      self.error = error
    }
  }
}
