// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of a text format that is parsed line by line. A conforming type parses lines; an
/// extension of the protocol splits the input into them.
public protocol TextReader: ProfileReader {
  /// The state of splitting the input into lines. A conforming type stores it, with a new
  /// `LineReader` as initial value, and does not use it.
  var lines: LineReader { get set }

  /// Parses one line. It is called for each line in order, with empty lines.
  ///
  /// - Parameters:
  ///   - bytes: An array that contains the line.
  ///   - range: The line in `bytes`, without its newline.
  ///   - sink: The receiver of samples. It has got `begin` already.
  mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink)

  /// Sends what is left, such as a last sample that no empty line ended. It is called once, after
  /// the last line.
  mutating func end(into sink: inout some SampleSink)
}

extension TextReader {
  /// Whether the format is text with about one stack a line: true for all text readers.
  public static var isText: Bool { true }

  /// Splits the next bytes of the input into lines, and parses each by `take`.
  ///
  /// - Parameters:
  ///   - piece: Any number of bytes. A line may continue in the next piece.
  ///   - sink: The receiver of samples, the same one in all calls.
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

  /// Parses the last line, which may lack a newline, and calls `end`. To be called once, after the
  /// last piece.
  public mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    beginIfNew(&sink)
    var lines = self.lines
    self.lines = LineReader()
    lines.finish { bytes, range in take(line: bytes, range, into: &sink) }
    end(into: &sink)
  }
}
