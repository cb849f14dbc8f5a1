// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// The time and the wait of an `EventLoop`, exchangeable so that tests need no real time.
struct LoopClock {
  /// The present, in nanoseconds of CLOCK_MONOTONIC.
  var now: () -> UInt64
  /// Waits until one of the descriptors is readable, was closed at its other end or has failed, or
  /// until the deadline (nanoseconds of CLOCK_MONOTONIC), and returns the descriptors that are
  /// ready. It may return early and empty-handed.
  var wait: (_ descriptors: [CInt], _ deadline: UInt64) -> Set<CInt>

  /// CLOCK_MONOTONIC and ppoll(2).
  static var system: LoopClock { LoopClock(now: monotonicNanoseconds, wait: poll) }

  /// Limit of one call, in nanoseconds: a far deadline would overflow the kernel's time format.
  private static let longestWait: UInt64 = 60_000_000_000

  private static func poll(_ descriptors: [CInt], until deadline: UInt64) -> Set<CInt> {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let now = monotonicNanoseconds()
    let left = min(deadline > now ? deadline - now : 0, longestWait)
    guard fb_poll(&polled, UInt(polled.count), left) > 0 else { return [] }
    return Set(polled.lazy.filter { $0.revents != 0 }.map(\.fd))
  }
}
