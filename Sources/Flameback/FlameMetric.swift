// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A quantity that a profile measures, such as CPU time or page faults, with its unit.
public struct FlameMetric: Hashable, Sendable {
  /// The name of the metric, such as `cpu`, `wall`, `page-faults` or `samples`. Untrusted text.
  public let name: String
  /// The unit, as profile formats spell it: `nanoseconds`, `bytes`, `count`, or another one from
  /// the input. Untrusted text. Values of different units cannot be added up.
  public let unit: String
  /// The factor from a value to an amount in ``unit``, at least 1. A clock that samples 99 times a
  /// second counts samples, each of which stands for 10,101,010 nanoseconds.
  public let unitsPerCount: UInt64
  /// Whether the values are numbers of samples. Otherwise they are numbers of ``unit``.
  public let countsSamples: Bool

  /// A metric with a name and a unit.
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

  /// The metric `samples`: a number of samples for which no amount is known.
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
