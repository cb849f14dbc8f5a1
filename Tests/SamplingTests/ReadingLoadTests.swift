// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

/// When the raised priority is given back, and when it is taken again.
@Suite struct ReadingLoadTests {
  private let millisecond: UInt64 = 1_000_000

  /// Adds reads of three seconds, one each ten milliseconds from `start` on.
  private func read(_ load: inout ReadingLoad, from start: UInt64, taking cost: UInt64) {
    for index in 0..<300 { load.add(cost, at: start + 10 * UInt64(index) * millisecond) }
  }

  @Test func aFloodBeginsAboveAQuarterOfACoreAndEndsBelowATenth() {
    var load = ReadingLoad()
    let start = 5_000 * millisecond
    read(&load, from: start, taking: 2 * millisecond)
    #expect(!load.isFlood)
    read(&load, from: start + 3_000 * millisecond, taking: 3 * millisecond)
    #expect(load.isFlood)
    // Between the two, so that it does not change to and fro.
    read(&load, from: start + 6_000 * millisecond, taking: 3 * millisecond / 2)
    #expect(load.isFlood)
    read(&load, from: start + 9_000 * millisecond, taking: millisecond / 2)
    #expect(!load.isFlood)
  }

  /// What one process may cause at once.
  @Test func aShortStormIsNoFlood() {
    var load = ReadingLoad()
    let start = 5_000 * millisecond
    load.add(0, at: start)
    load.add(WorkShares.atOnce, at: start + 250 * millisecond)
    load.add(0, at: start + 1_100 * millisecond)
    #expect(!load.isFlood)
  }
}
