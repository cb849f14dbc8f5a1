// SPDX-License-Identifier: Apache-2.0

/// When side-band records are read from their rings.
///
/// The kernel wakes the reader for each record. In a storm of forks that would be tens of thousands
/// of wake-ups a second, so after records were read there is a pause in which further ones gather.
/// The pause doubles from 60 µs to 2 ms while one storm goes on. The stacks of a program that has just
/// started are whole before its mappings have been read, if its files are known; the pause is no longer
/// because new files have to be opened and their tables built. A record that comes alone is read
/// without delay.
///
/// Records that are held back until their order is certain are read again at the end of the pause, or a
/// pause's length later, until none is left.
struct RecordBatching {
  private static let lengths: ClosedRange<UInt64> = 60_000...2_000_000
  /// Length of the present or the next pause, in nanoseconds.
  private var length = RecordBatching.lengths.lowerBound
  /// End of the last pause, in monotonic nanoseconds; 0 before the first.
  private var lastEnd: UInt64 = 0
  /// End of the pause that goes on; nil if there is none, and the rings are polled.
  private(set) var pauseEnd: UInt64?
  /// When to read again for records that are held back; nil if there are none, or a pause ends first.
  private(set) var nextRead: UInt64?

  /// Begins a pause, since a ring had records. It is part of a storm if the last pause ended less than
  /// two lengths ago.
  mutating func beginPause(at now: UInt64) {
    let isStorm = now < lastEnd + 2 * length
    length = isStorm ? min(2 * length, Self.lengths.upperBound) : Self.lengths.lowerBound
    lastEnd = now + length
    pauseEnd = lastEnd
  }

  mutating func endPause() { pauseEnd = nil }

  /// Sets the next read after one at `now`.
  mutating func recordsWereRead(at now: UInt64, someAreHeldBack: Bool) {
    nextRead = someAreHeldBack && pauseEnd == nil ? now + length : nil
  }
}
