// SPDX-License-Identifier: Apache-2.0

package import ProfileModel

/// A profile: stacks of function names, each with a value for each of the profile's metrics.
///
/// Profiles are values. They come from a file that flameback or another tool wrote
/// (``init(reading:limits:)``), from a program's own samples (``FlameProfileBuilder``), or from the
/// recorder of the product FlamebackRecorder. They can be filtered, compared, drawn (``FlameGraph``) and
/// written in another format (``encoded(as:)``).
///
/// Names in a profile are untrusted text: they may hold control characters and markup. All formats that
/// this library writes escape them.
public struct FlameProfile: Sendable {
  /// The profile as the modules below have it.
  package var model: Profile
  /// How many lines or records of the input could not be understood. Nothing of them is in the profile.
  public let unreadableLines: UInt64

  /// A profile that was read or built.
  package init(_ model: Profile, unreadableLines: UInt64 = 0) {
    self.model = model
    self.unreadableLines = unreadableLines
  }

  /// What was profiled, such as `PID 42 (redis-server)`; empty where the input does not say. Untrusted
  /// text.
  public var target: String { model.session.target }

  /// Start of the recording, in nanoseconds since 1970-01-01 UTC; nil where the input does not say.
  public var startedAt: Int64? { model.session.startedAt > 0 ? model.session.startedAt : nil }

  /// Length of the recording in nanoseconds; nil where the input does not say.
  public var duration: UInt64? { model.session.duration > 0 ? model.session.duration : nil }

  /// The metrics that were measured, at least one, in the order of ``FlameStack/values``.
  public var metrics: [FlameMetric] { model.session.metrics.map { FlameMetric($0) } }

  /// The metric that formats of a single metric and pictures show. Unless ``showing(_:)`` chose another
  /// one, it is `wall` if the profile has it, else `cpu`, else the input's own default.
  public var shownMetric: FlameMetric { FlameMetric(model.session.metric) }

  /// The same profile, with another metric shown.
  ///
  /// - Parameter metric: The name of one of ``metrics``.
  /// - Returns: nil where no metric has that name.
  public func showing(_ metric: String) -> FlameProfile? {
    model.showing(metric).map { FlameProfile($0, unreadableLines: unreadableLines) }
  }

  /// Sum of the shown metric over all stacks: a count of samples, or of the metric's unit.
  public var total: UInt64 { model.totalCount }

  /// Sum of a metric over all stacks.
  ///
  /// - Parameter metric: The name of one of ``metrics``.
  /// - Returns: nil where no metric has that name.
  public func total(of metric: String) -> UInt64? {
    model.session.metrics.firstIndex { $0.name == metric }.map { model.total(of: $0) }
  }

  /// Samples that were lost while recording; nil where the input does not say.
  public var lostSamples: UInt64? {
    model.account.samples.recorded > 0 ? model.account.samples.totalLost : nil
  }
}
