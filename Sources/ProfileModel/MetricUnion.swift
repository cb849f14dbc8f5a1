// SPDX-License-Identifier: Apache-2.0

/// The metrics of several inputs that are read into one profile.
///
/// Metrics that can be added up become one: those that count samples, whatever a sample stands for
/// (then the sum is one of samples only), and those of one name and unit. All others stay apart.
public struct MetricUnion: Hashable, Sendable {
  /// The metrics of the profile, in the order in which inputs brought them.
  public private(set) var metrics: [Metric] = []
  /// The first input's own default.
  public private(set) var usual = 0

  public init() {}

  /// Adds an input's metrics.
  ///
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

/// The metric that an output of one metric shows, of one input or of several.
public struct ShownMetric: Sendable {
  /// Why values cannot be shown together.
  public enum Problem: Hashable, Sendable {
    /// An input has no metric of the name that was asked for.
    case missing(String, has: [String])
    /// The metrics of two inputs cannot be added up.
    case different(Metric, Metric)
  }

  /// The name that was asked for; nil for the usual metric.
  public let name: String?
  /// Of all inputs so far; nil before the first one.
  public private(set) var metric: Metric?
  /// The first reason why values cannot be shown together; nil if they can.
  public private(set) var problem: Problem?
  /// Its index in the metrics of the present input.
  public private(set) var index = 0

  /// The metric with a name, or the usual one.
  public init(named name: String? = nil) { self.name = name }

  /// An input with these metrics comes next.
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
