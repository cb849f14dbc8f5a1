// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The base64 of bytes, in pieces, so that a large text is never held whole.
struct Base64Pieces: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>
  private let count: Int

  /// - Parameter count: Bytes in a piece, a multiple of 3.
  init(_ bytes: [UInt8], bytes count: Int) {
    precondition(count > 0 && count % 3 == 0)
    rest = bytes[...]
    self.count = count
  }

  mutating func next() -> [UInt8]? {
    if rest.isEmpty { return nil }
    let piece = rest.prefix(count)
    rest = rest.dropFirst(count)
    return Base64.encode(Array(piece))
  }
}

extension Base64 {
  /// The length of the text of that many bytes.
  static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }
}
