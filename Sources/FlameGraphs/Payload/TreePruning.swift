// SPDX-License-Identifier: Apache-2.0

/// A tree whose smallest subtrees were merged into their parents.
struct PrunedTree: Sendable {
  var tree: CallTree
  /// Nodes that are no more.
  var mergedNodes: Int
  /// Samples whose last frame is one of them. They count on, in the nearest node that was kept.
  var mergedSamples: UInt64
}

extension CallTree {
  /// - Parameters:
  ///   - least: Subtrees with fewer samples go; the root stays.
  ///   - sizes: For each node what counts instead of its samples, which grows towards the root.
  func merging(subtreesBelow least: UInt64, of sizes: [UInt64]? = nil) -> PrunedTree {
    let sizes = sizes ?? total
    var label: [Int32] = []
    var depth: [Int32] = []
    var own: [UInt64] = []
    var mergedSamples: UInt64 = 0
    /// Kept nodes from the root to the last one.
    var open: [Int] = []
    for node in 0..<count {
      let level = Int(self.depth[node])
      // What lies on a node that is gone is smaller still, so its nearest open node is the parent.
      if open.count > level { open.removeLast(open.count - level) }
      if node == 0 || sizes[node] >= least {
        open.append(label.count)
        label.append(self.label[node])
        depth.append(self.depth[node])
        own.append(self.own[node])
      } else if let parent = open.last {
        own[parent] += self.own[node]
        mergedSamples += self.own[node]
      }
    }
    let merged = count - label.count
    return PrunedTree(
      tree: CallTree(labels: labels, label: label, depth: depth, own: own), mergedNodes: merged,
      mergedSamples: mergedSamples)
  }

  /// The least size of a subtree for which no more than `nodes` are kept, nearly: sizes are told
  /// apart to a part in 64.
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

  /// Small numbers are steps of their own, larger ones share 64 steps an octave.
  private static func step(of total: UInt64) -> Int {
    if total < 64 { return Int(total) }
    let shift = 63 - total.leadingZeroBitCount - 6
    return (shift + 1) * 64 + Int(total >> UInt64(shift)) - 64
  }

  private static func least(ofStep step: Int) -> UInt64 {
    if step < 64 { return UInt64(step) }
    let shift = step / 64 - 1
    return shift > 57 ? .max : UInt64(step % 64 + 64) << UInt64(shift)
  }
}
