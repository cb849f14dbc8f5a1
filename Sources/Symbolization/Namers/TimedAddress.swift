// SPDX-License-Identifier: Apache-2.0

/// A virtual address of some process during a span of time. Ordered by address, then by time.
struct TimedAddress: Hashable, Comparable, Sendable {
  var address: UInt64
  /// Monotonic nanoseconds; `last` is included.
  var first: UInt64
  var last: UInt64

  static func < (a: TimedAddress, b: TimedAddress) -> Bool {
    (a.address, a.first, a.last) < (b.address, b.first, b.last)
  }
}
