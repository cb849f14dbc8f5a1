// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// A JSON text (RFC 8259), read as a whole: by a reader of the tests, which is not the one that they test.
///
/// Strict, and bounded in depth, since untrusted text must not overflow the stack.
indirect enum JSONValue: Sendable {
  case object([String: JSONValue])
  case array([JSONValue])
  case text(String)
  case number(Double)
  /// A number without fraction or exponent that fits.
  case integer(Int64)
  case bool(Bool)
  case null

  init(_ bytes: [UInt8]) throws(ReadingError) {
    var parser = JSONParser(bytes)
    self = try parser.whole()
  }

  subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  var array: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  var text: String? {
    if case .text(let text) = self { return text }
    return nil
  }

  var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// A whole number that is not negative.
  var count: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .number(let value): value >= 0 && value < 0x1p63 ? UInt64(value.rounded()) : nil
    default: nil
    }
  }

  /// An index in something with `count` elements.
  func index(below count: Int) throws(ReadingError) -> Int {
    guard case .integer(let value) = self, value >= 0, value < Int64(count) else {
      throw .danglingReference
    }
    return Int(value)
  }
}

private struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private static let deepest = 128

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func whole() throws(ReadingError) -> JSONValue {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    let value = try value()
    skipBlanks()
    guard position == bytes.count else { throw broken }
    return value
  }

  private var broken: ReadingError { .broken(at: position) }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(ReadingError) -> JSONValue {
    skipBlanks()
    guard position < bytes.count else { throw broken }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(ReadingError) -> JSONValue {
    let expected = word.withUTF8Buffer { Array($0) }
    guard bytes[position...].starts(with: expected) else { throw broken }
    position += expected.count
    return value
  }

  /// Goes past `byte`, if it is next.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func object() throws(ReadingError) -> JSONValue {
    try enter()
    var members: [String: JSONValue] = [:]
    if !take(UInt8(ascii: "}")) {
      repeat {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw broken }
        let key = try text()
        guard take(UInt8(ascii: ":")) else { throw broken }
        members[key] = try value()
      } while take(UInt8(ascii: ","))
      guard take(UInt8(ascii: "}")) else { throw broken }
    }
    depth -= 1
    return .object(members)
  }

  private mutating func array() throws(ReadingError) -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    if !take(UInt8(ascii: "]")) {
      repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
      guard take(UInt8(ascii: "]")) else { throw broken }
    }
    depth -= 1
    return .array(elements)
  }

  private mutating func enter() throws(ReadingError) {
    position += 1
    depth += 1
    guard depth <= Self.deepest else { throw broken }
  }

  private mutating func number() throws(ReadingError) -> JSONValue {
    let start = position
    var isInteger = true
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
      default:
        return try number(bytes[start..<position], isInteger)
      }
      position += 1
    }
    return try number(bytes[start..<position], isInteger)
  }

  private func number(
    _ digits: ArraySlice<UInt8>, _ isInteger: Bool
  ) throws(ReadingError) -> JSONValue {
    let text = String(decoding: digits, as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw broken }
    return .number(value)
  }

  private mutating func text() throws(ReadingError) -> String {
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&content)
      case 0..<0x20: throw broken
      default: content.append(byte)
      }
    }
    throw broken
  }

  private mutating func escape(_ content: inout [UInt8]) throws(ReadingError) {
    guard position < bytes.count else { throw broken }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(8)
    case UInt8(ascii: "f"): content.append(12)
    case UInt8(ascii: "n"): content.append(10)
    case UInt8(ascii: "r"): content.append(13)
    case UInt8(ascii: "t"): content.append(9)
    case UInt8(ascii: "u"): content.append(contentsOf: String(try scalar()).utf8)
    default: throw broken
    }
  }

  /// `\uXXXX`, two of them for what lies beyond; half of such a pair becomes U+FFFD.
  private mutating func scalar() throws(ReadingError) -> Character {
    let first = try unit()
    if (0xd800..<0xdc00).contains(first), position + 6 <= bytes.count,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    {
      let before = position
      position += 2
      let second = try unit()
      if (0xdc00..<0xe000).contains(second) {
        let value = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        return Character(Unicode.Scalar(value) ?? "\u{fffd}")
      }
      position = before
    }
    return Character(Unicode.Scalar(first) ?? "\u{fffd}")
  }

  private mutating func unit() throws(ReadingError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw broken }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = byte.hexadecimalValue else { throw broken }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }
}
