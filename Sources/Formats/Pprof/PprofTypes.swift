// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The sample types of a file, and the values that a sample has for them.
///
/// A metric that counts samples becomes `samples/count`, and where it is known what a sample stands
/// for, its name and unit besides. The shown metric comes last: readers take the last type unless
/// `default_sample_type` says otherwise, and one reader takes anything but an unset one for an
/// index.
struct PprofTypes {
  struct ValueType: Hashable {
    var name: String
    var unit: String
    /// The index of the metric that it is of.
    var metric: Int
    /// What its values are multiplied by.
    var factor: UInt64
  }

  let all: [ValueType]
  /// The event that was sampled, and how many of it make a sample; nil where that is not known.
  let period: (name: String, unit: String, value: UInt64)?

  init(_ session: Session) {
    let order = session.metrics.indices.filter { $0 != session.shown } + [session.shown]
    var samples: [ValueType] = []
    var amounts: [ValueType] = []
    for index in order {
      let metric = session.metrics[index]
      if metric.countsSamples, samples.isEmpty {
        samples.append(ValueType(name: "samples", unit: "count", metric: index, factor: 1))
      }
      if metric.countsSamples, metric.unit == .count { continue }
      amounts.append(
        ValueType(
          name: metric.name, unit: metric.unit.name, metric: index, factor: metric.unitsPerCount))
    }
    all = samples + amounts
    let metric = session.metric
    if let nanoseconds = metric.nanosecondsPerSample {
      period = (metric.name, metric.unit.name, nanoseconds)
    } else {
      period = metric.period > 0 ? (metric.name, metric.unit.name, metric.period) : nil
    }
    sampleMetric = session.sampleMetric
  }

  private let sampleMetric: Int

  /// A sample's value for each type, held below 2^63.
  func values(_ values: SampleValues) -> [UInt64] {
    all.map { type in
      let (product, overflow) = values[type.metric].multipliedReportingOverflow(by: type.factor)
      return overflow ? UInt64(Int64.max) : min(product, UInt64(Int64.max))
    }
  }

  /// Takes the values of one sample off those of several.
  func takeOne(of values: inout SampleValues) -> SampleValues {
    let count = max(1, values[sampleMetric])
    let one = SampleValues(values.all.map { $0 / count })
    for metric in 0..<values.count { values[metric] -= one[metric] }
    return one
  }
}
