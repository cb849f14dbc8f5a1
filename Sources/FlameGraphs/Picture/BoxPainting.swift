// SPDX-License-Identifier: Apache-2.0

/// The colours of the boxes of a picture, and their meaning.
struct BoxPainting: Sendable {
  /// All colours.
  let paints: [Palette.Paint]
  /// The index in `paints` of a node's colour.
  let number: @Sendable (_ node: Int) -> Int
  /// The sign in front of the name in a box of a colour.
  var sign: @Sendable (_ number: Int) -> String = { _ in "" }
  /// The entries of the legend.
  let legend: [(paints: [Palette.Paint], text: String)]

  /// Colours by the kind of code: file, kernel, JIT and so on.
  static func kinds(
    _ colours: LabelColours, of tree: CallTree, shown layout: FlameGraphLayout
  ) -> Self {
    let (paints, label) = (colours.palette.paints, tree.label)
    let present = Set(layout.boxes.map { colours.numbers[Int(label[$0.node])] })
    return Self(
      paints: paints,
      number: { node in colours.numbers[Int(label[node])] },
      legend: colours.palette.legend(of: present).map { samples, text in
        (samples.map { paints[$0] }, text)
      })
  }

  /// Colours by change.
  static func changes(of difference: CallTreeDifference) -> Self {
    let paints = DifferencePalette().paints
    return Self(
      paints: paints,
      number: { node in DifferencePalette.number(of: difference.change(of: node)) },
      sign: DifferencePalette.sign,
      legend: DifferencePalette.legend.map { (Array(paints[$0.numbers]), $0.text) })
  }
}
