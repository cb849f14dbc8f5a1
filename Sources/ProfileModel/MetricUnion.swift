// SPDX-License-Identifier: Apache-2.0

/// The list of metrics of a profile that several inputs are read into.
///
/// Metrics of different inputs become one if their values can be added up: if they have the same
/// name and unit, or if both count samples (the sum is then one of samples only, whatever each of
/// them stands for). All others stay apart.
package struct MetricUnion: Hashable, Sendable {
  /// The metrics of the profile, in the order in which inputs added them.
  package private(set) var metrics: [Metric] = []
  /// The index in `metrics` of the first input's default metric.
  package private(set) var usual = 0

  /// Creates a union of no inputs.
  package init() {}

  /// Adds the metrics of the next input.
  ///
  /// - Parameters:
  ///   - added: The metrics of the input.
  ///   - usual: The index in `added` of the input's default metric.
  /// - Returns: For each element of `added`, in order, the index in `metrics` of the metric that it
  ///   became a part of.
  package mutating func add(_ added: [Metric], usual: Int) -> [Int] {
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
/// The metric is searched for by name in each input in turn; it is also checked that its values can
/// be added up over all inputs. Call `begin` at the start of each input, then read `index` and
/// `problem`.
package struct ShownMetric: Sendable {
  /// The reason why the values of the inputs cannot be shown together.
  package enum Problem: Hashable, Sendable {
    /// An input has no metric with the requested name (the first value), only those named in `has`.
    case missing(String, has: [String])
    /// The values of these two metrics, of different inputs, cannot be added up.
    case different(Metric, Metric)
  }

  /// The name of the requested metric; nil for the one that `Metric.shown` chooses in each input.
  package let name: String?
  /// The metric of the values of all inputs so far, added up; nil before the first input that has
  /// the metric to show.
  package private(set) var metric: Metric?
  /// The first reason why values cannot be shown together; nil if they can.
  package private(set) var problem: Problem?
  /// The index of the shown metric among the metrics of the present input. If that input does not
  /// have the metric, the number of its metrics: an index at which every sample has the value 0.
  package private(set) var index = 0

  /// Creates a choice that has seen no input yet.
  ///
  /// - Parameter name: The requested metric; nil for the one that `Metric.shown` chooses in each
  ///   input: `wall`, else `cpu`, else the input's default metric.
  package init(named name: String? = nil) { self.name = name }

  /// Begins the next input: searches its metrics for the one to show and sets `index`; sets
  /// `problem` if there is none, or if its values cannot be added to those of earlier inputs.
  ///
  /// - Parameters:
  ///   - metrics: The metrics of the input.
  ///   - usual: The index in `metrics` of the input's default metric.
  package mutating func begin(_ metrics: [Metric], usual: Int) {
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
