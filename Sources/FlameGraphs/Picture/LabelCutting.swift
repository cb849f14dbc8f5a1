// SPDX-License-Identifier: Apache-2.0

/// Cuts names to the room they have, before they are escaped, and never inside of what a reader
/// takes for one character.
enum LabelCutting {
  /// What is narrower says nothing.
  static let leastColumns = 3

  /// - Parameter columns: In characters of a fixed-width font, of which East Asian ones and emoji
  ///   take two.
  /// - Returns: The name, or its beginning and `…`; nil if there is room for less than three columns.
  static func cut(_ name: String, toColumns columns: Int) -> String? {
    guard columns >= leastColumns else { return nil }
    // No character takes more columns than bytes.
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

  /// Bounds what a tooltip can weigh.
  ///
  /// - Returns: The name, or as much of its beginning as fits into `bytes` of UTF-8, and `…`.
  static func cut(_ name: String, toBytes bytes: Int) -> String {
    if name.utf8.count <= bytes { return name }
    var end = name.utf8.index(name.startIndex, offsetBy: bytes)
    while end > name.startIndex && end.samePosition(in: name.unicodeScalars) == nil {
      end = name.utf8.index(before: end)
    }
    // One character may be longer than all the room: then it is cut between its scalars.
    let character = name.startOfCharacter(at: end)
    return name[..<(character == name.startIndex ? end : character)] + "…"
  }

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
  /// Where the character that holds `position` begins.
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
