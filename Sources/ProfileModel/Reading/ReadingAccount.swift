// SPDX-License-Identifier: Apache-2.0

/// What became of an input's lines or records.
public struct ReadingAccount: Hashable, Sendable {
  /// Lines or records that gave samples.
  public var good: UInt64 = 0
  /// Those that could not be understood. Nothing of them is in the result.
  public var bad: UInt64 = 0
  /// The first of them, by line number or position; 0 if there is none.
  public var firstBad: UInt64 = 0

  public init() {}

  /// Counts a line or record that could not be understood.
  public mutating func addBad(at position: UInt64) {
    if bad == 0 { firstBad = position }
    bad += 1
  }

  /// Of several inputs together.
  public mutating func add(_ other: Self) {
    good += other.good
    if bad == 0 { firstBad = other.firstBad }
    bad += other.bad
  }
}
