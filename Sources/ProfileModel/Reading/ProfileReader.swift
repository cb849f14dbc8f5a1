// SPDX-License-Identifier: Apache-2.0

/// The reader of one input format: it recognizes the format by a file's first bytes and turns the
/// bytes, a piece at a time, into samples.
///
/// A reader holds as little as its format allows: text formats a line, so that gigabytes can be read;
/// formats whose parts refer to each other are `WholeProfileReader`s. Readers stand in lists
/// (`Formats.readers`), and the first one that recognizes an input reads it, so a strict one stands
/// before a lenient one.
///
/// Inputs are untrusted: broken bytes end in a `ReadingError` or are counted in `account`, never in a
/// trap.
public protocol ProfileReader: Sendable {
  /// The format's name in help texts and messages, such as `folded stacks`.
  static var name: String { get }

  /// Whether the format is text with about one stack a line, of which the size of the input says how
  /// many nodes a tree will have.
  static var isText: Bool { get }

  /// Whether inputs of the format are read; false for a format that is recognized only to be refused
  /// with advice.
  static var isReadable: Bool { get }

  /// Whether an input that begins like this has the format. File names do not count.
  ///
  /// - Parameter beginning: The first 64 KB, or all of a smaller input; never empty.
  static func recognizes(_ beginning: [UInt8]) -> Bool

  /// A reader before the first byte of an input.
  init()

  /// Reads the next bytes of the input.
  ///
  /// - Parameter sink: The same one for all pieces. It gets `begin` before the first sample.
  mutating func read(_ piece: [UInt8], into sink: inout some SampleSink) throws(ReadingError)

  /// Reads what is left: there are no more pieces.
  mutating func finish(into sink: inout some SampleSink) throws(ReadingError)

  /// What the input says besides samples; complete after `finish`.
  var facts: InputFacts { get }

  /// How many lines or records were understood so far, and how many were not.
  var account: ReadingAccount { get }
}

extension ProfileReader {
  public static var isText: Bool { false }
  public static var isReadable: Bool { true }
}

/// A reader of a format that can only be read when all of it is there.
public protocol WholeProfileReader: ProfileReader {
  /// The bytes so far.
  var held: [UInt8] { get set }

  /// Reads the whole input.
  mutating func read(whole bytes: [UInt8], into sink: inout some SampleSink) throws(ReadingError)
}

extension WholeProfileReader {
  /// Holds the bytes until the input ends.
  public mutating func read(
    _ piece: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    held += piece
  }

  /// Reads the held bytes.
  public mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    let bytes = held
    held = []
    try read(whole: bytes, into: &sink)
  }
}
