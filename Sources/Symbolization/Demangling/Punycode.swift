// SPDX-License-Identifier: Apache-2.0

/// Decodes Punycode, RFC 3492: Unicode text in the characters of identifiers. Rust uses `_` instead of the
/// last `-`.
enum Punycode {
  /// The most characters of a text: more than any identifier has.
  private static let longest = 256

  /// The text; nil where the digits are not valid.
  ///
  /// - Parameters:
  ///   - basic: the ASCII characters of the text.
  ///   - digits: which other characters to insert, and where.
  static func text(basic: some Collection<UInt8>, digits: some Collection<UInt8>) -> String? {
    guard !digits.isEmpty, basic.count < longest, basic.allSatisfy({ $0 < 0x80 }) else {
      return nil
    }
    var scalars = basic.map { Unicode.Scalar($0) }
    var rest = Array(digits)[...]
    var (code, index, bias): (UInt64, UInt64, UInt64) = (0x80, 0, 72)
    var isFirst = true
    while !rest.isEmpty {
      guard let delta = delta(&rest, bias), scalars.count < longest else { return nil }
      index &+= delta
      let count = UInt64(scalars.count) + 1
      bias = adapted(delta, count, isFirst)
      isFirst = false
      code &+= index / count
      index %= count
      guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value) else {
        return nil
      }
      scalars.insert(scalar, at: Int(index))
      index += 1
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  /// The next variable-length integer (section 3.3 of the RFC). How much a digit counts depends on `bias`.
  /// Nil where it is not complete or too large.
  private static func delta(_ rest: inout ArraySlice<UInt8>, _ bias: UInt64) -> UInt64? {
    var (delta, weight, position): (UInt64, UInt64, UInt64) = (0, 1, 36)
    while let byte = rest.popFirst() {
      let digit: UInt64
      switch byte {
      case "a"..."z": digit = UInt64(byte - "a")
      case "0"..."9": digit = UInt64(byte - "0") + 26
      default: return nil
      }
      delta += digit * weight
      let threshold = position <= bias ? 1 : min(position - bias, 26)
      if digit < threshold { return delta }
      weight *= 36 - threshold
      guard weight < 1 << 32, delta < 1 << 32 else { return nil }
      position += 36
    }
    return nil
  }

  /// The next bias (section 6.1 of the RFC).
  private static func adapted(_ delta: UInt64, _ count: UInt64, _ isFirst: Bool) -> UInt64 {
    var delta = delta / (isFirst ? 700 : 2)
    delta += delta / count
    var bias: UInt64 = 0
    while delta > 455 {
      delta /= 35
      bias += 36
    }
    return bias + 36 * delta / (delta + 38)
  }
}
