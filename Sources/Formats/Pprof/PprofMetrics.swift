// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The metrics that a file's sample types are read as.
///
/// Each type is a metric, but for the pair `samples/count` and `NAME/nanoseconds` of a clock: where
/// every sample's time is its count times the file's period, both are one metric that counts
/// samples.
struct PprofMetrics {
  /// A `ValueType` of the file. Untrusted text.
  struct ValueType: Hashable {
    var name = ""
    var unit = ""
  }

  private(set) var metrics: [Metric]
  /// The index of the file's own default in `metrics`.
  private(set) var usual: Int
  /// For each metric the index of its type.
  private var columns: [Int]
  private let typeCount: Int
  /// The types of a clock's samples and of their time, as indices.
  private let clock: (samples: Int, time: Int)?
  private let periodType: ValueType
  private let period: UInt64

  /// - Parameters:
  ///   - defaultType: The name of the default type; empty for none.
  ///   - period: Units of `periodType` between two samples; 0 where not known.
  init(_ types: [ValueType], defaultType: String, periodType: ValueType, period: UInt64) {
    // A file without types has one value a sample.
    let types = types.isEmpty ? [ValueType(name: "samples", unit: "count")] : types
    typeCount = types.count
    columns = Array(types.indices)
    metrics = types.map { type in
      var metric = Metric(
        name: type.name.isEmpty ? "samples" : type.name, unit: Metric.Unit(name: type.unit),
        countsSamples: type.unit == "count" && (type.name == "samples" || type.name.isEmpty),
        event: periodType.name)
      if type == periodType, metric.unit == .count, period > 0 { metric.pace = .period(period) }
      return metric
    }
    usual =
      types.firstIndex { $0.name == defaultType && !defaultType.isEmpty } ?? types.count - 1
    self.periodType = periodType
    self.period = period
    if let samples = metrics.firstIndex(where: \.countsSamples),
      periodType.unit == "nanoseconds", (1...UInt64(Int64.max)).contains(period)
    {
      clock = (samples, types.firstIndex(of: periodType) ?? samples)
    } else {
      clock = nil
    }
  }

  /// Whether two of the types may be the samples and the time of a clock.
  var mayCountSamples: Bool { clock != nil }

  /// Whether a sample's time is its count times the period.
  func isWholePeriods(_ values: [UInt64]) -> Bool {
    guard let clock, values.count == typeCount else { return false }
    if clock.time == clock.samples { return true }
    let (time, overflow) = values[clock.samples].multipliedReportingOverflow(by: period)
    return !overflow && time == values[clock.time]
  }

  /// Makes one metric of the samples and the time of a clock: `isWholePeriods` holds for all
  /// samples.
  mutating func countSamples() {
    guard let clock else { return }
    metrics[clock.samples] = .clock(
      periodType.name, event: periodType.name, nanosecondsPerSample: period)
    guard clock.time != clock.samples else { return }
    metrics.remove(at: clock.time)
    columns.remove(at: clock.time)
    if usual == clock.time { usual = clock.samples }
    if usual > clock.time { usual -= 1 }
  }

  /// The index of the metric that counts samples, or else of the default.
  var sampleMetric: Int { metrics.firstIndex(where: \.countsSamples) ?? usual }

  /// - Parameter values: Those of a sample, one for each type. Negative ones, which comparisons
  ///   have, are taken for 0: there is nothing to draw of them.
  /// - Returns: One for each metric; nil if there are too few.
  func values(of values: [UInt64]) -> SampleValues? {
    guard values.count >= typeCount else { return nil }
    func value(_ metric: Int) -> UInt64 {
      let value = values[columns[metric]]
      return value > UInt64(Int64.max) ? 0 : value
    }
    return metrics.count == 1 ? SampleValues(value(0)) : SampleValues(metrics.indices.map(value))
  }
}
