// SPDX-License-Identifier: Apache-2.0

/// Formats that can be read, told apart by what a file begins with, never by its name.
public enum InputFormat: Sendable {
  /// Compressed: to be inflated and looked at again.
  case gzip
  case folded
  case perfScript
  case pprof
  /// Speedscope's or flameback's own.
  case json
  /// A picture or page of flameback's.
  case markup
  /// The binary file of `perf record`.
  case perfData

  /// - Parameter beginning: A few hundred lines at least, where there are as many.
  /// - Returns: nil for an empty input and for what is nothing of all these.
  public static func of(_ beginning: [UInt8]) -> Self? {
    if beginning.starts(with: [0x1f, 0x8b]) { return .gzip }
    if beginning.starts(with: Array("PERFILE2".utf8))
      || beginning.starts(with: Array("2ELIFREP".utf8))
    {
      return .perfData
    }
    let text = beginning.drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf }
    guard let first = text.first else { return nil }
    if first == UInt8(ascii: "{") { return .json }
    if first == UInt8(ascii: "<"), isMarkup(text) { return .markup }
    // A pprof file begins with a message or a string table: bytes that no text has.
    if text.prefix(4096).contains(where: { $0 < 9 || ($0 > 13 && $0 < 0x1b) }) {
      return beginning[0] & 7 == 2 || beginning[0] & 7 == 0 ? .pprof : nil
    }
    return ofText(beginning)
  }

  private static func isMarkup(_ text: ArraySlice<UInt8>) -> Bool {
    ["<?xml", "<svg", "<!doctype", "<html"].contains { opening in
      text.prefix(opening.utf8.count).map { $0 | 0x20 }.elementsEqual(
        opening.utf8.map { $0 | 0x20 })
    }
  }

  /// The first line that is certain decides.
  private static func ofText(_ beginning: [UInt8]) -> Self? {
    var lines = LineReader()
    var found: Self?
    func look(_ bytes: [UInt8], _ range: Range<Int>) {
      guard found == nil, let first = bytes[range].first, first != UInt8(ascii: "#") else { return }
      if PerfScriptHeader(bytes, range) != nil {
        found = .perfScript
      } else if FoldedLine.count(bytes, range) != nil {
        found = .folded
      }
    }
    lines.read(beginning, look)
    lines.finish(look)
    return found
  }
}
