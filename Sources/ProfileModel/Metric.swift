// SPDX-License-Identifier: Apache-2.0

/// A quantity that a profile measures: its name, its unit, and what one count of it stands for.
///
/// A session lists its metrics, and each sample has one value for each of them, in that order. A
/// clock at 99 Hz gives one metric, `cpu` in nanoseconds, whose values are counts of samples that
/// stand for 10,101,010 ns each. An event such as `page-faults` has counts that stand for
/// themselves, beside a metric of the samples that were taken of it.
package struct Metric: Hashable, Sendable {
  /// The unit of a metric's values. Values of different units are never added up.
  package enum Unit: Hashable, Sendable {
    /// A number without a dimension: of samples, events or objects.
    case count
    /// Time in nanoseconds.
    case nanoseconds
    /// Memory or data in bytes.
    case bytes
    /// A unit of another tool, with the name that its file has. Untrusted text.
    case other(String)
  }

  /// The setting by which the kernel chose the events that became samples.
  package enum Pace: Hashable, Sendable {
    /// The setting is not known, or the input was not made by sampling.
    case unknown
    /// A rate of samples, in Hz on each CPU, at least 1.
    case frequency(Int)
    /// A period: one sample in so many events, or after so many nanoseconds of a clock.
    case period(UInt64)
  }

  /// The metric's name, such as `cpu`, `wall`, `page-faults`, `samples`. Untrusted text.
  package var name: String
  /// The unit of the quantity that the metric measures.
  package var unit: Unit
  /// How many units a value of 1 stands for, at least 1: for a clock, the nanoseconds of one
  /// sample.
  package var unitsPerCount: UInt64
  /// Whether the metric's values are numbers of samples; else they are amounts of `unit`.
  package var countsSamples: Bool
  /// The event's name in perf, such as `cpu-clock`; empty if it is not known. Untrusted text.
  package var event: String
  /// The rate or period at which samples are taken.
  package var pace: Pace

  /// Creates a metric; by default its values are amounts of the unit, not numbers of samples.
  ///
  /// - Parameters:
  ///   - name: The metric's name, such as `cpu`.
  ///   - unit: The unit of the quantity.
  ///   - unitsPerCount: How many units a value of 1 stands for; 0 becomes 1.
  ///   - countsSamples: Whether values are numbers of samples.
  ///   - event: The event's name in perf; empty if it is not known.
  ///   - pace: The rate or period at which samples are taken.
  package init(
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
  /// The most metrics that an input may have. A picture has space for a few more of them.
  package static let mostInInput = 48

  /// The metric that counts samples of which it is not known what each one stands for.
  package static let samples = Metric(name: "samples", unit: .count, countsSamples: true)

  /// Creates the metric of time that is measured by samples of a clock.
  ///
  /// - Parameters:
  ///   - name: The metric's name.
  ///   - event: The clock's name in perf.
  ///   - pace: The clock's frequency, or its period in nanoseconds. If it is not known, the metric
  ///     is ``samples`` with this event.
  package static func clock(_ name: String = "cpu", event: String = "cpu-clock", pace: Pace) -> Self
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

  /// Creates the metric of time that is measured by samples of a clock, from the time of one
  /// sample.
  ///
  /// - Parameters:
  ///   - name: The metric's name.
  ///   - event: The clock's name in perf.
  ///   - nanoseconds: The time that each sample stands for. If it is the period of a whole number
  ///     of Hz, the pace is that frequency; else it is this period.
  package static func clock(
    _ name: String = "cpu", event: String, nanosecondsPerSample nanoseconds: UInt64
  ) -> Self {
    let hertz = max(1, Int((1e9 / Double(max(1, nanoseconds))).rounded()))
    return clock(
      name, event: event,
      pace: 1_000_000_000 / UInt64(hertz) == nanoseconds ? .frequency(hertz) : .period(nanoseconds))
  }

  /// Creates the metric that counts an event that is not a clock.
  ///
  /// - Parameters:
  ///   - name: The event's name in perf, such as `page-faults`, which becomes the metric's name.
  ///   - pace: The rate or period at which samples of the event are taken.
  package static func event(_ name: String, pace: Pace = .unknown) -> Self {
    Metric(name: name, unit: .count, event: name, pace: pace)
  }

  /// Creates the metric of a file that states only what its counts are called.
  ///
  /// - Parameter name: `samples`, `nanoseconds`, `bytes`, or the name of an event.
  package init(countName name: String) {
    switch name {
    case "samples": self = .samples
    case "nanoseconds": self.init(name: "time", unit: .nanoseconds)
    case "bytes": self.init(name: "bytes", unit: .bytes)
    default: self = .event(name)
    }
  }

  /// The word for the metric's values in outputs: `samples`, `nanoseconds`, `bytes`, or the
  /// metric's name for events.
  package var countName: String {
    if countsSamples { return "samples" }
    switch unit {
    case .count: return name
    default: return unit.name
    }
  }

  /// The nanoseconds that one sample of a clock stands for; nil for every other metric.
  package var nanosecondsPerSample: UInt64? {
    unit == .nanoseconds && countsSamples ? unitsPerCount : nil
  }

  /// The samples of a clock per second and CPU, rounded; 0 for every other metric.
  package var frequencyHz: Int {
    guard let nanosecondsPerSample else { return 0 }
    if case .frequency(let hertz) = pace { return hertz }
    return max(1, Int((1e9 / Double(nanosecondsPerSample)).rounded()))
  }

  /// The requested period of a sample, in events or in nanoseconds of a clock; 0 if none was
  /// requested.
  package var period: UInt64 {
    if case .period(let period) = pace { period } else { 0 }
  }

  /// Chooses the metric that outputs of a single metric show: the named one; without a name `wall`,
  /// else `cpu`, else the input's default.
  ///
  /// - Parameters:
  ///   - name: The name that the user requested; nil for none. `samples` is also the metric that
  ///     counts samples, whatever its name.
  ///   - usual: The index in `metrics` of the input's default metric.
  /// - Returns: The index of the metric in `metrics`; nil if none has that name, or there are none.
  package static func shown(in metrics: [Metric], named name: String? = nil, usual: Int) -> Int? {
    if let name {
      return metrics.firstIndex { $0.name == name }
        ?? (name == samples.name ? metrics.firstIndex(where: \.countsSamples) : nil)
    }
    return metrics.firstIndex { $0.name == "wall" } ?? metrics.firstIndex { $0.name == "cpu" }
      ?? (metrics.indices.contains(usual) ? usual : metrics.indices.first)
  }
}

extension Metric.Unit {
  /// The unit's name in profile formats, such as `nanoseconds`.
  package var name: String {
    switch self {
    case .count: "count"
    case .nanoseconds: "nanoseconds"
    case .bytes: "bytes"
    case .other(let name): name
    }
  }

  /// Creates the unit that has a name in profile formats: `count`, `nanoseconds` or `bytes`; every
  /// other name gives `other`.
  package init(name: String) {
    switch name {
    case "count": self = .count
    case "nanoseconds": self = .nanoseconds
    case "bytes": self = .bytes
    default: self = .other(name)
    }
  }
}
