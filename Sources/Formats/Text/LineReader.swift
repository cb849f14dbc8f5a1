// SPDX-License-Identifier: Apache-2.0

/// A splitter of text into lines that takes the text in pieces, so that an input of gigabytes is
/// never held whole.
package struct LineReader: Sendable {
  private var rest: [UInt8] = []
  /// Whether nothing was read so far.
  var isNew = true

  /// Creates a splitter that has taken no piece of a text yet.
  package init() {}

  /// What is longer is no line of a profile: its beginning is given as one, and then the rest.
  static let longestLine = 64 << 20

  /// Calls `line` with each whole line of what came so far, without its end.
  mutating func read(_ piece: [UInt8], _ line: ([UInt8], Range<Int>) -> Void) {
    var start = 0
    while let end = FastBytes.firstIndex(
      of: UInt8(ascii: "\n"), in: piece, start..<piece.count)
    {
      if rest.isEmpty {
        Self.give(piece, start..<end, line)
      } else {
        rest += piece[start..<end]
        finish(line)
      }
      start = end + 1
    }
    // Nothing of a long line is read twice, in however many pieces it comes.
    rest += piece[start...]
    if rest.count > Self.longestLine { finish(line) }
  }

  /// The last line may have no end.
  mutating func finish(_ line: ([UInt8], Range<Int>) -> Void) {
    let bytes = rest
    rest = []
    if !bytes.isEmpty { Self.give(bytes, 0..<bytes.count, line) }
  }

  private static func give(
    _ bytes: [UInt8], _ range: Range<Int>, _ line: ([UInt8], Range<Int>) -> Void
  ) {
    let hasReturn = !range.isEmpty && bytes[range.upperBound - 1] == UInt8(ascii: "\r")
    line(bytes, range.lowerBound..<range.upperBound - (hasReturn ? 1 : 0))
  }
}
