// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of a text format that is parsed line by line. A conforming type parses lines; an
/// extension of the protocol splits the input into them.
package protocol TextReader: ProfileReader {
  /// The state of splitting the input into lines. A conforming type only stores it, with
  /// `LineReader()` as initial value; the extension of the protocol uses it.
  var lines: LineReader { get set }

  /// Parses one line and sends the samples that it completes to a sink. The extension of the
  /// protocol calls this for every line in order, including empty ones.
  ///
  /// - Parameters:
  ///   - bytes: An array that contains the line.
  ///   - range: The line in `bytes`, without its newline.
  ///   - sink: The receiver of samples, whose `begin` has been called.
  mutating func take(
    line bytes: [UInt8], _ range: Range<Int>, into sink: inout some SampleSink)

  /// Sends samples that are still incomplete to a sink, such as a last one that no empty line
  /// ended. The extension of the protocol calls this once, after the last line.
  mutating func end(into sink: inout some SampleSink)
}

extension TextReader {
  /// Whether the format is text with about one stack on each line, so that memory can be reserved
  /// by the size of an input. True by default for all text readers.
  package static var isText: Bool { true }

  /// Splits the next bytes of the input into lines and parses each by `take(line:_:into:)`. Never
  /// throws: lines that cannot be understood are counted.
  ///
  /// - Parameters:
  ///   - piece: Any number of bytes. A line may continue in the next piece.
  ///   - sink: The receiver of samples, the same one in all calls.
  package mutating func read(_ piece: [UInt8], into sink: inout some SampleSink)
    throws(ReadingError)
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

  /// Parses the last line, which may lack a newline, and calls `end(into:)`. Call it once, after
  /// the last piece of the input. Never throws.
  ///
  /// - Parameter sink: The receiver of samples, the same one as in the calls of `read`.
  package mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    beginIfNew(&sink)
    var lines = self.lines
    self.lines = LineReader()
    lines.finish { bytes, range in take(line: bytes, range, into: &sink) }
    end(into: &sink)
  }
}
