// SPDX-License-Identifier: Apache-2.0

/// The palette: the colours of boxes, the same on every machine and in every run.
///
/// A row has the shades of one hue, from dark to light. `PaletteStyle` selects the row, a hash of
/// the shown name the shade, so that neighbours differ. Groups of samples have the same colours in
/// all styles.
struct Palette: Sendable {
  /// The colours of a box: its fill and its text.
  struct Paint: Hashable, Sendable {
    var fill: Color
    /// The colour of the text, black or white.
    var text: Color

    init(_ fill: Color) {
      self.fill = fill
      self.text = fill.text
    }
  }

  /// The number of shades in a row.
  static let shades = 7

  /// The style that selects the rows.
  let style: PaletteStyle
  /// The colours of all rows: those of kinds, then those of the style's families.
  let paints: [Paint]

  init(_ style: PaletteStyle = .files) {
    self.style = style
    let rows = BoxKind.allCases.map(ColourFamily.kind) + style.families.flatMap(\.rows)
    paints = rows.flatMap { row in
      (0..<Self.shades).map { shade in
        Paint(
          Color(
            lightness: row.lightness + row.step * Double(shade), chroma: row.chroma, hue: row.hue))
      }
    }
  }

  /// The index in `paints` of a box's colour.
  func number(of label: CallTree.Label) -> Int {
    let hash = stableHash(label.name.utf8)
    return row(of: label, hash) * Self.shades + Int(hash % UInt32(Self.shades))
  }

  private func row(of label: CallTree.Label, _ hash: UInt32) -> Int {
    guard let family = style.family(of: label) else { return Int(label.kind.rawValue) }
    // Among files, the module selects the row, so that all its functions have one hue; else the
    // name.
    let seed = family == .files ? stableHash(Self.origin(of: label)) : hash / UInt32(Self.shades)
    return rows(of: family).lowerBound + Int(seed % UInt32(family.rows.count))
  }

  private func rows(of family: ColourFamily) -> Range<Int> {
    var start = BoxKind.allCases.count
    for other in style.families {
      if other == family { return start..<start + family.rows.count }
      start += other.rows.count
    }
    return 0..<1
  }

  /// The entries of the legend for the colours that occur: indices in `paints` to show, and a text.
  func legend(of numbers: Set<Int>) -> [(samples: [Int], text: String)] {
    let present = Set(numbers.map { $0 / Self.shades })
    func samples(_ rows: [Int]) -> [Int] { rows.map { $0 * Self.shades + Self.shades / 2 } }
    let families = style.legend.compactMap { family, text -> (samples: [Int], text: String)? in
      let rows = self.rows(of: family)
      guard !text.isEmpty, rows.contains(where: present.contains) else { return nil }
      let middle = (rows.lowerBound + rows.upperBound) / 2
      // Three hues for files, as each file has its own.
      let shown = family == .files ? [rows.lowerBound, middle, rows.upperBound - 1] : [middle]
      return (samples(shown), text)
    }
    let kinds = BoxKind.allCases.compactMap { kind -> (samples: [Int], text: String)? in
      let row = Int(kind.rawValue)
      guard present.contains(row), let text = kind.words else { return nil }
      return (samples([row]), text)
    }
    return families + kinds
  }

  /// The text that selects the hue: the module; where none is known, the namespace or package,
  /// which is the name up to the first byte that is no letter, digit or `_`.
  private static func origin(of label: CallTree.Label) -> Substring.UTF8View {
    if !label.module.isEmpty { return label.module[...].utf8 }
    return label.name.utf8.prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
        true
      default: false
      }
    }
  }
}

/// FNV-1a of 32 bits with a final mix, so that names that differ in their last letter get different
/// hashes.
func stableHash(_ text: some Sequence<UInt8>) -> UInt32 {
  var hash: UInt32 = 0x811c_9dc5
  for byte in text { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
  hash = (hash ^ hash >> 15) &* 0x2c1b_3c6d
  hash = (hash ^ hash >> 12) &* 0x297a_2d39
  return hash ^ hash >> 15
}
