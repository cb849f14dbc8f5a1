// SPDX-License-Identifier: Apache-2.0

/// The colours of a tree's labels, computed once for picture and payload.
struct LabelColours: Sendable {
  /// The palette.
  let palette: Palette
  /// For each label the index of its colour in the palette.
  let numbers: [Int]

  init(_ tree: CallTree, _ style: PaletteStyle) {
    let palette = Palette(style)
    self.palette = palette
    numbers = tree.labels.map(palette.number)
  }
}
