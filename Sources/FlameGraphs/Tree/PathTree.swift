// SPDX-License-Identifier: Apache-2.0

/// Merges paths of labels into a tree as they come, holding nothing but the tree.
///
/// What a path shares with the one before it is not looked up again, which with sorted input is nearly
/// all. A child is looked for among the few that its parent got last; those that fell out of these
/// few are in a dictionary. Most nodes never have as many, so most are never hashed. Only at the end
/// are siblings put in order.
struct PathTree {
  private struct Node {
    var parent: Int32
    var label: Int32
    /// The child that came last, and the sibling that came before this node; 0 for none, as the root
    /// is neither.
    var lastChild: Int32 = 0
    var sibling: Int32 = 0
  }

  private var nodes: [Node]
  private var own: [UInt64] = [0]
  /// By parent and label.
  private var olderChildren: [UInt64: Int32] = [:]
  private static let youngChildren = 4
  private let keepsOrder: Bool
  /// Nodes on the way to the end of the last path, without the root; and how much of it the current
  /// path has come.
  private var path: [(label: Int32, node: Int32)] = []
  private var depth = 0

  /// - Parameters:
  ///   - rootLabel: Labels are numbers of the caller's.
  ///   - keepsOrder: Whether siblings stay in the order in which they came, so that one label may stand
  ///     beside itself with others in between.
  init(rootLabel: Int32, keepsOrder: Bool = false) {
    nodes = [Node(parent: -1, label: rootLabel)]
    self.keepsOrder = keepsOrder
  }

  /// Makes room for so many nodes, of which only those that come take memory.
  mutating func reserve(_ count: Int) {
    nodes.reserveCapacity(count)
    own.reserveCapacity(count)
  }

  /// Goes on along the current path, from the root on.
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

  /// Ends the current path.
  ///
  /// - Returns: The node that it led to.
  mutating func end(with count: UInt64) -> Int32 {
    if depth < path.count { path.removeLast(path.count - depth) }
    let node = depth == 0 ? 0 : path[depth - 1].node
    own[Int(node)] += count
    depth = 0
    return node
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

  /// The tree of all that was added.
  ///
  /// - Parameters:
  ///   - labels: In order.
  ///   - rank: The place there of each label.
  ///   - ticks: Their nodes are those that `end` returned.
  consuming func finish(
    _ labels: [CallTree.Label], rank: [Int32], ticks: [CallTree.Tick] = []
  ) -> CallTree {
    olderChildren = [:]
    var (firstChild, nextSibling) = orderedChildren(by: rank)
    // Children first, then siblings: the way back up is kept in the nodes' parents.
    var label = [Int32](repeating: 0, count: nodes.count)
    var depth = [Int32](repeating: 0, count: nodes.count)
    var counts = [UInt64](repeating: 0, count: nodes.count)
    var places = [Int32](repeating: 0, count: ticks.isEmpty ? 0 : nodes.count)
    var node = 0
    var level: Int32 = 0
    for place in nodes.indices {
      label[place] = rank[Int(nodes[node].label)]
      depth[place] = level
      counts[place] = own[node]
      if !ticks.isEmpty { places[node] = Int32(place) }
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
    tree.ticks = ticks.map { CallTree.Tick(time: $0.time, node: places[Int($0.node)]) }
      .sorted { ($0.time, $0.node) < ($1.time, $1.node) }
    return tree
  }

  /// Lists of children in their order, as first child and next sibling; -1 ends them. Most come in their
  /// order, as lines of text are sorted; only the others are sorted.
  private func orderedChildren(by rank: [Int32]) -> (first: [Int32], next: [Int32]) {
    var first = [Int32](repeating: -1, count: nodes.count)
    var next = first
    var isInOrder = [Bool](repeating: true, count: nodes.count)
    func place(_ node: Int32) -> Int32 { rank[Int(nodes[Int(node)].label)] }
    func putFirst(_ node: Int32, of parent: Int) {
      next[Int(node)] = first[parent]
      first[parent] = node
    }
    for node in stride(from: Int32(nodes.count) - 1, to: 0, by: -1) {
      let parent = Int(nodes[Int(node)].parent)
      let sibling = first[parent]
      if sibling >= 0, place(sibling) < place(node) { isInOrder[parent] = false }
      putFirst(node, of: parent)
    }
    if keepsOrder { return (first, next) }
    for parent in nodes.indices where !isInOrder[parent] {
      let children = sequence(first: first[parent]) { next[Int($0)] }.prefix { $0 >= 0 }
      first[parent] = -1
      for child in children.sorted(by: { place($0) > place($1) }) { putFirst(child, of: parent) }
    }
    return (first, next)
  }
}
