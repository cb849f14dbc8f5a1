// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink in front of another one that adds up the values of the metric that is shown.
struct CountedSamples<Next: SampleSink>: ForwardingSink {
  var next: Next
  /// The sum so far.
  private(set) var total: UInt64 = 0
  private var shown: ShownMetric

  /// - Parameter metric: The name of the metric; nil for the default.
  init(_ next: Next, metric: String?) {
    self.next = next
    shown = ShownMetric(named: metric)
  }

  mutating func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
    next.begin(metrics, usual: usual)
  }

  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    let (sum, isTooLarge) = total.addingReportingOverflow(values[shown.index])
    total = isTooLarge ? .max : sum
    next.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
  }
}
