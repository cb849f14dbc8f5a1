// SPDX-License-Identifier: Apache-2.0

/// Lets a byte be written as an ASCII character, so that bytes can be compared with letters: `byte
/// == "_"`.
extension UInt8: @retroactive ExpressibleByUnicodeScalarLiteral {
  /// Creates a byte from the literal of an ASCII character, such as `"_"`.
  ///
  /// - Parameter value: The character; one that is not ASCII traps.
  public init(unicodeScalarLiteral value: Unicode.Scalar) {
    self.init(ascii: value)
  }
}

extension UInt8 {
  var isDigit: Bool { self >= "0" && self <= "9" }
  var isLowercase: Bool { self >= "a" && self <= "z" }
  var isUppercase: Bool { self >= "A" && self <= "Z" }
  var isLowerHexadecimal: Bool { isDigit || self >= "a" && self <= "f" }
  /// A letter, digit or `_` of a C identifier, or part of a character that is not ASCII.
  var isIdentifier: Bool {
    isDigit || isLowercase || isUppercase || self == "_" || self >= 0x80
  }
}

extension Collection where Element == UInt8 {
  /// Whether the last bytes are the UTF-8 of a text.
  func hasSuffix(_ suffix: String) -> Bool {
    suffix.utf8.count <= count && self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }
}
