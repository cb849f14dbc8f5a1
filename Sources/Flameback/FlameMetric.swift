// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A quantity that a profile measures.
public struct FlameMetric: Hashable, Sendable {
  /// Such as `cpu`, `wall`, `page-faults`, `samples`. Untrusted text.
  public let name: String
  /// The unit, as profile formats spell it: `nanoseconds`, `bytes`, `count`, or another one from the
  /// input. Untrusted text. Values of different units cannot be added up.
  public let unit: String
  /// Units that a value of 1 stands for, at least 1. A clock that samples 99 times a second has values
  /// that count samples, each of which stands for 10,101,010 nanoseconds.
  public let unitsPerCount: UInt64
  /// Whether values count samples. Otherwise they count ``unit``.
  public let countsSamples: Bool

  /// A metric for ``FlameProfileBuilder``.
  ///
  /// - Parameter unitsPerCount: Units that a value of 1 stands for; less than 1 is taken as 1.
  public init(
    name: String, unit: String = "count", unitsPerCount: UInt64 = 1, countsSamples: Bool = false
  ) {
    self.name = name
    self.unit = unit
    self.unitsPerCount = max(1, unitsPerCount)
    self.countsSamples = countsSamples
  }

  /// Samples of which it is not known what they stand for.
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
