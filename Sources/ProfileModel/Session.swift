// SPDX-License-Identifier: Apache-2.0

/// What was sampled, when and how: the part of a profile that is the same for all its samples.
public struct Session: Hashable, Sendable {
  /// What a person would say was profiled: a command line's first word, `PID 42 (redis-server)`,
  /// `the whole machine`. Never arguments or environment, which may hold secrets.
  public var target: String
  /// The name of the machine.
  public var host: String
  /// The event as perf spells it, such as `cpu-clock`.
  public var event: String
  /// Samples of a clock per second and CPU; 0 where a sample stands for no time, but for events.
  public var frequencyHz: Int
  /// Events, or nanoseconds of a clock, that a sample stands for, where that was asked for; else 0.
  public var period: UInt64 = 0
  /// What is counted: samples, or the event itself.
  public var countName = "samples"
  /// CPUs that were sampled.
  public var cpus: Int
  /// Wall-clock time of the start, in nanoseconds since 1970-01-01 UTC.
  public var startedAt: Int64
  /// How long was sampled, in nanoseconds of the monotonic clock.
  public var duration: UInt64

  public init(
    target: String, host: String, event: String, frequencyHz: Int, cpus: Int, startedAt: Int64,
    duration: UInt64
  ) {
    self.target = target
    self.host = host
    self.event = event
    self.frequencyHz = frequencyHz
    self.cpus = cpus
    self.startedAt = startedAt
    self.duration = duration
  }

  /// CPU time that one sample stands for, in nanoseconds (99 Hz: 10,101,010).
  public var periodNanoseconds: Int64 {
    period > 0 && frequencyHz > 0
      ? Int64(clamping: period) : 1_000_000_000 / Int64(max(1, frequencyHz))
  }
}
