// SPDX-License-Identifier: Apache-2.0

/// Two profiles in one tree: it has the paths of both, and each node the samples of both.
///
/// A box is as wide as what it holds of both sides together, so that paths which are only in one of
/// them stay in sight; its colour says where they differ.
public struct CallTreeDifference: Sendable {
  /// What is compared.
  public enum Basis: Hashable, Sendable {
    /// Shares of each side's total.
    case shares
    /// Samples, as many as there are.
    case counts
    /// CPU time: nanoseconds that a sample of each side stands for.
    case cpuTime(before: Int64, after: Int64)

    /// What a sample of each side amounts to; nil where shares are compared.
    var amounts: (before: Double, after: Double)? {
      switch self {
      case .shares: nil
      case .counts: (1, 1)
      case .cpuTime(let before, let after): (Double(before), Double(after))
      }
    }
  }

  /// Both have the same nodes and labels.
  public let before: CallTree
  public let after: CallTree
  public let basis: Basis

  public init(before: CallTree, after: CallTree, basis: Basis) {
    var union = CallTreeUnion(before, after)
    union.merge()
    self.basis = basis
    (self.before, self.after) = (union.tree(union.ownBefore), union.tree(union.ownAfter))
  }

  /// - Precondition: Both trees have the same nodes.
  private init(sameNodes before: CallTree, _ after: CallTree, basis: Basis) {
    (self.before, self.after, self.basis) = (before, after, basis)
  }

  /// The tree to lay out. Its samples are widths: amounts of both sides together, or shares of both,
  /// each side being half the picture.
  func widths() -> CallTree {
    let (first, second) = (scale.before, scale.after)
    let own = zip(before.own, after.own).map { before, after in
      UInt64((Double(before) * first + Double(after) * second).rounded())
    }
    return CallTree(labels: after.labels, label: after.label, depth: after.depth, own: own)
  }

  /// Widths of one sample of each side: all together are 2^40, whatever is counted. The viewer
  /// computes the same (`Viewer/difference.js`).
  private var scale: (before: Double, after: Double) {
    let all = (before: Double(before.allSamples), after: Double(after.allSamples))
    guard let amounts = basis.amounts else {
      return (0x1p39 / max(1, all.before), 0x1p39 / max(1, all.after))
    }
    let sum = all.before * amounts.before + all.after * amounts.after
    let unit = 0x1p40 / max(1, sum)
    return (amounts.before * unit, amounts.after * unit)
  }

  /// How the samples of one thing changed, be it a node or a function.
  public func change(before: UInt64, after: UInt64) -> Change {
    Change(
      before: Double(before), after: Double(after), allBefore: Double(self.before.allSamples),
      allAfter: Double(self.after.allSamples), basis: basis)
  }

  func change(of node: Int) -> Change {
    change(before: before.total[node], after: after.total[node])
  }

  func merging(subtreesBelow least: UInt64, of widths: CallTree) -> Self {
    Self(
      sameNodes: before.merging(subtreesBelow: least, of: widths.total).tree,
      after.merging(subtreesBelow: least, of: widths.total).tree, basis: basis)
  }
}

/// Walks two trees in preorder side by side. Siblings of both stand in the order of their labels, so
/// of the next two nodes the deeper one comes first, then the one of the lesser label.
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
    let (firstPlace, secondPlace) = mergeLabels()
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let a = i < first.count ? (first.depth[i], firstPlace[Int(first.label[i])]) : (-1, 0)
      let b = j < second.count ? (second.depth[j], secondPlace[Int(second.label[j])]) : (-1, 0)
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

  /// - Returns: For each label of either tree its place in `labels`.
  private mutating func mergeLabels() -> ([Int32], [Int32]) {
    var places: ([Int32], [Int32]) = ([], [])
    while places.0.count < first.labels.count || places.1.count < second.labels.count {
      let a = places.0.count < first.labels.count ? first.labels[places.0.count] : nil
      let b = places.1.count < second.labels.count ? second.labels[places.1.count] : nil
      let place = Int32(labels.count)
      if let a, b.map({ !$0.precedes(a) }) ?? true {
        places.0.append(place)
        if a == b { places.1.append(place) }
        labels.append(a)
      } else if let b {
        places.1.append(place)
        labels.append(b)
      }
    }
    return places
  }
}
