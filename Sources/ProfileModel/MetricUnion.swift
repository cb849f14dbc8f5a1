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
  /// The indices in `metrics`, ascending, of the metrics of each kind. An untrusted input may have
  /// many.
  private var indices: [Metric.Summable: [Int]] = [:]

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
    if metrics.isEmpty { self.usual = usual }
    /// How many metrics of each kind the input has had until now.
    var taken: [Metric.Summable: Int] = [:]
    return added.map { metric in
      let kind = metric.summable
      let place = taken[kind, default: 0]
      taken[kind] = place + 1
      if let known = indices[kind], place < known.count {
        let index = known[place]
        metrics[index] = metrics[index].sum(with: metric) ?? metrics[index]
        return index
      }
      indices[kind, default: []].append(metrics.count)
      metrics.append(metric)
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
    /// The values of the first two metrics, of different inputs, cannot be added up; `shared` are
    /// the names of those metrics that all inputs have and whose values can be.
    case different(Metric, Metric, shared: [String])
  }

  /// The name of the requested metric; nil for the one that `Metric.shown` chooses in each input.
  package let name: String?
  /// The metric of the values of all inputs so far, added up; nil before the first input that has
  /// the metric to show.
  package private(set) var metric: Metric?
  /// The first reason why values cannot be shown together; nil if they can.
  package var problem: Problem? {
    if let missing { return missing }
    return different.map { .different($0.0, $0.1, shared: shared?.map(\.name) ?? []) }
  }
  /// The index of the shown metric among the metrics of the present input. If that input does not
  /// have the metric, the number of its metrics: an index at which every sample has the value 0.
  package private(set) var index = 0

  private var missing: Problem?
  private var different: (Metric, Metric)?
  /// The names under which all inputs so far have a metric, with its sum; nil before the first input.
  private var shared: [(name: String, metric: Metric)]?

  /// Creates a choice that has seen no input yet.
  ///
  /// - Parameter name: The requested metric; nil for the one that `Metric.shown` chooses in each
  ///   input: `wall`, else `cpu`, else the input's default metric. The names are those of
  ///   `Metric.shown`.
  package init(named name: String? = nil) { self.name = name }

  /// Begins the next input: searches its metrics for the one to show and sets `index`; sets
  /// `problem` if there is none, or if its values cannot be added to those of earlier inputs.
  ///
  /// - Parameters:
  ///   - metrics: The metrics of the input.
  ///   - usual: The index in `metrics` of the input's default metric.
  package mutating func begin(_ metrics: [Metric], usual: Int) {
    share(metrics)
    guard let index = Metric.shown(in: metrics, named: name, usual: usual) else {
      missing = missing ?? .missing(name ?? "", has: metrics.map(\.name))
      // No sample has a value for it.
      self.index = metrics.count
      return
    }
    self.index = index
    guard let metric else { return self.metric = metrics[index] }
    if let sum = metric.sum(with: metrics[index]) {
      self.metric = sum
    } else {
      different = different ?? (metric, metrics[index])
    }
  }

  /// Keeps of the shared metrics those that an input has, too.
  private mutating func share(_ metrics: [Metric]) {
    let named = metrics.map { ($0.name, $0) }
    let counting = metrics.filter(\.countsSamples).map { (Metric.samples.name, $0) }
    // The same order of precedence as in `Metric.shown`.
    let all = Dictionary(named + counting, uniquingKeysWith: { first, _ in first })
    guard let shared else {
      let names = (named + counting.prefix(1)).map(\.0)
      var seen: Set<String> = []
      return self.shared = names.filter { seen.insert($0).inserted }.compactMap { name in
        all[name].map { (name, $0) }
      }
    }
    self.shared = shared.compactMap { name, metric in
      all[name].flatMap { metric.sum(with: $0) }.map { (name, $0) }
    }
  }
}

extension Metric {
  /// What decides whether values of two metrics can be added up: it must be equal.
  fileprivate enum Summable: Hashable {
    case samples
    case amounts(name: String, Unit, unitsPerCount: UInt64)
  }

  fileprivate var summable: Summable {
    countsSamples ? .samples : .amounts(name: name, unit, unitsPerCount: unitsPerCount)
  }

  /// The metric of values of both, added up; nil if they cannot be.
  fileprivate func sum(with other: Metric) -> Metric? {
    guard summable == other.summable else { return nil }
    var sum = self
    if name != other.name || unit != other.unit || unitsPerCount != other.unitsPerCount {
      sum = .samples
    }
    if pace != other.pace { sum.pace = .unknown }
    sum.event = event == other.event ? event : ""
    return sum
  }
}
