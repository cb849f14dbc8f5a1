// SPDX-License-Identifier: Apache-2.0

/// What boxes are painted with, and what the legend says of it.
struct BoxPainting: Sendable {
  let paints: [Palette.Paint]
  /// The place in `paints` of a node's colour.
  let number: @Sendable (_ node: Int) -> Int
  /// In front of the name in a box of that colour.
  var sign: @Sendable (_ number: Int) -> String = { _ in "" }
  let legend: [(paints: [Palette.Paint], text: String)]

  /// By what ran: file, kernel, JIT and so on.
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

  /// By what changed.
  static func changes(of difference: CallTreeDifference) -> Self {
    let paints = DifferencePalette().paints
    return Self(
      paints: paints,
      number: { node in DifferencePalette.number(of: difference.change(of: node)) },
      sign: DifferencePalette.sign,
      legend: DifferencePalette.legend.map { (Array(paints[$0.numbers]), $0.text) })
  }
}
