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
  static func kinds(of tree: CallTree, shown layout: FlameGraphLayout) -> Self {
    let palette = Palette()
    let present = Set(layout.boxes.map { tree.labels[Int(tree.label[$0.node])].kind })
    return Self(
      paints: palette.paints,
      number: { node in palette.number(of: tree.labels[Int(tree.label[node])]) },
      legend: BoxKind.allCases.filter(present.contains).compactMap { kind in
        kind.legend.map { (palette.samples(of: kind), $0) }
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
