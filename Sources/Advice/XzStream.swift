// SPDX-License-Identifier: Apache-2.0

import CLzma

/// A decompressor of an xz file, as apt keeps its lists of packages if it is set to. It makes at most
/// 256 KiB at a time; a file for which liblzma would need more than 128 MiB is not read.
struct XzStream: ~Copyable {
  /// On the heap, since liblzma keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<lzma_stream>
  private let input: [UInt8]
  private var position = 0
  private var hasEnded = false

  private static let mostBytes = 1 << 18
  /// `xz -9` needs 65 MiB.
  private static let mostMemory: UInt64 = 128 << 20

  /// - Parameter input: The whole file. Of several streams in it, only the first is read.
  /// - Returns: nil if there is no memory for liblzma.
  init?(_ input: [UInt8]) {
    let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
    stream.initialize(to: lzma_stream())
    guard lzma_stream_decoder(stream, Self.mostMemory, 0) == LZMA_OK else {
      stream.deallocate()
      return nil
    }
    self.stream = stream
    self.input = input
  }

  deinit {
    lzma_end(stream)
    stream.deallocate()
  }

  /// The next bytes of output, at most 256 KiB; nil at the end of the stream, and where it is broken.
  mutating func next() -> [UInt8]? {
    while !hasEnded {
      let (stream, input, start) = (stream, input, position)
      var status = LZMA_PROG_ERROR
      let piece = [UInt8](unsafeUninitializedCapacity: Self.mostBytes) { output, written in
        // Safe: each pointer is passed with the size of what is behind it, and liblzma counts what is
        // left of both.
        input.withUnsafeBufferPointer { input in
          stream.pointee.next_in = input.baseAddress.map { $0 + start }
          stream.pointee.avail_in = input.count - start
          stream.pointee.next_out = output.baseAddress
          stream.pointee.avail_out = output.count
          status = lzma_code(stream, LZMA_RUN)
        }
        written = output.count - stream.pointee.avail_out
      }
      position = input.count - stream.pointee.avail_in
      // Without progress, the second call fails.
      hasEnded = status != LZMA_OK
      if !piece.isEmpty { return piece }
    }
    return nil
  }
}
