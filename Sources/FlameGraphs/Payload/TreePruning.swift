// SPDX-License-Identifier: Apache-2.0

/// A tree whose smallest subtrees were merged into their parents.
struct PrunedTree: Sendable {
  /// The nodes that were kept.
  var tree: CallTree
  /// The number of merged nodes.
  var mergedNodes: Int
  /// The samples that ended in merged nodes. They count in the nearest node that was kept.
  var mergedSamples: UInt64
}

extension CallTree {
  /// The tree without its small subtrees.
  ///
  /// - Parameters:
  ///   - least: The least size of a subtree that is kept; the root always is.
  ///   - sizes: For each node the size of its subtree, which must not shrink towards the root; nil
  ///     for its total.
  func merging(subtreesBelow least: UInt64, of sizes: [UInt64]? = nil) -> PrunedTree {
    let sizes = sizes ?? total
    var label: [Int32] = []
    var depth: [Int32] = []
    var own: [UInt64] = []
    var columns = further.map { Column(metric: $0.metric, own: []) }
    var mergedSamples: UInt64 = 0
    /// Kept nodes on the path to the current node, the root first.
    var open: [Int] = []
    for node in 0..<count {
      let level = Int(self.depth[node])
      // Subtrees of a merged node are smaller still, so the last open node is the nearest kept one.
      if open.count > level { open.removeLast(open.count - level) }
      if node == 0 || sizes[node] >= least {
        open.append(label.count)
        label.append(self.label[node])
        depth.append(self.depth[node])
        own.append(self.own[node])
        for index in further.indices { columns[index].own.append(further[index].own[node]) }
      } else if let parent = open.last {
        own[parent] += self.own[node]
        mergedSamples += self.own[node]
        for index in further.indices { columns[index].own[parent] += further[index].own[node] }
      }
    }
    let merged = count - label.count
    var tree = CallTree(labels: labels, label: label, depth: depth, own: own)
    tree.further = columns
    return PrunedTree(tree: tree, mergedNodes: merged, mergedSamples: mergedSamples)
  }

  /// The least size of a subtree at which `merging` keeps at most `nodes` nodes. Sizes are
  /// distinguished to a part in 64, so it may keep a few less.
  func leastTotal(keeping nodes: Int) -> UInt64 {
    var counts = [Int](repeating: 0, count: 64 * 65)
    for total in total { counts[Self.step(of: total)] += 1 }
    var kept = 0
    for step in counts.indices.reversed() {
      kept += counts[step]
      if kept > nodes { return Self.least(ofStep: step + 1) }
    }
    return 0
  }

  /// The step of a total: totals below 64 have steps of their own, larger ones share 64 an octave.
  private static func step(of total: UInt64) -> Int {
    if total < 64 { return Int(total) }
    let shift = 63 - total.leadingZeroBitCount - 6
    return (shift + 1) * 64 + Int(total >> UInt64(shift)) - 64
  }

  /// The least total of a step.
  private static func least(ofStep step: Int) -> UInt64 {
    if step < 64 { return UInt64(step) }
    let shift = step / 64 - 1
    return shift > 57 ? .max : UInt64(step % 64 + 64) << UInt64(shift)
  }
}
