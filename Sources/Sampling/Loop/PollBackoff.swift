// SPDX-License-Identifier: Apache-2.0

/// The times of a poll for requests that BPF programs leave in maps: they cannot wake user space.
///
/// Most requests come soon after something was mapped. So the interval starts at 1 ms with each
/// batch of side-band records and doubles with each poll, up to 50 ms.
struct PollBackoff {
  private static let intervals: ClosedRange<UInt64> = 1_000_000...50_000_000
  private var interval = PollBackoff.intervals.lowerBound
  /// When to poll next, in monotonic nanoseconds; 0 is at once.
  private(set) var deadline: UInt64 = 0

  /// Begins anew with a poll at once.
  mutating func reset() { self = Self() }

  /// Sets the deadline of the poll after the one at `now`.
  mutating func advance(at now: UInt64) {
    deadline = now + interval
    interval = min(2 * interval, Self.intervals.upperBound)
  }
}
