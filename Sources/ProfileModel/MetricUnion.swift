// SPDX-License-Identifier: Apache-2.0

/// The metrics of several inputs that are read into one profile.
///
/// Metrics that can be added up become one: those that count samples, whatever a sample stands for
/// (then the sum is one of samples only), and those of one name and unit. All others stay apart.
public struct MetricUnion: Hashable, Sendable {
  /// The metrics of the profile, in the order in which the inputs added them.
  public private(set) var metrics: [Metric] = []
  /// The index in `metrics` of the first input's default metric.
  public private(set) var usual = 0

  public init() {}

  /// Adds an input's metrics.
  ///
  /// - Parameter usual: The index in `added` of the input's default metric.
  /// - Returns: For each of them its index in `metrics`.
  public mutating func add(_ added: [Metric], usual: Int) -> [Int] {
    if metrics.isEmpty {
      (metrics, self.usual) = (added, usual)
      return Array(added.indices)
    }
    var taken: Set<Int> = []
    return added.map { metric in
      for index in metrics.indices where !taken.contains(index) {
        guard let sum = metrics[index].sum(with: metric) else { continue }
        metrics[index] = sum
        taken.insert(index)
        return index
      }
      metrics.append(metric)
      taken.insert(metrics.count - 1)
      return metrics.count - 1
    }
  }
}

/// The choice of the one metric that an output shows: found by name in each input in turn, and
/// checked that the values of all inputs can be added up.
public struct ShownMetric: Sendable {
  /// Why values cannot be shown together.
  public enum Problem: Hashable, Sendable {
    /// An input has no metric with the requested name, which comes first, but the metrics `has`.
    case missing(String, has: [String])
    /// The metrics of two inputs cannot be added up.
    case different(Metric, Metric)
  }

  /// The requested name; nil for each input's default metric.
  public let name: String?
  /// The metric of the sum of all inputs so far; nil before the first one that has it.
  public private(set) var metric: Metric?
  /// The first reason why values cannot be shown together; nil if they can.
  public private(set) var problem: Problem?
  /// The metric's index in the metrics of the present input; their count if that input has none
  /// such.
  public private(set) var index = 0

  /// A choice before the first input: the metric with this name; nil for each input's default.
  public init(named name: String? = nil) { self.name = name }

  /// Finds the metric in the next input, which has these metrics; sets `problem` if that fails.
  ///
  /// - Parameter usual: The index in `metrics` of the input's default metric.
  public mutating func begin(_ metrics: [Metric], usual: Int) {
    guard let index = Metric.shown(in: metrics, named: name, usual: usual) else {
      problem = problem ?? .missing(name ?? "", has: metrics.map(\.name))
      // No sample has a value for it.
      self.index = metrics.count
      return
    }
    self.index = index
    guard let metric else { return self.metric = metrics[index] }
    if let sum = metric.sum(with: metrics[index]) {
      self.metric = sum
    } else {
      problem = problem ?? .different(metric, metrics[index])
    }
  }
}

extension Metric {
  /// The metric of values of both, added up; nil if they cannot be.
  fileprivate func sum(with other: Metric) -> Metric? {
    if self == other { return self }
    guard countsSamples == other.countsSamples else { return nil }
    var sum = self
    if name != other.name || unit != other.unit || unitsPerCount != other.unitsPerCount {
      guard countsSamples else { return nil }
      sum = .samples
    }
    if pace != other.pace { sum.pace = .unknown }
    sum.event = event == other.event ? event : ""
    return sum
  }
}
