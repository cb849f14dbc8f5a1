// SPDX-License-Identifier: Apache-2.0

import CLz4

/// A decompressor of LZ4 frames, as apt keeps its lists of packages. It makes at most 256 KiB at a
/// time, and liblz4 holds at most two blocks of the input, which have at most 4 MiB each.
struct LZ4Stream: ~Copyable {
  private let context: OpaquePointer
  private let input: [UInt8]
  private var position = 0
  /// The last output filled its buffer: liblz4 may hold more without further input.
  private var mayHoldMore = false
  private var hasFailed = false

  private static let mostBytes = 1 << 18

  /// - Parameter input: One frame, or several, one after the other.
  /// - Returns: nil if there is no memory for liblz4.
  init?(_ input: [UInt8]) {
    var context: OpaquePointer?
    let code = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(code) == 0, let context else { return nil }
    self.context = context
    self.input = input
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  /// The next bytes of output, at most 256 KiB; nil at the end of the input, and where it is broken.
  mutating func next() -> [UInt8]? {
    while !hasFailed, position < input.count || mayHoldMore {
      let (context, input, start) = (context, input, position)
      var read = input.count - start
      var code = 0
      let piece = [UInt8](unsafeUninitializedCapacity: Self.mostBytes) { output, written in
        written = output.count
        // Safe: both pointers are passed with the size of what is behind them, and liblz4 counts what
        // it read and wrote.
        input.withUnsafeBytes { input in
          code = LZ4F_decompress(
            context, output.baseAddress, &written, input.baseAddress.map { $0 + start }, &read,
            nil)
        }
        if LZ4F_isError(code) != 0 { written = 0 }
      }
      // Without progress it would never end.
      hasFailed = LZ4F_isError(code) != 0 || read == 0 && piece.isEmpty
      position += hasFailed ? 0 : read
      mayHoldMore = piece.count == Self.mostBytes
      if !piece.isEmpty { return piece }
    }
    return nil
  }
}
