// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import ProfileModel

/// A profile as text for a terminal: a table of functions by cost, or the call tree. The tree's
/// names are escaped already.
struct ReportText {
  let tree: CallTree

  /// The smallest share of the total that gets a line.
  private static let least = 0.001

  /// The table of functions, sorted by their own cost, the largest first.
  func functions() -> String {
    var text = "    self  share     total  share  function\n"
    var hidden = 0
    for cost in tree.functionCosts() {
      if share(cost.own) < Self.least && share(cost.total) < Self.least {
        hidden += 1
        continue
      }
      text +=
        "\(right(cost.own, 8)) \(percent(cost.own)) \(right(cost.total, 9)) "
        + "\(percent(cost.total))  \(cost.label.nameAndModule)\n"
    }
    if hidden > 0 { text += "… and \(Words.grouped(UInt64(hidden))) below 0.1 %\n" }
    return text + "total \(Words.grouped(tree.allSamples))\n"
  }

  /// The call tree from its root; of siblings, the one with the larger total first.
  func callTree() -> String {
    var text = "   total  share      self  call tree\n"
    var open = [(node: 0, depth: 0)]
    while let (node, depth) = open.popLast() {
      let own = tree.own[node]
      text +=
        "\(right(tree.total[node], 8)) \(percent(tree.total[node])) "
        + "\(own > 0 ? right(own, 9) : "         ")  "
        + String(repeating: "  ", count: min(depth, 40))
        + tree.labels[Int(tree.label[node])].nameAndModule
        + "\n"
      let children = tree.children(of: node).filter { share(tree.total[$0]) >= Self.least }
      for child in children.sorted(by: { (tree.total[$0], $1) < (tree.total[$1], $0) }) {
        open.append((child, depth + 1))
      }
    }
    return text
  }

  private func share(_ count: UInt64) -> Double {
    Double(count) / Double(max(1, tree.allSamples))
  }

  private func percent(_ count: UInt64) -> String {
    Words.fixed(100 * share(count), places: 1).padded(to: 5) + "%"
  }

  private func right(_ count: UInt64, _ width: Int) -> String {
    String(count).padded(to: width)
  }
}
