// SPDX-License-Identifier: Apache-2.0

/// The cost of a function in the shown metric, summed over all its callers.
package struct FunctionCost: Sendable {
  /// The function: its name, kind, module and source.
  package var label: CallTree.Label
  /// The self cost: the sum of the values of the samples that ended in the function itself. Times
  /// the shown metric's `unitsPerCount`, it is an amount in the metric's unit.
  package var own: UInt64
  /// The inclusive cost: the sum of the values of the samples with the function anywhere in their
  /// stack, each counted once even if calls are recursive. Times the shown metric's
  /// `unitsPerCount`, it is an amount in the metric's unit.
  package var total: UInt64
}

extension CallTree {
  /// Returns the cost of each function with an inclusive cost above 0, summed over all its callers.
  /// The functions are sorted by self cost, then by inclusive cost, the largest first.
  package func functionCosts() -> [FunctionCost] {
    labelCosts().filter { $0.label.kind.isFunction && $0.total > 0 }.sorted {
      $0.own != $1.own ? $0.own > $1.own : $0.total > $1.total
    }
  }

  /// The cost of each label, in the order of `labels`.
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

  /// Returns the indices of the nodes that are children of a node, in ascending order; empty for a
  /// leaf.
  ///
  /// - Parameter node: The index of the node, less than `count`; 0 is the root.
  package func children(of node: Int) -> [Int] {
    var children: [Int] = []
    var next = node + 1
    while next < count && depth[next] > depth[node] {
      if depth[next] == depth[node] + 1 { children.append(next) }
      next += 1
    }
    return children
  }
}
