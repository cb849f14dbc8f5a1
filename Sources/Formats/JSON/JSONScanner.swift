// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// A position in a JSON text (RFC 8259), from which values are checked or skipped.
struct JSONScanner {
  let bytes: [UInt8]
  var position: Int

  /// The most values within each other: untrusted text must not overflow the stack.
  private static let deepest = 128

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// Checks a whole text, strictly, so that no later step has to.
  ///
  /// - Returns: Where its value begins.
  mutating func checkWhole() throws(ReadingError) -> Int {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    skipBlanks()
    let start = position
    try checkValue(depth: 1)
    skipBlanks()
    guard position == bytes.count else { throw broken }
    return start
  }

  mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  /// Goes past `byte`, if it is next.
  mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  // MARK: Checks

  private var broken: ReadingError { .broken(at: position) }

  private mutating func checkValue(depth: Int) throws(ReadingError) {
    skipBlanks()
    guard position < bytes.count else { throw broken }
    switch bytes[position] {
    case UInt8(ascii: "{"):
      try checkList(until: UInt8(ascii: "}"), depth) { scanner, depth throws(ReadingError) in
        scanner.skipBlanks()
        guard scanner.position < scanner.bytes.count,
          scanner.bytes[scanner.position] == UInt8(ascii: "\"")
        else { throw scanner.broken }
        try scanner.checkText()
        guard scanner.take(UInt8(ascii: ":")) else { throw scanner.broken }
        try scanner.checkValue(depth: depth)
      }
    case UInt8(ascii: "["):
      try checkList(until: UInt8(ascii: "]"), depth) { scanner, depth throws(ReadingError) in
        try scanner.checkValue(depth: depth)
      }
    case UInt8(ascii: "\""): try checkText()
    case UInt8(ascii: "t"): try check(word: "true")
    case UInt8(ascii: "f"): try check(word: "false")
    case UInt8(ascii: "n"): try check(word: "null")
    default: try checkNumber()
    }
  }

  private mutating func checkList(
    until close: UInt8, _ depth: Int,
    _ element: (inout JSONScanner, _ depth: Int) throws(ReadingError) -> Void
  ) throws(ReadingError) {
    position += 1
    guard depth <= Self.deepest else { throw broken }
    if take(close) { return }
    repeat { try element(&self, depth + 1) } while take(UInt8(ascii: ","))
    guard take(close) else { throw broken }
  }

  private mutating func check(word: StaticString) throws(ReadingError) {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw broken }
    position += word.utf8CodeUnitCount
  }

  private mutating func checkNumber() throws(ReadingError) {
    let start = position
    skipScalar()
    let digits = bytes[start..<position]
    // Most numbers are short, and of digits alone.
    if (1...18).contains(digits.count), digits.allSatisfy({ $0 &- 48 < 10 }) { return }
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.allSatisfy(Self.isOfNumber), Int64(text) != nil || Double(text)?.isFinite == true
    else { throw broken }
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || "+-.eE".utf8.contains(byte)
  }

  private mutating func checkText() throws(ReadingError) {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"): try checkEscape()
      case 0..<0x20: throw broken
      default: break
      }
    }
    throw broken
  }

  private mutating func checkEscape() throws(ReadingError) {
    guard position < bytes.count else { throw broken }
    let byte = bytes[position]
    position += 1
    guard byte == UInt8(ascii: "u") else {
      guard "\"\\/bfnrt".utf8.contains(byte) else { throw broken }
      return
    }
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ $0.hexadecimalValue != nil })
    else { throw broken }
    position += 4
  }

  // MARK: Skipping

  /// Goes past the value that begins here, in a text that was checked.
  mutating func skipValue() {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
      case UInt8(ascii: "\""): skipText()
      default: if depth > 0 { position += 1 } else { skipScalar() }
      }
      if depth <= 0 { return }
    }
  }

  /// Goes past the text that begins here, in one that was checked.
  mutating func skipText() {
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    position = min(position + 1, bytes.count)
  }

  /// Goes past a number or a word.
  private mutating func skipScalar() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x09, 0x0a, 0x0d: return
      default: position += 1
      }
    }
  }
}
