// SPDX-License-Identifier: Apache-2.0

/// A range of addresses as blocks whose size is a power of two and that lie on a multiple of it:
/// what a longest-prefix map can hold.
struct AddressBlocks: Sequence {
  let start: UInt64
  let end: UInt64

  struct Block: Hashable {
    var address: UInt64
    /// Leading bits that all addresses of the block share.
    var prefixLength: UInt32
  }

  func makeIterator() -> AnyIterator<Block> {
    var next = start
    return AnyIterator {
      guard next < end else { return nil }
      // The largest block that begins here and does not reach beyond the end.
      let aligned = next == 0 ? 63 : next.trailingZeroBitCount
      let fits = 63 - (end - next).leadingZeroBitCount
      let bits = Swift.min(aligned, fits)
      defer { next += 1 << UInt64(bits) }
      return Block(address: next, prefixLength: UInt32(64 - bits))
    }
  }
}
