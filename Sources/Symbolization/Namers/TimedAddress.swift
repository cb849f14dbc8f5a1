// SPDX-License-Identifier: Apache-2.0

/// A virtual address of some process during a span of time. Ordered by address, then by time.
struct TimedAddress: Hashable, Comparable, Sendable {
  var address: UInt64
  /// Monotonic nanoseconds; `last` is included.
  var first: UInt64
  var last: UInt64

  /// The same span by a clock that is ahead by `offset` nanoseconds.
  func byClock(ahead offset: Int64) -> TimedAddress {
    let offset = UInt64(bitPattern: offset)
    return TimedAddress(address: address, first: first &+ offset, last: last &+ offset)
  }

  static func < (a: TimedAddress, b: TimedAddress) -> Bool {
    (a.address, a.first, a.last) < (b.address, b.first, b.last)
  }
}
