// SPDX-License-Identifier: Apache-2.0

/// What a function cost, wherever it was called.
public struct FunctionCost: Sendable {
  public var label: CallTree.Label
  /// Samples that ended in it.
  public var own: UInt64
  /// Samples with it in their stack: a function that calls itself counts once.
  public var total: UInt64
}

extension CallTree {
  /// All functions, those with the most samples of their own first.
  public func functionCosts() -> [FunctionCost] {
    labelCosts().filter { $0.label.kind.isFunction && $0.total > 0 }.sorted {
      $0.own != $1.own ? $0.own > $1.own : $0.total > $1.total
    }
  }

  /// For each of `labels`, in their order.
  func labelCosts() -> [FunctionCost] {
    var own = [UInt64](repeating: 0, count: labels.count)
    var total = own
    var active = [Int32](repeating: 0, count: labels.count)
    var open: [Int32] = []
    for node in 0..<count {
      while open.count > Int(depth[node]) { active[Int(open.removeLast())] -= 1 }
      let label = Int(self.label[node])
      own[label] += self.own[node]
      if active[label] == 0 { total[label] += self.total[node] }
      active[label] += 1
      open.append(self.label[node])
    }
    return labels.indices.map {
      FunctionCost(label: labels[$0], own: own[$0], total: total[$0])
    }
  }

  /// The nodes right on a node, in the order of their labels.
  public func children(of node: Int) -> [Int] {
    var children: [Int] = []
    var next = node + 1
    while next < count && depth[next] > depth[node] {
      if depth[next] == depth[node] + 1 { children.append(next) }
      next += 1
    }
    return children
  }
}
