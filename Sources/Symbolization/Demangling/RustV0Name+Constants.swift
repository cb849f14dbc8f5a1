// SPDX-License-Identifier: Apache-2.0

/// Constants in generic arguments.
extension RustV0Name {
  /// A constant with its type.
  ///
  /// - Parameter inValue: inside another constant, where braces are not needed.
  mutating func constant(inValue: Bool) {
    guard enter() else { return }
    defer { depth -= 1 }
    let tag = next()
    switch tag {
    case "B": return backReference { $0.constant(inValue: inValue) }
    case "p": return print("_")
    case "h", "t", "m", "y", "o", "j": integer()
    case "a", "s", "l", "x", "n", "i":
      if eat("n") { print("-") }
      integer()
    case "b":
      switch hexadecimal() {
      case "0": print("false")
      case "1": print("true")
      default: hasFailed = true
      }
    case "c": character()
    // A reference to a `str` is printed as a literal.
    case "R" where eat("e"): return text()
    // Newer than RFC 2603; in braces, to separate it from other arguments.
    default: return inBraces(unless: inValue) { $0.structure(tag) }
    }
    if isVerbose, let type = Self.basicType(tag) { print(": \(type)") }
  }

  private mutating func inBraces(unless inValue: Bool, _ body: (inout Self) -> Void) {
    if !inValue { print("{") }
    body(&self)
    if !inValue { print("}") }
  }

  /// A constant that is not a number, a character or a boolean: a text, reference, array, tuple or value of
  /// a type with fields.
  private mutating func structure(_ tag: UInt8) {
    switch tag {
    case "e":
      print("*")
      text()
    case "R", "Q":
      print(tag == "R" ? "&" : "&mut ")
      constant(inValue: true)
    case "A":
      print("[")
      list(", ") { $0.constant(inValue: true) }
      print("]")
    case "T":
      print("(")
      if list(", ", { $0.constant(inValue: true) }) == 1 { print(",") }
      print(")")
    case "V":
      path(inValue: true)
      switch next() {
      case "U": break
      case "T":
        print("(")
        list(", ") { $0.constant(inValue: true) }
        print(")")
      case "S":
        print(" { ")
        list(", ") { name in
          _ = name.disambiguator()
          name.identifier()
          name.print(": ")
          name.constant(inValue: true)
        }
        print(" }")
      default: hasFailed = true
      }
    default: hasFailed = true
    }
  }

  /// An unsigned integer: in decimal, or in hexadecimal where it has more than 64 bits.
  private mutating func integer() {
    guard let digits = hexadecimal() else { return }
    if digits.count > 16 {
      print("0x\(digits)")
    } else if let number = UInt64(digits, radix: 16) {
      print("\(number)")
    } else {
      hasFailed = true
    }
  }

  /// A `char`: the hexadecimal digits of its scalar value.
  private mutating func character() {
    guard let digits = hexadecimal(), let value = UInt32(digits, radix: 16) else {
      hasFailed = true
      return
    }
    switch value {
    case 9: print("'\\t'")
    case 10: print("'\\n'")
    case 13: print("'\\r'")
    case 0x21..<0x7e: print("'\(Unicode.Scalar(UInt8(value)))'")
    default: print("'\\u{\(String(value, radix: 16))}'")
    }
  }

  /// A `str`: the hexadecimal digits of its bytes.
  private mutating func text() {
    guard let digits = hexadecimal(), digits.utf8.count % 2 == 0 else {
      hasFailed = true
      return
    }
    var text: [UInt8] = []
    var rest = digits[...]
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      text.append(byte)
      rest = rest.dropFirst(2)
    }
    print("\"")
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": print("\\\(scalar)")
      case "\n": print("\\n")
      case "\t": print("\\t")
      case "\r": print("\\r")
      default: print(String(scalar))
      }
    }
    print("\"")
  }

  /// Hexadecimal digits up to a `_`, which is consumed; nil and failure where it is missing.
  mutating func hexadecimal() -> String? {
    let start = position
    while position < bytes.count, bytes[position] != "_" {
      guard bytes[position].isLowerHexadecimal else { break }
      position += 1
    }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard eat("_") else {
      hasFailed = true
      return nil
    }
    return digits
  }
}
