// SPDX-License-Identifier: Apache-2.0

import Flameback
import Formats
import ProfileModel

/// Reads input files of any format into a sink, and makes messages of errors.
struct InputReading {
  private var reading = ProfileReading()

  /// The facts of each input, in order.
  var facts: [InputFacts] { reading.facts }

  /// The metric that is shown of all inputs together.
  ///
  /// - Parameter name: The value of `--metric`; nil for the default.
  func metric(named name: String?) throws(Failure) -> Metric {
    let shown = reading.shownMetric(named: name)
    if let problem = shown.problem { throw Words.unshowable(problem) }
    return shown.metric ?? .samples
  }

  /// Reads one input.
  ///
  /// - Parameter path: `-` is standard input.
  mutating func read(_ path: String, into sink: inout some SampleSink) throws(Failure) {
    let file = try InputFile(path)
    var input = reading.begin(size: file.size)
    while case let piece = try file.next(), !piece.isEmpty {
      try explained(path) { () throws(ReadingError) in try input.read(piece, into: &sink) }
    }
    try explained(path) { () throws(ReadingError) in try reading.end(input, into: &sink) }
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
    let account = reading.account
    if account.bad > 0, !isQuiet || account.good == 0 {
      StandardStreams.say(
        "flameback: \(Words.grouped(account.bad)) of "
          + "\(Words.grouped(account.bad + account.good)) lines could not be read, the first is "
          + "line \(Words.grouped(account.firstBad))")
    }
    if account.good == 0 { throw .runtime("nothing could be read") }
  }
}
