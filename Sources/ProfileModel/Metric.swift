// SPDX-License-Identifier: Apache-2.0

/// A quantity that a profile measures: its name, its unit, and what one count of it stands for.
///
/// A session lists its metrics, and each sample has one value for each of them, in that order. A
/// clock at 99 Hz gives one metric, `cpu` in nanoseconds, whose values are counts of samples that
/// stand for 10,101,010 ns each. An event such as `page-faults` has counts that stand for themselves,
/// beside a metric of the samples that were taken of it.
public struct Metric: Hashable, Sendable {
  /// The unit of a metric's values. Values of different units are never added up.
  public enum Unit: Hashable, Sendable {
    /// Things without a dimension: samples, events, objects.
    case count
    case nanoseconds
    case bytes
    /// A unit of another tool, as its file has it. Untrusted text.
    case other(String)
  }

  /// How the kernel chose the events that became samples.
  public enum Pace: Hashable, Sendable {
    case unknown
    /// Samples a second and CPU, at least 1.
    case frequency(Int)
    /// One sample in so many events, or after so many nanoseconds of a clock.
    case period(UInt64)
  }

  /// The metric's name, such as `cpu`, `wall`, `page-faults`, `samples`. Untrusted text.
  public var name: String
  /// The unit of its values.
  public var unit: Unit
  /// Units that one count of a value stands for, at least 1.
  public var unitsPerCount: UInt64
  /// Whether values are numbers of samples; else they are numbers of `unit`.
  public var countsSamples: Bool
  /// The event as perf spells it, such as `cpu-clock`; empty where not known. Untrusted text.
  public var event: String
  /// What decides when samples are taken.
  public var pace: Pace

  /// A metric; by default its values do not count samples.
  public init(
    name: String, unit: Unit, unitsPerCount: UInt64 = 1, countsSamples: Bool = false,
    event: String = "", pace: Pace = .unknown
  ) {
    self.name = name
    self.unit = unit
    self.unitsPerCount = max(1, unitsPerCount)
    self.countsSamples = countsSamples
    self.event = event
    self.pace = pace
  }
}

extension Metric {
  /// Samples of which it is not known what they stand for.
  public static let samples = Metric(name: "samples", unit: .count, countsSamples: true)

  /// Time by samples of a clock.
  ///
  /// - Parameter pace: Its frequency or its period in nanoseconds. If it is not known, the metric is
  ///   one of samples.
  public static func clock(_ name: String = "cpu", event: String = "cpu-clock", pace: Pace) -> Self
  {
    let nanoseconds: UInt64
    switch pace {
    case .unknown:
      var metric = samples
      metric.event = event
      return metric
    case .frequency(let hertz): nanoseconds = 1_000_000_000 / UInt64(max(1, hertz))
    case .period(let period): nanoseconds = period
    }
    return Metric(
      name: name, unit: .nanoseconds, unitsPerCount: nanoseconds, countsSamples: true, event: event,
      pace: pace)
  }

  /// Time by samples of a clock that each stand for so many nanoseconds: of a whole frequency if
  /// they are its period.
  public static func clock(
    _ name: String = "cpu", event: String, nanosecondsPerSample nanoseconds: UInt64
  ) -> Self {
    let hertz = max(1, Int((1e9 / Double(max(1, nanoseconds))).rounded()))
    return clock(
      name, event: event,
      pace: 1_000_000_000 / UInt64(hertz) == nanoseconds ? .frequency(hertz) : .period(nanoseconds))
  }

  /// Numbers of an event that is no clock.
  public static func event(_ name: String, pace: Pace = .unknown) -> Self {
    Metric(name: name, unit: .count, event: name, pace: pace)
  }

  /// The metric of a file that says of its counts only what they are called.
  ///
  /// - Parameter name: `samples`, `nanoseconds`, `bytes`, or the name of an event.
  public init(countName name: String) {
    switch name {
    case "samples": self = .samples
    case "nanoseconds": self.init(name: "time", unit: .nanoseconds)
    case "bytes": self.init(name: "bytes", unit: .bytes)
    default: self = .event(name)
    }
  }

  /// What values are called where they are shown: `samples`, `nanoseconds`, `bytes`, or the metric's
  /// name for events.
  public var countName: String {
    if countsSamples { return "samples" }
    switch unit {
    case .count: return name
    default: return unit.name
    }
  }

  /// Nanoseconds that one sample of a clock stands for; nil for every other metric.
  public var nanosecondsPerSample: UInt64? {
    unit == .nanoseconds && countsSamples ? unitsPerCount : nil
  }

  /// Samples of a clock per second and CPU, rounded; 0 for every other metric.
  public var frequencyHz: Int {
    guard let nanosecondsPerSample else { return 0 }
    if case .frequency(let hertz) = pace { return hertz }
    return max(1, Int((1e9 / Double(nanosecondsPerSample)).rounded()))
  }

  /// Events, or nanoseconds of a clock, that were asked for as the period of a sample; else 0.
  public var period: UInt64 {
    if case .period(let period) = pace { period } else { 0 }
  }

  /// The index of the metric that is shown where only one can be: the named one; without a name
  /// `wall`, else `cpu`, else the input's own default.
  ///
  /// - Parameters:
  ///   - name: As the user gave it; nil for none.
  ///   - usual: The index of the input's own default.
  /// - Returns: nil if no metric has that name.
  public static func shown(in metrics: [Metric], named name: String? = nil, usual: Int) -> Int? {
    if let name { return metrics.firstIndex { $0.name == name } }
    return metrics.firstIndex { $0.name == "wall" } ?? metrics.firstIndex { $0.name == "cpu" }
      ?? (metrics.indices.contains(usual) ? usual : metrics.indices.first)
  }
}

extension Metric.Unit {
  /// The unit's name in profile formats, such as `nanoseconds`.
  public var name: String {
    switch self {
    case .count: "count"
    case .nanoseconds: "nanoseconds"
    case .bytes: "bytes"
    case .other(let name): name
    }
  }

  /// The unit with a name; `other` for names that are not known.
  public init(name: String) {
    switch name {
    case "count": self = .count
    case "nanoseconds": self = .nanoseconds
    case "bytes": self = .bytes
    default: self = .other(name)
    }
  }
}
