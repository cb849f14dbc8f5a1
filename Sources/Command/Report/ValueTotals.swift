// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink in front of another one that finds sums of values which are larger than that one can hold.
struct ValueTotals<Next: SampleSink>: ForwardingSink {
  var next: Next
  private let most: UInt64
  /// The sum of each metric so far, by its name.
  private var totals: [(name: String, sum: UInt64)] = []
  /// For each metric of the present input its index in `totals`.
  private var columns: [Int] = []

  /// - Parameter most: The largest sum that the next sink can hold. It cuts what exceeds it.
  init(_ next: Next, most: UInt64) {
    self.next = next
    self.most = most
  }

  /// The message about a sum that is too large; nil if there is none.
  var complaint: String? {
    totals.first { $0.sum > most }.map { total in
      "the values of \(VisibleText.of(total.name)) add up to more than \(Words.grouped(most)), which "
        + "is the most that can be counted: what exceeds it was left out"
    }
  }

  mutating func begin(_ metrics: [Metric], usual: Int) {
    columns = metrics.map { metric in
      if let known = totals.firstIndex(where: { $0.name == metric.name }) { return known }
      totals.append((metric.name, 0))
      return totals.count - 1
    }
    next.begin(metrics, usual: usual)
  }

  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    for (metric, column) in columns.enumerated() {
      let (sum, isTooLarge) = totals[column].sum.addingReportingOverflow(values[metric])
      totals[column].sum = isTooLarge ? .max : sum
    }
    next.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
  }
}
