// SPDX-License-Identifier: Apache-2.0

/// The colours of a difference: blue for less and orange for more, which colour-blind readers can
/// distinguish; grey for changes within noise. New and gone frames have the darkest colours, with
/// white text, and a sign in front of their names.
struct DifferencePalette: Sendable {
  /// The changes, as parts of the larger total, from which a colour is a step stronger.
  static let steps = [0.005, 0.02, 0.05]

  /// All colours: gone; less, from much to little; the same; more, from little to much; new.
  let paints: [Palette.Paint] =
    [Palette.Paint(Color(lightness: 0.40, chroma: 0.11, hue: 258))]
    + Self.strengths.reversed().map { strength in
      Palette.Paint(Color(lightness: 0.92 - 0.07 * strength, chroma: 0.035 * strength, hue: 248))
    }
    + [Palette.Paint(Color(lightness: 0.87, chroma: 0, hue: 0))]
    + Self.strengths.map { strength in
      Palette.Paint(Color(lightness: 0.93 - 0.055 * strength, chroma: 0.042 * strength, hue: 62))
    }
    + [Palette.Paint(Color(lightness: 0.44, chroma: 0.12, hue: 48))]

  private static let strengths: [Double] = [1, 2, 3, 4]
  /// The index in `paints` of what is gone.
  static let gone = 0
  /// The index in `paints` of changes within noise.
  static let same = 5
  /// The index in `paints` of what is new.
  static let new = 10

  /// The index in `paints` of a change.
  static func number(of change: Change) -> Int {
    if change.isNew { return new }
    if change.isGone { return gone }
    if change.isNoise { return same }
    let strength = 1 + steps.count { abs(change.relative) >= $0 }
    return change.relative < 0 ? same - strength : same + strength
  }

  /// The sign in front of the name in a box of a colour.
  static func sign(ofNumber number: Int) -> String {
    number == new ? "+ " : number == gone ? "− " : ""
  }

  /// The entries of the legend: indices in `paints`, and their meaning.
  static let legend: [(numbers: ClosedRange<Int>, text: String)] = [
    (gone...gone, "− only before"), (1...4, "less: 5, 2, 0.5 % of the total or below"),
    (same...same, "within sampling noise (2σ)"), (6...9, "more: the same steps"),
    (new...new, "+ only after"),
  ]
}
