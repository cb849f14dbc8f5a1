// SPDX-License-Identifier: Apache-2.0

/// Demangles names of Rust's scheme before v0: `_ZN4core3fmt5write17h0123456789abcdefE`.
///
/// They look like C++, but the last component is a hash, and characters that C++ does not allow in a
/// name are escaped: `$LT$`, `..` or `$u7b$`. (rustc's `legacy` symbol mangling.)
enum RustLegacyName {
  /// The demangled name in UTF-8; nil where the name is not of this scheme.
  ///
  /// - Parameters:
  ///   - mangled: without a suffix after a dot.
  ///   - isVerbose: whether the hash is kept.
  static func text(of mangled: some Collection<UInt8>, isVerbose: Bool) -> [UInt8]? {
    guard mangled.starts(with: "_ZN".utf8), mangled.count > 24 else { return nil }
    var bytes = Array(mangled.dropFirst(3))
    guard bytes.popLast() == "E", bytes.suffix(19).starts(with: "17h".utf8) else { return nil }
    var parts: [ArraySlice<UInt8>] = []
    var position = 0
    while position < bytes.count {
      var length = 0
      let digits = position
      while position < bytes.count, bytes[position].isDigit, length <= bytes.count {
        length = length * 10 + Int(bytes[position] - "0")
        position += 1
      }
      guard position > digits, length > 0, length <= bytes.count - position else { return nil }
      parts.append(bytes[position..<position + length])
      position += length
    }
    guard let hash = parts.last, isHash(hash) else { return nil }
    if !isVerbose { parts.removeLast() }
    var text: [UInt8] = []
    for part in parts {
      if !text.isEmpty { text.append(contentsOf: "::".utf8) }
      append(part, to: &text)
    }
    return text
  }

  /// Whether a component is `h` and 16 hexadecimal digits. With fewer than 5 different digits it is
  /// more likely a C++ name.
  private static func isHash(_ part: ArraySlice<UInt8>) -> Bool {
    part.count == 17 && part.first == "h" && part.dropFirst().allSatisfy(\.isLowerHexadecimal)
      && Set(part.dropFirst()).count >= 5
  }

  /// Appends a component without its escapes.
  private static func append(_ part: ArraySlice<UInt8>, to text: inout [UInt8]) {
    var rest = part
    // A component that begins with an escape has an underscore in front.
    if rest.starts(with: "_$".utf8) { rest = rest.dropFirst() }
    while let first = rest.first {
      if first == "$" {
        guard let end = rest.dropFirst().firstIndex(of: "$"),
          let letter = letter(of: rest[(rest.startIndex + 1)..<end])
        else {
          // An unknown escape is kept.
          text.append(contentsOf: rest)
          return
        }
        text.append(letter)
        rest = rest[(end + 1)...]
      } else if rest.starts(with: "..".utf8) {
        text.append(contentsOf: "::".utf8)
        rest = rest.dropFirst(2)
      } else {
        text.append(first)
        rest = rest.dropFirst()
      }
    }
  }

  /// The character of an escape; nil for unknown ones.
  private static func letter(of escape: ArraySlice<UInt8>) -> UInt8? {
    switch String(decoding: escape, as: UTF8.self) {
    case "SP": return "@"
    case "BP": return "*"
    case "RF": return "&"
    case "LT": return "<"
    case "GT": return ">"
    case "LP": return "("
    case "RP": return ")"
    case "C": return ","
    case let code where code.utf8.count == 3 && code.first == "u":
      guard escape.dropFirst().allSatisfy(\.isLowerHexadecimal),
        let value = UInt8(code.dropFirst(), radix: 16), value >= 0x20, value < 0x80
      else { return nil }
      return value
    default: return nil
    }
  }
}
