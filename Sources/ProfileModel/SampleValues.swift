// SPDX-License-Identifier: Apache-2.0

/// The values of a sample, or their sums over equal samples: one for each metric of the session, in
/// the order of `Session.metrics`.
///
/// The first value is stored in line, so that a profile of a single metric, as most are, needs no
/// allocation for a sample. A value that is missing reads as 0.
package struct SampleValues: Hashable, Sendable {
  private var first: UInt64
  private var others: [UInt64]

  /// Creates the value of a single metric.
  package init(_ value: UInt64) {
    first = value
    others = []
  }

  /// Creates values in the order of the session's metrics; an empty collection gives a single 0.
  package init(_ values: some Collection<UInt64>) {
    first = values.first ?? 0
    others = values.count > 1 ? Array(values.dropFirst()) : []
  }

  /// The number of values that are stored, at least 1.
  package var count: Int { 1 + others.count }

  /// The stored values, in the order of the session's metrics.
  package var all: [UInt64] { [first] + others }

  /// The value of the metric with this index in `Session.metrics`; 0 if none was stored. Setting a
  /// value that was not stored also stores 0 for all metrics before it that have none.
  package subscript(metric: Int) -> UInt64 {
    get { metric == 0 ? first : metric <= others.count ? others[metric - 1] : 0 }
    set {
      if metric == 0 {
        first = newValue
        return
      }
      while others.count < metric { others.append(0) }
      others[metric - 1] = newValue
    }
  }

  /// Whether all values are 0.
  package var isZero: Bool { first == 0 && others.allSatisfy { $0 == 0 } }
}

extension SampleValues: ExpressibleByArrayLiteral {
  /// Creates values in the order of the session's metrics.
  package init(arrayLiteral elements: UInt64...) { self.init(elements) }
}
