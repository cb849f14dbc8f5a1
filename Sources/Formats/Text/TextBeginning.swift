// SPDX-License-Identifier: Apache-2.0

/// The lines at the beginning of a text, for readers that recognize their format by them.
enum TextBeginning {
  /// The verdict of the first line that has one; false if none has.
  ///
  /// Lines that are empty or begin with `#` are passed over.
  ///
  /// - Parameter verdict: nil for a line that says nothing.
  static func decides(_ bytes: [UInt8], _ verdict: ([UInt8], Range<Int>) -> Bool?) -> Bool {
    if hasBinaryBytes(bytes) { return false }
    var lines = LineReader()
    var found: Bool?
    func visit(_ bytes: [UInt8], _ range: Range<Int>) {
      guard found == nil, let first = bytes[range].first, first != UInt8(ascii: "#") else { return }
      found = verdict(bytes, range)
    }
    lines.read(bytes, visit)
    lines.finish(visit)
    return found ?? false
  }

  /// Whether there are bytes that no text has.
  static func hasBinaryBytes(_ bytes: [UInt8]) -> Bool {
    afterBlanks(bytes).prefix(4096).contains { $0 < 9 || ($0 > 13 && $0 < 0x1b) }
  }

  /// Without blanks and a byte order mark in front.
  static func afterBlanks(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes.drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf }
  }
}
