// SPDX-License-Identifier: Apache-2.0

import CShims

/// When samples fell, as the program has listed it.
enum Ticks {
  /// - Parameter start: monotonic nanoseconds that count as 0.
  /// - Returns: for each number of a count its times, in their order.
  static func read(
    _ object: borrowing BPFObject, since start: UInt64
  ) throws(SamplingError) -> [UInt64: [UInt64]] {
    let ticks = try MappedArray<fb_tick>(object.map("ticks"), 0..<object.tickCapacity)
    var times: [UInt64: [UInt64]] = [:]
    for place in 0..<ticks.count {
      let tick = ticks[place]
      // The list is filled from its beginning.
      if tick.ns == 0 { break }
      times[tick.number, default: []].append(tick.ns > start ? tick.ns - start : 0)
    }
    // CPUs take their places at once, and fill them later.
    return times.mapValues { $0.sorted() }
  }
}
