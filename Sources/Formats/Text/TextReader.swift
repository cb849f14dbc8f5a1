// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Reads a text of stacks line by line, in pieces as they come: an input of gigabytes is never held.
public protocol TextReader: Sendable {
  /// What became of the lines so far.
  var account: ReadingAccount { get }
  /// What the text says besides samples; complete at its end, its metrics from the beginning.
  var facts: InputFacts { get }
  var lines: LineReader { get set }
  mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink)
  /// After the last line.
  mutating func end(into sink: inout some SampleSink)
}

extension TextReader {
  /// - Parameters:
  ///   - piece: The next bytes of the input, as many as there are.
  ///   - sink: The same one for all pieces.
  public mutating func read(_ piece: [UInt8], into sink: inout some SampleSink) {
    beginIfNew(&sink)
    // Lines are taken while they are read.
    var lines = self.lines
    self.lines = LineReader()
    lines.read(piece) { bytes, range in take(line: bytes, range, into: &sink) }
    self.lines = lines
  }

  private mutating func beginIfNew(_ sink: inout some SampleSink) {
    if lines.isNew { sink.begin(facts.session.metrics, usual: facts.session.shown) }
    lines.isNew = false
  }

  /// After the last piece.
  public mutating func finish(into sink: inout some SampleSink) {
    beginIfNew(&sink)
    var lines = self.lines
    self.lines = LineReader()
    lines.finish { bytes, range in take(line: bytes, range, into: &sink) }
    end(into: &sink)
  }
}
