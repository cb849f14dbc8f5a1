// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// A value in a JSON text (RFC 8259), which was checked as a whole.
///
/// It is a position in the text: values that were held one by one would take twenty to sixty times the
/// memory of an untrusted text of many small ones. So a list or an object is searched anew by each access.
struct JSONPart: Sendable {
  private let bytes: [UInt8]
  private let start: Int

  /// Checks a text.
  init(_ bytes: [UInt8]) throws(ReadingError) {
    var scanner = JSONScanner(bytes)
    start = try scanner.checkWhole()
    self.bytes = bytes
  }

  fileprivate init(checked bytes: [UInt8], at start: Int) {
    self.bytes = bytes
    self.start = start
  }

  private var first: UInt8 { bytes[start] }

  /// The value of a key of an object, the last one if there are several.
  subscript(_ key: String) -> JSONPart? { members([key])[key] }

  /// The values of some keys of an object, found in one pass.
  func members(_ keys: [String]) -> [String: JSONPart] {
    guard first == UInt8(ascii: "{") else { return [:] }
    var found: [String: JSONPart] = [:]
    var scanner = JSONScanner(bytes, at: start + 1)
    if scanner.take(UInt8(ascii: "}")) { return [:] }
    repeat {
      scanner.skipBlanks()
      let name = JSONPart(checked: bytes, at: scanner.position)
      scanner.skipText()
      _ = scanner.take(UInt8(ascii: ":"))
      scanner.skipBlanks()
      if let key = keys.first(where: { name.isText($0, endingAt: scanner.position) }) {
        found[key] = JSONPart(checked: bytes, at: scanner.position)
      }
      scanner.skipValue()
    } while scanner.take(UInt8(ascii: ","))
    return found
  }

  /// The elements of a list; nil for another value.
  var array: JSONElements? {
    first == UInt8(ascii: "[") ? JSONElements(bytes, from: start + 1) : nil
  }

  /// The elements of a list; none of another value.
  var elements: JSONElements { array ?? .empty }

  var text: String? {
    guard first == UInt8(ascii: "\"") else { return nil }
    var scanner = JSONScanner(bytes, at: start)
    scanner.skipText()
    let content = bytes[(start + 1)..<(scanner.position - 1)]
    return content.contains(UInt8(ascii: "\\"))
      ? JSONEscapes.text(content) : String(decoding: content, as: UTF8.self)
  }

  /// Whether it is this text, whose encoding ends in front of `end` at the latest.
  private func isText(_ text: String, endingAt end: Int) -> Bool {
    let content = bytes[(start + 1)..<end]
    if content.starts(with: text.utf8),
      content[(content.startIndex + text.utf8.count)...].first == UInt8(ascii: "\"")
    {
      return true
    }
    // A key may be written with escapes.
    return content.prefix { $0 != UInt8(ascii: "\"") }.contains(UInt8(ascii: "\\"))
      && self.text == text
  }

  /// The digits of a number.
  private var number: Substring? {
    guard
      first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first &- 48 < 10
        || first == UInt8(ascii: ".")
    else { return nil }
    var scanner = JSONScanner(bytes, at: start)
    scanner.skipValue()
    return Substring(decoding: bytes[start..<scanner.position], as: UTF8.self)
  }

  /// A number without fraction or exponent that fits.
  var integer: Int64? {
    guard let number, !number.utf8.contains(where: { "+.eE".utf8.contains($0) }) else { return nil }
    return Int64(number)
  }

  var double: Double? { integer.map(Double.init) ?? number.flatMap { Double($0) } }

  /// A whole number that is not negative.
  var count: UInt64? {
    if let integer { return UInt64(exactly: integer) }
    return number.flatMap { Double($0) }.flatMap {
      $0 >= 0 && $0 < 0x1p63 ? UInt64($0.rounded()) : nil
    }
  }

  /// An index in something with `count` elements.
  func index(below count: Int) throws(ReadingError) -> Int {
    guard let value = integer, value >= 0, value < Int64(count) else { throw .danglingReference }
    return Int(value)
  }
}

/// The elements of a list, found one after the other.
struct JSONElements: Sequence, IteratorProtocol, Sendable {
  private var scanner: JSONScanner
  private var isAtFirst = true

  /// - Parameter position: Behind the bracket that opens the list.
  fileprivate init(_ bytes: [UInt8], from position: Int) {
    scanner = JSONScanner(bytes, at: position)
  }

  /// No elements.
  static var empty: JSONElements { JSONElements([], from: 0) }

  mutating func next() -> JSONPart? {
    if isAtFirst {
      isAtFirst = false
      scanner.skipBlanks()
      guard scanner.position < scanner.bytes.count,
        scanner.bytes[scanner.position] != UInt8(ascii: "]")
      else { return end() }
    } else {
      scanner.skipValue()
      guard scanner.take(UInt8(ascii: ",")) else { return end() }
      scanner.skipBlanks()
    }
    return JSONPart(checked: scanner.bytes, at: scanner.position)
  }

  private mutating func end() -> JSONPart? {
    // Further calls find nothing either.
    scanner.position = scanner.bytes.count
    return nil
  }

  var isEmpty: Bool {
    var copy = self
    return copy.next() == nil
  }

  /// The number of elements; counting takes a pass over them.
  var count: Int { reduce(0) { count, _ in count + 1 } }
}

/// The escapes of a text that was checked.
private enum JSONEscapes {
  static func text(_ content: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = content
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "b"): bytes.append(8)
      case UInt8(ascii: "f"): bytes.append(12)
      case UInt8(ascii: "n"): bytes.append(10)
      case UInt8(ascii: "r"): bytes.append(13)
      case UInt8(ascii: "t"): bytes.append(9)
      case UInt8(ascii: "u"): bytes.append(contentsOf: String(scalar(&rest)).utf8)
      default: bytes.append(escape)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `\uXXXX`, two of them for what lies beyond; half of such a pair becomes U+FFFD.
  private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Character {
    let first = unit(&rest)
    if (0xd800..<0xdc00).contains(first), rest.starts(with: "\\u".utf8) {
      var behind = rest.dropFirst(2)
      let second = unit(&behind)
      if (0xdc00..<0xe000).contains(second) {
        rest = behind
        let value = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        return Character(Unicode.Scalar(value) ?? "\u{fffd}")
      }
    }
    return Character(Unicode.Scalar(first) ?? "\u{fffd}")
  }

  private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt32 {
    let digits = rest.prefix(4)
    rest = rest.dropFirst(4)
    return digits.reduce(0) { $0 << 4 | UInt32($1.hexadecimalValue ?? 0) }
  }
}
