// SPDX-License-Identifier: Apache-2.0

/// Where the boxes of a call tree lie, in samples from the left and in rows from the root, and which
/// of them are wide enough to be seen.
struct FlameGraphLayout: Sendable {
  struct Box: Sendable {
    /// Index in `CallTree.nodes`.
    var node: Int
    /// 0 for the root.
    var row: Int
    /// Samples to the left of the box.
    var left: UInt64
    /// The box's width in samples.
    var total: UInt64
  }

  /// In preorder, as the nodes are.
  private(set) var boxes: [Box] = []
  private(set) var rows = 0
  /// Samples whose last frame is not drawn.
  private(set) var samplesNotDrawn: UInt64 = 0

  /// - Parameters:
  ///   - width: Of the root's box, in pixels.
  ///   - minimumWidth: Boxes narrower than this, in pixels, are left out with all that is on them.
  init(_ tree: CallTree, width: Double, minimumWidth: Double) {
    let minimum = minimumWidth * Double(tree.total) / width
    /// For each open row, where the next box in it begins.
    var next: [UInt64] = [0]
    /// Nodes deeper than this lie on a box that is left out.
    var hiddenBelow = Int32.max
    for (index, node) in tree.nodes.enumerated() {
      if node.depth > hiddenBelow { continue }
      hiddenBelow = .max
      if Double(node.total) < minimum {
        // What stands to its right keeps its place.
        next[Int(node.depth)] += node.total
        samplesNotDrawn += node.total
        hiddenBelow = node.depth
        continue
      }
      let row = Int(node.depth)
      let left = next[row]
      next[row] += node.total
      next.removeLast(next.count - 1 - row)
      next.append(left)
      boxes.append(Box(node: index, row: row, left: left, total: node.total))
      rows = max(rows, row + 1)
    }
  }
}
