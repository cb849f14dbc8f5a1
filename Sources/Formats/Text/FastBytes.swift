// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What readers of large text do with every byte, eight or more of them at once.
///
/// Unsafe, for speed: half a gigabyte is read in a second or two, not ten. Each function checks
/// once that its ranges lie in their arrays, and then loads within them only.
enum FastBytes {
  /// The place of the first `byte` in a range.
  static func firstIndex(of byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    check(bytes, range)
    return bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = memchr(base + range.lowerBound, CInt(byte), range.count)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  static func areEqual(
    _ a: [UInt8], _ aRange: Range<Int>, _ b: [UInt8], _ bRange: Range<Int>
  ) -> Bool {
    check(a, aRange)
    check(b, bRange)
    if aRange.count != bRange.count { return false }
    return a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return memcmp(a + aRange.lowerBound, b + bRange.lowerBound, aRange.count) == 0
      }
    }
  }

  /// How many bytes two ranges have in common from their beginnings.
  static func commonPrefix(
    _ a: [UInt8], _ aRange: Range<Int>, _ b: [UInt8], _ bRange: Range<Int>
  ) -> Int {
    check(a, aRange)
    check(b, bRange)
    let most = min(aRange.count, bRange.count)
    return a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        var shared = 0
        while shared + 8 <= most {
          let left = a.loadUnaligned(fromByteOffset: aRange.lowerBound + shared, as: UInt64.self)
          let right = b.loadUnaligned(fromByteOffset: bRange.lowerBound + shared, as: UInt64.self)
          if left != right { return shared + (left ^ right).trailingZeroBitCount / 8 }
          shared += 8
        }
        while shared < most && a[aRange.lowerBound + shared] == b[bRange.lowerBound + shared] {
          shared += 1
        }
        return shared
      }
    }
  }

  /// A hash of a range's bytes, the same in every run.
  static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
    check(bytes, range)
    return bytes.withUnsafeBytes { buffer in
      var hash = UInt64(truncatingIfNeeded: range.count) &* 0x9e37_79b9_7f4a_7c15
      var index = range.lowerBound
      while index + 8 <= range.upperBound {
        hash = stir(hash ^ buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        index += 8
      }
      var rest: UInt64 = 0
      while index < range.upperBound {
        rest = rest << 8 | UInt64(buffer[index])
        index += 1
      }
      return UInt32(truncatingIfNeeded: stir(hash ^ rest) >> 16)
    }
  }

  private static func stir(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    return product.high ^ product.low
  }

  private static func check(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
  }
}
