// SPDX-License-Identifier: Apache-2.0

/// The description of a recording that holds for all its samples: what was sampled, when and how.
package struct Session: Hashable, Sendable {
  /// What was profiled, in words: a command line's first word, `PID 42 (redis-server)`, `the whole
  /// machine`. Never arguments or environment, which may hold secrets. Empty if it is not known.
  package var target: String
  /// The name of the machine that was sampled; empty if it is not known.
  package var host: String
  /// The quantities that were measured, at least one; each sample has a value for each of them.
  package var metrics: [Metric]
  /// The index in `metrics` of the metric that outputs of a single metric show.
  package var shown: Int
  /// The number of CPUs that were sampled; 0 if it is not known.
  package var cpus: Int
  /// The wall-clock time at which sampling started, in nanoseconds since 1970-01-01 UTC; 0 if it is
  /// not known.
  package var startedAt: Int64
  /// The time from start to end of sampling, in nanoseconds of the monotonic clock; 0 if it is not
  /// known.
  package var duration: UInt64

  /// Creates the description of a recording. By default only a metric of samples is known.
  ///
  /// - Parameters:
  ///   - metrics: The quantities that were measured; if empty, a single metric of samples.
  ///   - usual: The index in `metrics` of the input's default metric, which `shown` becomes unless
  ///     there is a metric named `wall` or `cpu`.
  package init(
    target: String = "", host: String = "", metrics: [Metric] = [.samples], usual: Int = 0,
    cpus: Int = 0, startedAt: Int64 = 0, duration: UInt64 = 0
  ) {
    self.target = target
    self.host = host
    self.metrics = metrics.isEmpty ? [.samples] : metrics
    shown = Metric.shown(in: self.metrics, usual: usual) ?? 0
    self.cpus = cpus
    self.startedAt = startedAt
    self.duration = duration
  }

  /// The metric that outputs of a single metric show.
  package var metric: Metric { metrics[shown] }

  /// The index in `metrics` of the metric that counts samples; without one, that of the shown
  /// metric.
  package var sampleMetric: Int { metrics.firstIndex(where: \.countsSamples) ?? shown }

  /// Returns the session of a profile that combines recordings: that of each if all are equal; else
  /// the host if it is the same in all, with the union of their metrics; an empty one for none.
  package static func common(to sessions: [Session]) -> Session {
    guard let first = sessions.first else { return Session() }
    if sessions.allSatisfy({ $0 == first }) { return first }
    var union = MetricUnion()
    for session in sessions { _ = union.add(session.metrics, usual: session.shown) }
    return Session(
      host: sessions.allSatisfy { $0.host == first.host } ? first.host : "",
      metrics: union.metrics, usual: union.usual)
  }
}
