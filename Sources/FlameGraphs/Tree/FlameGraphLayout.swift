// SPDX-License-Identifier: Apache-2.0

/// Where the boxes of a call tree lie, in samples from the left and in rows from the root, and which
/// of them are wide enough to be seen.
struct FlameGraphLayout: Sendable {
  struct Box: Sendable {
    /// The node's place in the tree's columns.
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
    let minimum = minimumWidth * Double(tree.allSamples) / width
    /// For each open row, where the next box in it begins.
    var next: [UInt64] = [0]
    /// Nodes deeper than this lie on a box that is left out.
    var hiddenBelow = Int32.max
    for node in 0..<tree.count {
      let depth = tree.depth[node]
      if depth > hiddenBelow { continue }
      hiddenBelow = .max
      let row = Int(depth)
      let total = tree.total[node]
      if Double(total) < minimum {
        // What stands to its right keeps its place.
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
