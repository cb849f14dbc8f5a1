// SPDX-License-Identifier: Apache-2.0

package import ProfileModel

/// A profile: stacks of function names, each with a value for each of the profile's metrics.
///
/// Profiles are values. They come from a file that flameback or another tool wrote
/// (``init(reading:limits:)``), from a program's own samples (``FlameProfileBuilder``), or from the
/// recorder of the product FlamebackRecorder. They can be filtered, compared, drawn
/// (``FlameGraph``) and written in another format (``encoded(as:)``).
///
/// Names in a profile are untrusted text: they may hold control characters and markup. All formats
/// that this library writes escape them.
public struct FlameProfile: Sendable {
  /// The profile in the representation of the module ProfileModel, which this package's readers and
  /// writers use.
  package var model: Profile
  /// The number of lines or records of the input that could not be understood. They are not in the
  /// profile.
  public let unreadableLines: UInt64

  /// Wraps a profile of the module ProfileModel.
  ///
  /// - Parameters:
  ///   - model: The profile.
  ///   - unreadableLines: The number of lines or records of the input that the reader skipped,
  ///     since it could not understand them.
  package init(_ model: Profile, unreadableLines: UInt64 = 0) {
    self.model = model
    self.unreadableLines = unreadableLines
  }

  /// The name of what was profiled, such as `PID 42 (redis-server)`; empty where the input does not
  /// say. Untrusted text.
  public var target: String { model.session.target }

  /// The start of the recording in nanoseconds since 1970-01-01 UTC; nil where the input does not
  /// say.
  public var startedAt: Int64? { model.session.startedAt > 0 ? model.session.startedAt : nil }

  /// The length of the recording in nanoseconds; nil where the input does not say.
  public var duration: UInt64? { model.session.duration > 0 ? model.session.duration : nil }

  /// The metrics that the profile has values for, at least one. The values of a stack,
  /// ``FlameStack/values``, are in the same order.
  public var metrics: [FlameMetric] { model.session.metrics.map { FlameMetric($0) } }

  /// The metric that flame graphs show and that formats with only one metric contain. It is the one
  /// that ``showing(_:)`` chose; if none was chosen, `wall` where the profile has it, otherwise
  /// `cpu`, otherwise the default metric that the input states.
  public var shownMetric: FlameMetric { FlameMetric(model.session.metric) }

  /// Returns the same profile with another ``shownMetric``.
  ///
  /// - Parameter metric: The name of one of ``metrics``.
  /// - Returns: The profile; nil where no metric has that name.
  public func showing(_ metric: String) -> FlameProfile? {
    model.showing(metric).map { FlameProfile($0, unreadableLines: unreadableLines) }
  }

  /// The sum of the values of ``shownMetric`` over all stacks. Multiplied by the metric's
  /// ``FlameMetric/unitsPerCount``, it is an amount in the metric's unit.
  public var total: UInt64 { model.totalCount }

  /// Returns the sum of a metric's values over all stacks.
  ///
  /// - Parameter metric: The name of one of ``metrics``.
  /// - Returns: The sum; nil where no metric has that name. Multiplied by the metric's
  ///   ``FlameMetric/unitsPerCount``, it is an amount in the metric's unit.
  public func total(of metric: String) -> UInt64? {
    model.session.metrics.firstIndex { $0.name == metric }.map { model.total(of: $0) }
  }

  /// The number of samples that were lost while recording; nil where the input does not say.
  public var lostSamples: UInt64? {
    model.account.samples.recorded > 0 ? model.account.samples.totalLost : nil
  }
}
