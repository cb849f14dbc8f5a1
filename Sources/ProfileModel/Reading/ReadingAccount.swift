// SPDX-License-Identifier: Apache-2.0

/// The numbers of an input's lines or records that were understood, and that were not.
package struct ReadingAccount: Hashable, Sendable {
  /// The number of lines or records that gave samples.
  package var good: UInt64 = 0
  /// The number of lines or records that could not be understood. Nothing of them is in the result.
  package var bad: UInt64 = 0
  /// The position of the first line or record that could not be understood, from 1: the line in a
  /// text, else that of the record. 0 if there is none.
  package var firstBad: UInt64 = 0

  /// Creates an account in which nothing was counted.
  package init() {}

  /// Counts a line or record that could not be understood.
  ///
  /// - Parameter position: The line or record, counted from 1.
  package mutating func addBad(at position: UInt64) {
    if bad == 0 { firstBad = position }
    bad += 1
  }

  /// Adds the numbers of another input. `firstBad` stays as it is, unless only the other input has
  /// lines or records that could not be understood.
  package mutating func add(_ other: Self) {
    good += other.good
    if bad == 0 { firstBad = other.firstBad }
    bad += other.bad
  }
}
