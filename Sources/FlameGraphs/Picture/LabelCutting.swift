// SPDX-License-Identifier: Apache-2.0

/// Cuts names to the available width, before they are escaped, and never inside a user-perceived
/// character.
enum LabelCutting {
  /// The least width of a label: shorter ones say nothing.
  static let leastColumns = 3

  /// The name, or its beginning and `…`.
  ///
  /// - Parameter columns: The width in characters of a fixed-width font, of which East Asian ones
  ///   and emoji take two.
  /// - Returns: nil for less than three columns.
  static func cut(_ name: String, toColumns columns: Int) -> String? {
    guard columns >= leastColumns else { return nil }
    // A character has at least as many bytes as columns.
    if name.utf8.count <= columns { return name }
    var used = 0
    var end = name.startIndex
    for index in name.indices {
      used += Self.columns(of: name[index])
      if used > columns { return name[..<end] + "…" }
      if used < columns { end = name.index(after: index) }
    }
    return name
  }

  /// The name, or as much of its beginning as fits into `bytes` of UTF-8, and `…`. It bounds the
  /// size of files and tooltips.
  static func cut(_ name: String, toBytes bytes: Int) -> String {
    if name.utf8.count <= bytes { return name }
    var end = name.utf8.index(name.startIndex, offsetBy: bytes)
    while end > name.startIndex && end.samePosition(in: name.unicodeScalars) == nil {
      end = name.utf8.index(before: end)
    }
    // A character that is longer than `bytes` is cut between its scalars.
    let character = name.startOfCharacter(at: end)
    return name[..<(character == name.startIndex ? end : character)] + "…"
  }

  /// The columns of a character in a fixed-width font.
  private static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      return 2
    default:
      return 1
    }
  }
}

extension String {
  /// The start of the character that contains `position`.
  fileprivate func startOfCharacter(at position: Index) -> Index {
    var start = startIndex
    while start < position {
      let next = index(after: start)
      if next > position { return start }
      start = next
    }
    return start
  }
}
