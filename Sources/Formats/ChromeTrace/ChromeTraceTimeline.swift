// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The samples of a thread as calls in time, as a flame chart draws them.
///
/// A sample lasts as long as it stands for. It begins at its own time; but if the sample before it
/// ended less than half its length earlier, or ends later, it begins at that end. So the jitter of a
/// timer does not cut calls, nothing overlaps, and the durations of a thread's outermost calls add up
/// to its samples. Samples without a time begin at the end of the sample before them.
///
/// Frames that a sample shares with the one before it, from the root on and without a gap, are the
/// same calls.
struct ChromeTraceTimeline {
  /// A frame from its first sample to its last, in nanoseconds since the start.
  struct Call: Hashable {
    /// Index in the table of `RenderedPaths`.
    var frame: Int
    var start: UInt64
    /// Not before the start.
    var end: UInt64
  }

  /// A caller comes before what it calls.
  private(set) var calls: [Call] = []

  /// A count of a metric that is no time, or of samples of an unknown rate, is shown as a microsecond.
  static func nanosecondsPerCount(_ metric: Metric) -> UInt64 {
    metric.unit == .nanoseconds ? metric.unitsPerCount : 1000
  }

  /// The calls of a thread.
  ///
  /// - Parameters:
  ///   - samples: Of one thread, those with a time first and in its order.
  ///   - nanosecondsPerCount: How long a count lasts.
  init(_ samples: [ThreadSamples.Entry], _ paths: RenderedPaths, nanosecondsPerCount: UInt64) {
    var running: [Int] = []
    var end: UInt64 = 0
    for sample in samples {
      let (product, overflow) = sample.count.multipliedReportingOverflow(by: nanosecondsPerCount)
      let length = overflow ? .max : product
      var start = end
      if let time = sample.time, time > end, time - end >= length / 2 + length % 2 {
        start = time
        running = []
      }
      end = start.addingReportingOverflow(length).overflow ? .max : start + length

      let path = paths.path(of: sample.stack, fillsEmpty: true)
      let shared = zip(running, path).prefix { calls[$0].frame == $1 }.count
      running.removeLast(running.count - shared)
      for call in running { calls[call].end = end }
      for frame in path[shared...] {
        running.append(calls.count)
        calls.append(Call(frame: frame, start: start, end: end))
      }
    }
  }
}
