// SPDX-License-Identifier: Apache-2.0

/// What was sampled, when and how: the part of a profile that is the same for all its samples.
public struct Session: Hashable, Sendable {
  /// What a person would say was profiled: a command line's first word, `PID 42 (redis-server)`,
  /// `the whole machine`. Never arguments or environment, which may hold secrets.
  public var target: String
  /// The name of the machine.
  public var host: String
  /// What was measured, at least one; each sample has a value for each of them.
  public var metrics: [Metric]
  /// The index of the metric that is shown where only one can be.
  public var shown: Int
  /// The number of CPUs that were sampled; 0 where not known.
  public var cpus: Int
  /// Wall-clock time of the start, in nanoseconds since 1970-01-01 UTC.
  public var startedAt: Int64
  /// How long was sampled, in nanoseconds of the monotonic clock.
  public var duration: UInt64

  /// - Parameter usual: The index of the input's own default metric; `Metric.shown` may choose
  ///   another one to be shown.
  public init(
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

  /// The metric that is shown where only one can be.
  public var metric: Metric { metrics[shown] }

  /// The index of the metric that counts samples, or without one of the metric that is shown.
  public var sampleMetric: Int { metrics.firstIndex(where: \.countsSamples) ?? shown }

  /// What is true of all sessions, for a profile of all of them.
  public static func common(to sessions: [Session]) -> Session {
    guard let first = sessions.first else { return Session() }
    if sessions.allSatisfy({ $0 == first }) { return first }
    var union = MetricUnion()
    for session in sessions { _ = union.add(session.metrics, usual: session.shown) }
    return Session(
      host: sessions.allSatisfy { $0.host == first.host } ? first.host : "",
      metrics: union.metrics, usual: union.usual)
  }
}
