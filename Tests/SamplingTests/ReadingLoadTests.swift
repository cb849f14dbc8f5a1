// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

/// When the raised priority is given back, and when it is taken again.
@Suite struct ReadingLoadTests {
  private let millisecond: UInt64 = 1_000_000

  /// The load after `count` reads, one each ten milliseconds from `start` on.
  private func read(
    _ load: inout ReadingLoad, _ count: UInt64, from start: UInt64, taking cost: UInt64
  ) {
    for index in 0..<count { load.add(cost, at: start + 10 * index * millisecond) }
  }

  @Test func aFloodBeginsAboveAFifthOfACoreAndEndsBelowATenth() {
    var load = ReadingLoad()
    let start = 5_000 * millisecond
    read(&load, 200, from: start, taking: millisecond)
    #expect(!load.isFlood)
    read(&load, 30, from: start + 2_000 * millisecond, taking: 3 * millisecond)
    #expect(load.isFlood)
    // Between the two, so that it does not change to and fro.
    read(&load, 300, from: start + 2_300 * millisecond, taking: 3 * millisecond / 2)
    #expect(load.isFlood)
    read(&load, 300, from: start + 5_300 * millisecond, taking: millisecond / 2)
    #expect(!load.isFlood)
  }

  /// A program with many libraries starts: 50 ms of work, then nothing.
  @Test func aShortStormIsNoFlood() {
    var load = ReadingLoad()
    let start = 5_000 * millisecond
    load.add(0, at: start)
    load.add(15 * millisecond, at: start + 16 * millisecond)
    load.add(0, at: start + 200 * millisecond)
    #expect(!load.isFlood)
  }
}
