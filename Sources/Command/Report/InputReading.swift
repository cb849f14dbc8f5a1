// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Formats
import ProfileModel

/// Reads inputs of any format into a sink.
struct InputReading {
  /// The numbers of lines or records of all inputs.
  private(set) var account = ReadingAccount()
  /// The facts of each input, in order.
  private(set) var facts: [InputFacts] = []

  /// The readers of all formats. Pictures come first, since a line of markup may look like a line
  /// of folded stacks.
  private static let readers = Pictures.readers + Formats.readers

  /// The names of all formats, separated by commas.
  static let formatNames = readers.filter { $0.isReadable }.map { $0.name }.joined(separator: ", ")

  /// The metric that is shown of all inputs together.
  ///
  /// - Parameter name: The value of `--metric`; nil for the default.
  func metric(named name: String?) throws(Failure) -> Metric {
    var shown = ShownMetric(named: name)
    for facts in facts { shown.begin(facts.session.metrics, usual: facts.session.shown) }
    if let problem = shown.problem { throw Words.unshowable(problem) }
    return shown.metric ?? .samples
  }

  /// Reads one input.
  ///
  /// - Parameter path: `-` is standard input.
  mutating func read(_ path: String, into sink: inout some SampleSink) throws(Failure) {
    let file = try InputFile(path)
    var input = ProfileInput(readers: Self.readers, size: file.size)
    while case let piece = try file.next(), !piece.isEmpty {
      try explained(path) { () throws(ReadingError) in try input.read(piece, into: &sink) }
    }
    try explained(path) { () throws(ReadingError) in try input.finish(into: &sink) }
    account.add(input.account)
    facts.append(input.facts)
  }

  /// Runs `body` and makes a message of its error.
  private func explained(_ path: String, _ body: () throws(ReadingError) -> Void) throws(Failure) {
    do throws(ReadingError) {
      try body()
    } catch {
      throw Words.unreadable(path, error)
    }
  }

  /// Reports lines that could not be read.
  ///
  /// - Throws: A failure if nothing else was read.
  func check(isQuiet: Bool) throws(Failure) {
    if account.bad > 0, !isQuiet || account.good == 0 {
      StandardStreams.say(
        "flameback: \(Words.grouped(account.bad)) of "
          + "\(Words.grouped(account.bad + account.good)) lines could not be read, the first is "
          + "line \(Words.grouped(account.firstBad))")
    }
    if account.good == 0 { throw .runtime("nothing could be read") }
  }
}
