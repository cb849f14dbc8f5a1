// SPDX-License-Identifier: Apache-2.0

/// The layout of a call tree: the boxes that are wide enough to be seen, with their positions in
/// values of the metric from the left and in rows from the root.
struct FlameGraphLayout: Sendable {
  /// A box.
  struct Box: Sendable {
    /// The index of the node.
    var node: Int
    /// The row; 0 for the root's.
    var row: Int
    /// The sum of values to the left of the box.
    var left: UInt64
    /// The width: the node's total.
    var total: UInt64
  }

  /// The boxes in preorder.
  private(set) var boxes: [Box] = []
  /// The number of rows.
  private(set) var rows = 0
  /// The sum of values that end in nodes without a box.
  private(set) var samplesNotDrawn: UInt64 = 0

  /// - Parameters:
  ///   - width: The width of the root's box, in pixels.
  ///   - minimumWidth: The least width of a box, in pixels. Narrower ones are left out with their
  ///     subtrees.
  init(_ tree: CallTree, width: Double, minimumWidth: Double) {
    let minimum = minimumWidth * Double(tree.allSamples) / width
    /// For each row on the path to the current node, the left side of the next box.
    var next: [UInt64] = [0]
    /// Nodes deeper than this are in the subtree of a box that is left out.
    var hiddenBelow = Int32.max
    for node in 0..<tree.count {
      let depth = tree.depth[node]
      if depth > hiddenBelow { continue }
      hiddenBelow = .max
      let row = Int(depth)
      let total = tree.total[node]
      if Double(total) < minimum {
        // Boxes to its right keep their positions.
        next[row] += total
        samplesNotDrawn += total
        hiddenBelow = depth
        continue
      }
      let left = next[row]
      next[row] += total
      next.removeLast(next.count - 1 - row)
      next.append(left)
      boxes.append(Box(node: node, row: row, left: left, total: total))
      rows = max(rows, row + 1)
    }
  }
}
