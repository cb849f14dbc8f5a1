// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A builder that merges paths of labels into a tree as they arrive, and holds nothing but the
/// tree.
///
/// The part that a path shares with the previous one is not searched for again; in sorted input
/// that is nearly all of it. A child is searched for among the last few children of its parent;
/// older ones are in a dictionary. Most nodes have no older children, so most are never hashed.
/// Siblings are put in order at the end only.
struct PathTree {
  private struct Node {
    var parent: Int32
    var label: Int32
    /// The child that was added last, and the sibling that was added before this node; 0 for none,
    /// as the root is neither.
    var lastChild: Int32 = 0
    var sibling: Int32 = 0
  }

  private var nodes: [Node]
  private var own: [UInt64] = [0]
  /// Values of further metrics by node; a column has no entry for nodes behind its last value.
  private var further: [[UInt64]] = []
  /// The children that are not among the youngest, by parent and label.
  private var olderChildren: [UInt64: Int32] = [:]
  /// The number of children that are searched one by one.
  private static let youngChildren = 4
  private let keepsOrder: Bool
  /// The nodes of the last path without the root; the current path shares the first `depth` of
  /// them.
  private var path: [(label: Int32, node: Int32)] = []
  private var depth = 0

  /// - Parameters:
  ///   - rootLabel: The root's label. Labels are ids of the caller.
  ///   - keepsOrder: Whether siblings keep the order in which they were added, so that a label can
  ///     repeat among them with others in between.
  init(rootLabel: Int32, keepsOrder: Bool = false) {
    nodes = [Node(parent: -1, label: rootLabel)]
    self.keepsOrder = keepsOrder
  }

  /// Reserves address space for a number of nodes. Only nodes that are added take memory.
  mutating func reserve(_ count: Int) {
    nodes.reserveCapacity(count)
    own.reserveCapacity(count)
  }

  /// Extends the current path by a label.
  mutating func descend(to label: Int32) {
    if depth < path.count {
      if path[depth].label == label {
        depth += 1
        return
      }
      path.removeLast(path.count - depth)
    }
    path.append((label, child(of: depth == 0 ? 0 : path[depth - 1].node, label)))
    depth += 1
  }

  /// Ends the current path and adds a value to its last node.
  ///
  /// - Returns: The id of that node.
  mutating func end(with count: UInt64) -> Int32 {
    if depth < path.count { path.removeLast(path.count - depth) }
    let node = depth == 0 ? 0 : path[depth - 1].node
    own[Int(node)] += count
    depth = 0
    return node
  }

  /// Adds a value of a further metric to a node.
  mutating func add(_ value: UInt64, to node: Int32, column: Int) {
    while further.count <= column { further.append([]) }
    let missing = Int(node) + 1 - further[column].count
    if missing > 0 { further[column].append(contentsOf: repeatElement(0, count: missing)) }
    further[column][Int(node)] += value
  }

  private mutating func child(of parent: Int32, _ label: Int32) -> Int32 {
    let last = nodes[Int(parent)].lastChild
    if last != 0 && !keepsOrder {
      var child = last
      for _ in 1..<Self.youngChildren where child != 0 && nodes[Int(child)].label != label {
        child = nodes[Int(child)].sibling
      }
      if child != 0 {
        if nodes[Int(child)].label == label { return child }
        if let known = olderChildren[Self.key(parent, label)] { return known }
        olderChildren[Self.key(parent, nodes[Int(child)].label)] = child
      }
    }
    let node = Int32(nodes.count)
    nodes.append(Node(parent: parent, label: label, sibling: last))
    nodes[Int(parent)].lastChild = node
    own.append(0)
    return node
  }

  private static func key(_ parent: Int32, _ label: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: label))
  }

  // MARK: Order

  /// The tree of all paths.
  ///
  /// - Parameters:
  ///   - labels: All labels in order.
  ///   - rank: For each label of a path its index in `labels`.
  ///   - metrics: Those of the columns that `add` filled.
  ///   - ticks: Times, whose nodes are ids that `end` returned.
  consuming func finish(
    _ labels: [CallTree.Label], rank: [Int32], metrics: [Metric] = [],
    ticks: [CallTree.Tick] = []
  ) -> CallTree {
    olderChildren = [:]
    var (firstChild, nextSibling) = orderedChildren(by: rank)
    // Preorder: the children of a node, then its siblings. The way up is in the nodes' parents.
    var label = [Int32](repeating: 0, count: nodes.count)
    var depth = [Int32](repeating: 0, count: nodes.count)
    var counts = [UInt64](repeating: 0, count: nodes.count)
    let needsIndices = !ticks.isEmpty || !metrics.isEmpty
    var indices = [Int32](repeating: 0, count: needsIndices ? nodes.count : 0)
    var node = 0
    var level: Int32 = 0
    for index in nodes.indices {
      label[index] = rank[Int(nodes[node].label)]
      depth[index] = level
      counts[index] = own[node]
      if needsIndices { indices[node] = Int32(index) }
      if firstChild[node] >= 0 {
        node = Int(firstChild[node])
        level += 1
        continue
      }
      while node > 0 && nextSibling[node] < 0 {
        node = Int(nodes[node].parent)
        level -= 1
      }
      if node > 0 { node = Int(nextSibling[node]) }
    }
    firstChild = []
    nextSibling = []
    nodes = []
    own = []
    var tree = CallTree(labels: labels, label: label, depth: depth, own: counts)
    for (column, metric) in metrics.enumerated() {
      var own = [UInt64](repeating: 0, count: indices.count)
      if column < further.count {
        for (node, value) in further[column].enumerated() { own[Int(indices[node])] = value }
      }
      tree.further.append(CallTree.Column(metric: metric, own: own))
    }
    tree.ticks = ticks.map { CallTree.Tick(time: $0.time, node: indices[Int($0.node)]) }
      .sorted { ($0.time, $0.node) < ($1.time, $1.node) }
    return tree
  }

  /// Ordered lists of children, as first child and next sibling; -1 ends a list. Most are in order
  /// already, as lines of text are sorted; only the others are sorted.
  private func orderedChildren(by rank: [Int32]) -> (first: [Int32], next: [Int32]) {
    var first = [Int32](repeating: -1, count: nodes.count)
    var next = first
    var isInOrder = [Bool](repeating: true, count: nodes.count)
    func order(_ node: Int32) -> Int32 { rank[Int(nodes[Int(node)].label)] }
    func putFirst(_ node: Int32, of parent: Int) {
      next[Int(node)] = first[parent]
      first[parent] = node
    }
    for node in stride(from: Int32(nodes.count) - 1, to: 0, by: -1) {
      let parent = Int(nodes[Int(node)].parent)
      let sibling = first[parent]
      if sibling >= 0, order(sibling) < order(node) { isInOrder[parent] = false }
      putFirst(node, of: parent)
    }
    if keepsOrder { return (first, next) }
    for parent in nodes.indices where !isInOrder[parent] {
      let children = sequence(first: first[parent]) { next[Int($0)] }.prefix { $0 >= 0 }
      first[parent] = -1
      for child in children.sorted(by: { order($0) > order($1) }) { putFirst(child, of: parent) }
    }
    return (first, next)
  }
}
