// SPDX-License-Identifier: Apache-2.0

/// A writer of one output format: a value that holds the format's options.
///
/// Writers stand in lists (`Formats.writers`, `FlameGraphs.writers`), from which help, `-f` and the
/// suffixes of `-o` follow. The same profile gives the same bytes. Names in a profile are untrusted
/// text: a writer escapes what would be harmful in its format.
package protocol ProfileWriter: Sendable {
  /// The format's name as the option `-f` takes it: lower case, words joined by `-`.
  var name: String { get }

  /// The suffixes by which the file name of `-o` selects the format, each with its dot; the first
  /// is the usual one. If a name ends in several writers' suffixes, the longest of them decides.
  var suffixes: [String] { get }

  /// Whether the output is binary, so that it must not be written to a terminal. The default is
  /// false.
  var isBinary: Bool { get }

  /// Whether the output is a picture, so that the drawing options apply to it. The default is
  /// false.
  var isPicture: Bool { get }

  /// Writes a profile to a sink in pieces of about 64 KB, so that the output is never held whole.
  /// Formats that have a single metric write the one at `session.shown`.
  ///
  /// - Throws: ``WritingError`` if the output cannot be made; errors of storing it stay in the
  ///   sink.
  func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError)
}

extension ProfileWriter {
  package var isBinary: Bool { false }
  package var isPicture: Bool { false }

  /// Writes a profile and returns the whole output.
  ///
  /// - Throws: ``WritingError`` if the output cannot be made.
  package func bytes(of profile: Profile) throws(WritingError) -> [UInt8] {
    var collector = ByteCollector()
    try write(profile, to: &collector)
    return collector.bytes
  }
}

/// A writer that takes samples while they are read and merges them, so that inputs of gigabytes can
/// be drawn without a profile in memory.
package protocol SampleWriter: ProfileWriter {
  /// The sink that samples are merged into while they are read.
  associatedtype Samples: SampleSink

  /// Returns a new, empty sink for the samples of one output.
  ///
  /// - Parameter metric: The name of the metric to show; nil for the one that `Metric.shown`
  ///   chooses in each input.
  func samples(metric: String?) -> Samples

  /// Writes the output for the samples that a sink has merged, after all inputs were read.
  ///
  /// - Parameters:
  ///   - samples: The sink, which ``samples(metric:)`` has returned.
  ///   - facts: What the inputs state besides samples, combined. `heading` is set only if a single
  ///     picture was read, unfiltered.
  /// - Throws: ``WritingError`` if the output cannot be made; errors of storing it stay in the
  ///   sink.
  func write(
    _ samples: consuming Samples, _ facts: InputFacts, to sink: inout some ByteSink
  ) throws(WritingError)
}

extension SampleWriter {
  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var samples = samples(metric: profile.session.metric.name)
    profile.send(to: &samples)
    let facts = InputFacts(session: profile.session, account: profile.account)
    try write(samples, facts, to: &sink)
  }
}

/// The reason why an output could not be made. Errors of storing it belong to the `ByteSink`.
package enum WritingError: Error, Hashable {
  /// zlib failed with this return value, such as `Z_MEM_ERROR` (-4).
  case compression(code: Int32)
}

extension [any ProfileWriter] {
  /// Returns the writer that a file name selects: of all suffixes that the name ends in, the
  /// longest decides.
  ///
  /// - Returns: nil if the name ends in no writer's suffix.
  package func matching(path: String) -> (any ProfileWriter)? {
    var best: (writer: any ProfileWriter, length: Int)?
    for writer in self {
      for suffix in writer.suffixes where path.hasSuffix(suffix) {
        if suffix.utf8.count > best?.length ?? 0 { best = (writer, suffix.utf8.count) }
      }
    }
    return best?.writer
  }
}
