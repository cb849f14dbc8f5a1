// SPDX-License-Identifier: Apache-2.0

/// The difference of two profiles, for a differential flame graph: two call trees with the same
/// nodes, which are the union of the nodes of both.
///
/// The width of a box is the sum of both sides, so that nodes of one side only stay visible; its
/// colour shows the change.
package struct CallTreeDifference: Sendable {
  /// The quantity in which two profiles are compared.
  package enum Basis: Hashable, Sendable {
    /// The share of a node in the total of its side, from 0 to 1.
    case shares
    /// The value of a node in each profile as it is, without regard to the totals: a number of
    /// samples or another count of the metric.
    case counts
    /// The CPU time: the number of samples times the nanoseconds that one sample of that side
    /// stands for.
    case cpuTime(before: Int64, after: Int64)

    /// The amount of one sample of each side; nil where shares are compared.
    var amounts: (before: Double, after: Double)? {
      switch self {
      case .shares: nil
      case .counts: (1, 1)
      case .cpuTime(let before, let after): (Double(before), Double(after))
      }
    }
  }

  /// The tree of the profile before the change. Its nodes are those of both profiles; its value is
  /// 0 in nodes that only the other one has.
  package let before: CallTree
  /// The tree of the profile after the change, with the same nodes and labels as `before`.
  package let after: CallTree
  /// The quantity in which the two profiles are compared, such as shares of the total.
  package let basis: Basis

  /// Merges two call trees into a difference of the metric that each shows. Other metrics and the
  /// times of samples are dropped.
  ///
  /// - Parameters:
  ///   - before: The tree of the profile before the change.
  ///   - after: The tree of the profile after the change.
  ///   - basis: The quantity to compare.
  package init(before: CallTree, after: CallTree, basis: Basis) {
    var union = CallTreeUnion(before, after)
    union.merge()
    self.basis = basis
    (self.before, self.after) = (union.tree(union.ownBefore), union.tree(union.ownAfter))
  }

  /// - Precondition: Both trees have the same nodes.
  private init(sameNodes before: CallTree, _ after: CallTree, basis: Basis) {
    (self.before, self.after, self.basis) = (before, after, basis)
  }

  /// The tree to lay out. Its values are widths: the sum of the amounts of both sides, or of their
  /// shares, so that each side is half of the picture.
  func widths() -> CallTree {
    let (first, second) = (scale.before, scale.after)
    let own = zip(before.own, after.own).map { before, after in
      UInt64((Double(before) * first + Double(after) * second).rounded())
    }
    return CallTree(labels: after.labels, label: after.label, depth: after.depth, own: own)
  }

  /// The width of one sample of each side. All widths add up to 2^40, whatever is counted. The
  /// viewer computes the same (`Viewer/difference.js`).
  private var scale: (before: Double, after: Double) {
    let all = (before: Double(before.allSamples), after: Double(after.allSamples))
    guard let amounts = basis.amounts else {
      return (0x1p39 / max(1, all.before), 0x1p39 / max(1, all.after))
    }
    let sum = all.before * amounts.before + all.after * amounts.after
    let unit = 0x1p40 / max(1, sum)
    return (amounts.before * unit, amounts.after * unit)
  }

  /// Returns the change of a value between the two profiles, in the quantity that `basis` selects.
  /// The value can be that of a node or of a function.
  ///
  /// - Parameters:
  ///   - before: The value in the profile before the change, as in `CallTree.own`.
  ///   - after: The value in the profile after the change, as in `CallTree.own`.
  package func change(before: UInt64, after: UInt64) -> Change {
    Change(
      before: Double(before), after: Double(after), allBefore: Double(self.before.allSamples),
      allAfter: Double(self.after.allSamples), basis: basis)
  }

  func change(of node: Int) -> Change {
    change(before: before.total[node], after: after.total[node])
  }

  /// The difference without its small subtrees: both sides are pruned by the same widths.
  func merging(subtreesBelow least: UInt64, of widths: CallTree) -> Self {
    Self(
      sameNodes: before.merging(subtreesBelow: least, of: widths.total).tree,
      after.merging(subtreesBelow: least, of: widths.total).tree, basis: basis)
  }
}

/// The union of two trees, made by one walk over both in preorder. Siblings of both are in the
/// order of their labels, so of the next two nodes the deeper one comes first, then the one with
/// the lesser label.
private struct CallTreeUnion {
  private let first: CallTree
  private let second: CallTree
  private var labels: [CallTree.Label] = []
  private var label: [Int32] = []
  private var depth: [Int32] = []
  private(set) var ownBefore: [UInt64] = []
  private(set) var ownAfter: [UInt64] = []

  init(_ first: CallTree, _ second: CallTree) {
    (self.first, self.second) = (first, second)
  }

  func tree(_ own: [UInt64]) -> CallTree {
    CallTree(labels: labels, label: label, depth: depth, own: own)
  }

  mutating func merge() {
    let (firstIndex, secondIndex) = mergeLabels()
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let a = i < first.count ? (first.depth[i], firstIndex[Int(first.label[i])]) : (-1, 0)
      let b = j < second.count ? (second.depth[j], secondIndex[Int(second.label[j])]) : (-1, 0)
      let takesFirst = a.0 != b.0 ? a.0 > b.0 : a.1 <= b.1
      let takesSecond = a.0 != b.0 ? b.0 > a.0 : b.1 <= a.1
      depth.append(takesFirst ? a.0 : b.0)
      label.append(takesFirst ? a.1 : b.1)
      ownBefore.append(takesFirst ? first.own[i] : 0)
      ownAfter.append(takesSecond ? second.own[j] : 0)
      if takesFirst { i += 1 }
      if takesSecond { j += 1 }
    }
  }

  /// Merges the labels of both trees.
  ///
  /// - Returns: For each label of either tree its index in `labels`.
  private mutating func mergeLabels() -> ([Int32], [Int32]) {
    var indices: ([Int32], [Int32]) = ([], [])
    while indices.0.count < first.labels.count || indices.1.count < second.labels.count {
      let a = indices.0.count < first.labels.count ? first.labels[indices.0.count] : nil
      let b = indices.1.count < second.labels.count ? second.labels[indices.1.count] : nil
      let index = Int32(labels.count)
      if let a, b.map({ !$0.precedes(a) }) ?? true {
        indices.0.append(index)
        if a == b { indices.1.append(index) }
        labels.append(a)
      } else if let b {
        indices.1.append(index)
        labels.append(b)
      }
    }
    return indices
  }
}
