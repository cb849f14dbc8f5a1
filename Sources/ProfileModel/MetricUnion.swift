// SPDX-License-Identifier: Apache-2.0

/// The list of metrics of a profile that several inputs are read into.
///
/// Metrics of different inputs become one if their values can be added up: if they have the same
/// name and unit, or if both count samples (the sum is then one of samples only, whatever each of
/// them stands for). All others stay apart.
public struct MetricUnion: Hashable, Sendable {
  /// The metrics of the profile, in the order in which inputs added them.
  public private(set) var metrics: [Metric] = []
  /// The index in `metrics` of the first input's default metric.
  public private(set) var usual = 0

  /// Creates a union of no inputs.
  public init() {}

  /// Adds the metrics of the next input.
  ///
  /// - Parameter usual: The index in `added` of that input's default metric.
  /// - Returns: An index in `metrics` for each element of `added`.
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

/// The choice of the one metric that an output shows of several inputs.
///
/// It is found by name in each input in turn, and checked that the values of all inputs can be
/// added up. Call `begin` at the start of each input and read `index` and `problem` after it.
public struct ShownMetric: Sendable {
  /// The reason why the values of the inputs cannot be shown together.
  public enum Problem: Hashable, Sendable {
    /// An input has no metric with the requested name (the first value), only those named in `has`.
    case missing(String, has: [String])
    /// The values of these two metrics, of different inputs, cannot be added up.
    case different(Metric, Metric)
  }

  /// The name of the requested metric; nil for the one that `Metric.shown` chooses in each input.
  public let name: String?
  /// The metric of the values of all inputs so far, added up; nil before the first input that has
  /// it.
  public private(set) var metric: Metric?
  /// The first reason why values cannot be shown together; nil if they can.
  public private(set) var problem: Problem?
  /// The position of the shown metric in the metrics of the present input. If that input does not
  /// have it, their count: an index at which every sample has the value 0.
  public private(set) var index = 0

  /// Creates a choice, before the first input.
  ///
  /// - Parameter name: The requested metric; nil for the one that `Metric.shown` chooses in each
  ///   input: `wall`, else `cpu`, else the input's default metric.
  public init(named name: String? = nil) { self.name = name }

  /// Begins the next input: finds the shown metric among `metrics` and sets `index`, or `problem`
  /// if there is none, or if it cannot be added to those of earlier inputs.
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
