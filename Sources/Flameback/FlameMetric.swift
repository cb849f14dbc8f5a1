// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A quantity that a profile measures, such as CPU time or page faults, with its unit.
public struct FlameMetric: Hashable, Sendable {
  /// The name of the metric, such as `cpu`, `wall`, `page-faults` or `samples`. Untrusted text.
  public let name: String
  /// The unit, as profile formats spell it: `nanoseconds`, `bytes`, `count`, or another one from
  /// the input. Untrusted text. Values of different units cannot be added up.
  public let unit: String
  /// The factor from a value of this metric to an amount in ``unit``, at least 1. For example, CPU
  /// time sampled 99 times a second has the number of samples as value, and the factor 10,101,010,
  /// since each sample stands for that many nanoseconds.
  public let unitsPerCount: UInt64
  /// Whether the values of this metric are numbers of samples. Otherwise they are amounts, such as
  /// bytes or page faults.
  public let countsSamples: Bool

  /// Creates a metric, for a profile that is built by ``FlameProfileBuilder``.
  ///
  /// - Parameters:
  ///   - name: The name of the metric, such as `cpu`.
  ///   - unit: The unit of amounts: `nanoseconds`, `bytes`, `count` or any other name.
  ///   - unitsPerCount: The factor from a value to an amount in `unit`; less than 1 is taken as 1.
  ///   - countsSamples: Whether the values are numbers of samples.
  public init(
    name: String, unit: String = "count", unitsPerCount: UInt64 = 1, countsSamples: Bool = false
  ) {
    self.name = name
    self.unit = unit
    self.unitsPerCount = max(1, unitsPerCount)
    self.countsSamples = countsSamples
  }

  /// The metric named `samples`, with the unit `count`. Its values are numbers of samples; nothing
  /// is known about what a sample stands for, such as a time.
  public static let samples = FlameMetric(name: "samples", countsSamples: true)

  init(_ metric: Metric) {
    self.init(
      name: metric.name, unit: metric.unit.name, unitsPerCount: metric.unitsPerCount,
      countsSamples: metric.countsSamples)
  }

  var model: Metric {
    Metric(
      name: name, unit: Metric.Unit(name: unit), unitsPerCount: unitsPerCount,
      countsSamples: countsSamples)
  }
}
