// SPDX-License-Identifier: Apache-2.0

import Synchronization
import System

/// The time that all files of a recording together may take to be read for names. When it is over,
/// code in the files that are left is named by its module only (`NamingLimit.namingTime`).
package final class NamingTime: Sendable {
  private let allowance: UInt64
  /// On the monotonic clock, in nanoseconds; `.max` before `begin`.
  private let end = Atomic<UInt64>(.max)

  /// Creates a time that has not begun.
  ///
  /// - Parameter nanoseconds: The length of the time.
  package init(nanoseconds: UInt64) { allowance = nanoseconds }

  /// Begins the time, unless `stop` was called before.
  package func begin() {
    let (end, isTooLarge) = monotonicNanoseconds().addingReportingOverflow(allowance)
    _ = self.end.compareExchange(
      expected: .max, desired: isTooLarge ? .max - 1 : end, ordering: .relaxed)
  }

  /// Ends the time now. May be called on any thread, also before `begin`.
  package func stop() { end.store(0, ordering: .relaxed) }

  /// Whether the time is over.
  package var isOver: Bool { rest == 0 }

  /// The nanoseconds that are left; `.max` before `begin`.
  var rest: UInt64 {
    let end = end.load(ordering: .relaxed)
    if end == .max { return .max }
    let now = monotonicNanoseconds()
    return end > now ? end - now : 0
  }
}
