// SPDX-License-Identifier: Apache-2.0

/// A growing buffer of output bytes, which all writers use: it encodes text as UTF-8 and numbers as
/// decimal digits.
///
/// Pieces of literal text, untrusted text and numbers are appended one by one; building `String`s
/// by interpolation costs about three times as much.
package struct ByteWriter: Sendable {
  /// The bytes that were appended and not taken since.
  package private(set) var bytes: [UInt8] = []

  /// Creates an empty buffer with memory reserved for `capacity` bytes.
  package init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// The number of bytes in the buffer.
  package var count: Int { bytes.count }

  /// Empties the buffer and returns the bytes that it had.
  package mutating func takeBytes() -> [UInt8] {
    let taken = bytes
    bytes = []
    return taken
  }

  /// Appends the UTF-8 bytes of a string literal.
  package mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends one byte.
  package mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  /// Appends the bytes of an array, as they are.
  package mutating func append(bytes more: [UInt8]) {
    bytes.append(contentsOf: more)
  }

  /// Appends the bytes of a slice, as they are.
  package mutating func append(bytes more: ArraySlice<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// Appends a text as UTF-8. Nothing is escaped: untrusted text needs the escapes of the format
  /// first.
  package mutating func append(text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends a number in decimal digits.
  package mutating func append(decimal number: UInt64) {
    appendDigits(of: number, groupsOfThree: false)
  }

  /// Appends a number in decimal digits, with a minus sign if it is negative.
  package mutating func append(decimal number: Int) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(of: UInt64(number.magnitude), groupsOfThree: false)
  }

  /// Appends a number in decimal digits, a comma between groups of three: `1,234,567`.
  package mutating func append(grouped number: UInt64) {
    appendDigits(of: number, groupsOfThree: true)
  }

  /// Appends a number in fixed point, rounded to nearest: `append(2.5, places: 2)` writes `2.50`.
  ///
  /// - Parameters:
  ///   - value: The number. One that is not finite is written as 0; one that does not fit in 63
  ///     bits after scaling by ten to the power of `places` is held at that bound.
  ///   - places: The number of digits after the point, 0 to 9; others are limited to that.
  ///   - trimmed: Whether zeros at the end are left out, and the point if nothing follows it.
  package mutating func append(_ value: Double, places: Int, trimmed: Bool = false) {
    var scale: UInt64 = 1
    for _ in 0..<min(max(places, 0), 9) { scale *= 10 }
    let scaled = value.isFinite ? (value.magnitude * Double(scale)).rounded() : 0
    let units = scaled < 0x1p63 ? UInt64(scaled) : UInt64(Int64.max)
    if value < 0 && units > 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(of: units / scale, groupsOfThree: false)

    var fraction = units % scale
    if scale == 1 || (trimmed && fraction == 0) { return }
    bytes.append(UInt8(ascii: "."))
    while scale > 1 && !(trimmed && fraction == 0) {
      scale /= 10
      bytes.append(UInt8(ascii: "0") + UInt8(fraction / scale))
      fraction %= scale
    }
  }

  /// Returns a number in fixed point, as `append` writes it with the same arguments.
  package static func text(_ value: Double, places: Int) -> String {
    var writer = ByteWriter()
    writer.append(value, places: places)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Digits come out of a number backwards, so they are turned round in place.
  private mutating func appendDigits(of number: UInt64, groupsOfThree: Bool) {
    let start = bytes.count
    var rest = number
    var written = 0
    repeat {
      if groupsOfThree && written > 0 && written % 3 == 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
      written += 1
    } while rest > 0
    bytes[start...].reverse()
  }
}
