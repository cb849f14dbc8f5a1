// SPDX-License-Identifier: Apache-2.0

/// A function that makes untrusted text safe to show: names of threads, paths, symbols.
///
/// Such text may hold bytes that steer a terminal, turn the direction of reading round, break
/// lines, or are not allowed in XML at all. They are shown as escapes that can be seen, like `\x1b`
/// and `\u202e`. The backslash itself stays as it is: the result is for reading, not for decoding.
///
/// Escaped are the control characters C0, DEL and C1, the marks and controls of bidirectional text
/// (U+061C, U+200E/F, U+202A-202E, U+2066-2069), the line separators U+2028/9, and the
/// non-characters U+FFFE/F. Escaping a text a second time changes nothing.
package enum VisibleText {
  /// Returns the text with all characters that could steer a terminal or mislead a reader escaped.
  package static func of(_ text: String) -> String {
    guard text.utf8.contains(where: mayBeginHidden) else { return text }
    var visible = ""
    visible.reserveCapacity(text.utf8.count + 16)
    for scalar in text.unicodeScalars {
      if isHidden(scalar) {
        visible += escape(scalar)
      } else {
        visible.unicodeScalars.append(scalar)
      }
    }
    return visible
  }

  /// Bytes with which the UTF-8 form of everything hidden begins, and of some harmless text. It
  /// lets nearly all names pass without decoding them.
  private static func mayBeginHidden(_ byte: UInt8) -> Bool {
    switch byte {
    case 0..<0x20, 0x7f, 0xc2, 0xd8, 0xe2, 0xef: true
    default: false
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true
    case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    case 0xfffe, 0xffff: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let isShort = scalar.value < 0x100
    let padding = String(repeating: "0", count: (isShort ? 2 : 4) - digits.count)
    return (isShort ? "\\x" : "\\u") + padding + digits
  }
}
