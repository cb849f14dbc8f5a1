// SPDX-License-Identifier: Apache-2.0

/// Functions that convert bytes to pairs of hexadecimal digits, the higher half first, and back.
public enum Hexadecimal {
  /// Returns the bytes as lower-case hexadecimal digits, two for each byte, without separators.
  public static func text(of bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Converts ASCII hexadecimal digits of either case to the bytes that they stand for.
  ///
  /// - Returns: nil if a character is no hexadecimal digit, or if the number of digits is odd.
  public static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
      guard let value = character.hexadecimalValue else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil ? bytes : nil
  }

  /// Returns the lower-case hexadecimal digit of a value, as an ASCII byte; the value must be 0 to
  /// 15.
  @inlinable
  public static func digit(_ value: UInt8) -> UInt8 {
    (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) + (value & 15)
  }
}

extension UInt8 {
  /// The value, 0 to 15, of this byte as an ASCII hexadecimal digit of either case; nil if the byte
  /// is no such digit.
  @inlinable
  public var hexadecimalValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
