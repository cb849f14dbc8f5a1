// SPDX-License-Identifier: Apache-2.0

package import Formats
package import ProfileModel

/// The state of reading one or several inputs, of any format, into one sink of samples.
package struct ProfileReading {
  /// The numbers of lines or records that were read and skipped, of all inputs together.
  package private(set) var account = ReadingAccount()
  /// The facts that each input states besides samples, in the order of reading.
  package private(set) var facts: [InputFacts] = []
  private let limits: ReadingLimits

  /// Creates the state before the first input.
  ///
  /// - Parameter limits: The largest input that is read; a larger one is an error.
  package init(limits: ReadingLimits = ReadingLimits()) { self.limits = limits }

  /// Begins an input.
  ///
  /// - Parameter size: The size of the input in bytes, as it is stored; 0 where not known.
  /// - Returns: The reader of the input, to be passed to ``end(_:into:)`` after its last byte.
  package func begin(size: Int = 0) -> ProfileInput {
    ProfileInput(
      readers: FormatList.readers, size: size, limit: limits.bytes,
      layers: limits.compressionLayers)
  }

  /// Ends an input: sends its last samples to a sink, and keeps its facts and its account.
  ///
  /// - Parameters:
  ///   - input: The reader of the input, which has got all bytes.
  ///   - sink: The receiver of samples, the same one as for all bytes of the input.
  /// - Throws: `ReadingError` for an input that is empty, truncated or otherwise broken, or has no
  ///   known format.
  package mutating func end(
    _ input: consuming ProfileInput, into sink: inout some SampleSink
  ) throws(ReadingError) {
    try input.finish(into: &sink)
    account.add(input.account)
    facts.append(input.facts)
  }

  /// The choice of the metric that is shown of all inputs together.
  ///
  /// - Parameter name: The name of a metric; nil for the default.
  package func shownMetric(named name: String?) -> ShownMetric {
    var shown = ShownMetric(named: name)
    for facts in facts { shown.begin(facts.session.metrics, usual: facts.session.shown) }
    return shown
  }
}
