// SPDX-License-Identifier: Apache-2.0

/// A reader of one input format: it recognizes the format by a file's first bytes and turns the
/// bytes, a piece at a time, into samples.
///
/// A reader holds as little as its format allows: text formats a line, so that gigabytes can be
/// read; formats whose parts refer to each other are `WholeProfileReader`s. Readers stand in lists
/// (`Formats.readers`), and the first one that recognizes an input reads it, so a strict one stands
/// before a lenient one.
///
/// Inputs are untrusted: broken bytes end in a `ReadingError` or are counted in `account`, never in
/// a trap. For each input, make a reader, call `read` with each piece, then `finish`.
package protocol ProfileReader: Sendable {
  /// The format's name in help texts and messages, such as `folded stacks`.
  static var name: String { get }

  /// Whether the format is text with about one stack on each line, so that the size of an input
  /// predicts how many samples it has. The default is false.
  static var isText: Bool { get }

  /// Whether inputs of the format are read; false for a format that is recognized only so that an
  /// error can say what to do instead. The default is true.
  static var isReadable: Bool { get }

  /// Returns whether an input with this beginning has the format. File names do not count.
  ///
  /// - Parameter beginning: The first 64 KB, or all of a smaller input; never empty.
  static func recognizes(_ beginning: [UInt8]) -> Bool

  /// Creates a reader for one input, of which nothing was read yet.
  init()

  /// Reads the next bytes of the input and sends the samples that are complete to a sink.
  ///
  /// - Parameters:
  ///   - piece: The bytes that follow those of the previous call. Pieces may end anywhere.
  ///   - sink: The sink, the same one for all pieces. It gets `begin` before the first sample.
  /// - Throws: ``ReadingError`` if the input cannot be read as a whole.
  mutating func read(_ piece: [UInt8], into sink: inout some SampleSink) throws(ReadingError)

  /// Ends the input: reads the bytes that are left over from earlier pieces and sends their samples
  /// to the sink. Call it once, after the last piece.
  ///
  /// - Throws: ``ReadingError`` if the input is cut, or cannot be read as a whole.
  mutating func finish(into sink: inout some SampleSink) throws(ReadingError)

  /// What the input states besides samples; complete after `finish`.
  var facts: InputFacts { get }

  /// The numbers of lines or records that were understood so far, and of those that were not.
  var account: ReadingAccount { get }
}

extension ProfileReader {
  package static var isText: Bool { false }
  package static var isReadable: Bool { true }
}

/// A reader of a format that can only be read when all bytes of the input are in memory.
package protocol WholeProfileReader: ProfileReader {
  /// The bytes of the input so far; empty at first and after `finish`.
  var held: [UInt8] { get set }

  /// Reads the whole input and sends its samples to a sink; `finish` calls it once.
  ///
  /// - Throws: ``ReadingError`` if the input cannot be read.
  mutating func read(whole bytes: [UInt8], into sink: inout some SampleSink) throws(ReadingError)
}

extension WholeProfileReader {
  /// Appends the piece to `held`. Nothing is sent to the sink before `finish`, and nothing is
  /// thrown.
  package mutating func read(
    _ piece: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    held += piece
  }

  /// Reads all held bytes by ``read(whole:into:)`` and drops them.
  ///
  /// - Throws: ``ReadingError`` if the input cannot be read.
  package mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    let bytes = held
    held = []
    try read(whole: bytes, into: &sink)
  }
}
