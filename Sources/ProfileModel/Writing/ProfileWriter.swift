// SPDX-License-Identifier: Apache-2.0

/// The writer of one output format, a value with its options.
///
/// Writers stand in lists (`Formats.writers`, `FlameGraphs.writers`), from which help, `-f` and the
/// suffixes of `-o` follow. The same profile gives the same bytes. Names in a profile are untrusted
/// text: a writer makes them harmless for its format.
public protocol ProfileWriter: Sendable {
  /// The format's name, as `-f` takes it: lower case, words joined by `-`.
  var name: String { get }

  /// Ends of file names that mean the format, each with its dot; the first is the usual one. Of all
  /// writers' suffixes that a name ends in, the longest decides.
  var suffixes: [String] { get }

  /// Whether the output cannot be shown on a terminal.
  var isBinary: Bool { get }

  /// Whether the output is a picture, which options of drawing apply to.
  var isPicture: Bool { get }

  /// Writes a profile, in pieces of some 64 KB, so that the output is never held whole. Formats of
  /// one metric take `session.shown`.
  func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError)
}

extension ProfileWriter {
  public var isBinary: Bool { false }
  public var isPicture: Bool { false }

  /// The whole output.
  public func bytes(of profile: Profile) throws(WritingError) -> [UInt8] {
    var collector = ByteCollector()
    try write(profile, to: &collector)
    return collector.bytes
  }
}

/// A writer that needs no profile: it takes samples while they are read and holds less than all of
/// them, so that inputs of gigabytes can be drawn.
public protocol SampleWriter: ProfileWriter {
  /// The sink that samples are merged into while they are read.
  associatedtype Samples: SampleSink

  /// A new sink for the samples of an output.
  ///
  /// - Parameter metric: The name of the metric to show; nil for the usual one.
  func samples(metric: String?) -> Samples

  /// Writes what the sink has taken.
  ///
  /// - Parameter facts: What the inputs say together. `heading` is set if a single picture was read
  ///   whole.
  func write(
    _ samples: consuming Samples, _ facts: InputFacts, to sink: inout some ByteSink
  ) throws(WritingError)
}

extension SampleWriter {
  public func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var samples = samples(metric: profile.session.metric.name)
    profile.send(to: &samples)
    let facts = InputFacts(session: profile.session, account: profile.account)
    try write(samples, facts, to: &sink)
  }
}

/// Why an output could not be made. That it could not be stored is the `ByteSink`'s to say.
public enum WritingError: Error, Hashable {
  /// zlib's return value.
  case compression(code: Int32)
}

extension [any ProfileWriter] {
  /// The writer whose suffix a file name ends in, the longest one if there are several; nil for none.
  public func matching(path: String) -> (any ProfileWriter)? {
    var best: (writer: any ProfileWriter, length: Int)?
    for writer in self {
      for suffix in writer.suffixes where path.hasSuffix(suffix) {
        if suffix.utf8.count > best?.length ?? 0 { best = (writer, suffix.utf8.count) }
      }
    }
    return best?.writer
  }
}
