// SPDX-License-Identifier: Apache-2.0

/// A range of addresses, split into blocks of 2^n bytes at multiples of 2^n: the form that a
/// longest-prefix map takes.
struct AddressBlocks: Sequence {
  let start: UInt64
  let end: UInt64

  struct Block: Hashable {
    var address: UInt64
    /// Leading bits that all addresses of the block share, 1 to 64.
    var prefixLength: UInt32
  }

  func makeIterator() -> AnyIterator<Block> {
    var next = start
    return AnyIterator {
      guard next < end else { return nil }
      // The largest block that begins here and ends in the range.
      let aligned = next == 0 ? 63 : next.trailingZeroBitCount
      let fits = 63 - (end - next).leadingZeroBitCount
      let bits = Swift.min(aligned, fits)
      defer { next += 1 << UInt64(bits) }
      return Block(address: next, prefixLength: UInt32(64 - bits))
    }
  }
}
