// SPDX-License-Identifier: Apache-2.0

/// The colour of each label of a tree, found once for picture and payload.
struct LabelColours: Sendable {
  let palette: Palette
  /// For each label its place in the palette.
  let numbers: [Int]

  init(_ tree: CallTree, _ style: PaletteStyle) {
    let palette = Palette(style)
    self.palette = palette
    numbers = tree.labels.map(palette.number)
  }
}
