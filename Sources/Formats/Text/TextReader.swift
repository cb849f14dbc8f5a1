// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of a text format: it gets the text line by line.
public protocol TextReader: ProfileReader {
  /// Cuts the text into lines.
  var lines: LineReader { get set }

  /// Takes a line without its end, which is a range of `bytes`.
  mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink)

  /// Called after the last line.
  mutating func end(into sink: inout some SampleSink)
}

extension TextReader {
  /// Text, about one stack a line.
  public static var isText: Bool { true }

  /// - Parameters:
  ///   - piece: The next bytes of the input, as many as there are.
  ///   - sink: The same one for all pieces.
  public mutating func read(_ piece: [UInt8], into sink: inout some SampleSink) throws(ReadingError)
  {
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
  public mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    beginIfNew(&sink)
    var lines = self.lines
    self.lines = LineReader()
    lines.finish { bytes, range in take(line: bytes, range, into: &sink) }
    end(into: &sink)
  }
}
