// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Merges samples into a call tree as they come, holding nothing but the tree.
///
/// Nodes are found by (parent, label) in an open hash table; what a stack shares with the one before
/// it is not looked up again, which with sorted input is nearly all. Only at the end are siblings put
/// in order, in linear time: nodes are walked by falling rank of their labels, and each is put in
/// front of its siblings.
public struct CallTreeBuilder: SampleSink {
  /// How samples are grouped below the root.
  public enum Grouping: Sendable {
    /// Threads of one name together, of whatever process.
    case threadNames
    /// Processes, and in them their threads, one by one.
    case processesAndThreads
  }

  private struct Node {
    var parent: Int32
    var label: Int32
  }

  private let grouping: Grouping
  private let keepsTimes: Bool
  private var labels = LabelTable()
  private var threads: [(process: Int32, thread: Int32)] = []
  private var nodes: [Node]
  private var own: [UInt64] = [0]
  private var allSamples: UInt64 = 0
  private var ticks: [CallTree.Tick] = []
  /// In the upper half a node's hash, which spares most looks at nodes far away in memory; in the
  /// lower half the node, which is never 0, the root; 0 is free. A power of two long, at most two
  /// thirds full.
  private var table = [UInt64](repeating: 0, count: 1 << 12)
  /// Labels and nodes on the way to the end of the last stack, without the root.
  private var lastPath: [Node] = []

  /// - Parameter keepsTimes: Whether the tree tells when samples fell, as far as that is known.
  public init(_ grouping: Grouping = .threadNames, keepsTimes: Bool = false) {
    self.grouping = grouping
    self.keepsTimes = keepsTimes
    nodes = [Node(parent: -1, label: labels.number(of: CallTree.Label(name: "all", kind: .all)))]
  }

  /// As JavaScript counts exactly up to 2^53, foreign numbers beyond that are held at it.
  private static let mostSamples: UInt64 = 1 << 53

  // MARK: Sink

  public mutating func number(of frame: FrameDescription) -> Int32 {
    // In text formats, where a stack was cut is a frame like the others.
    if frame.module.path.isEmpty, let truncation = Truncation(frameName: frame.function.name) {
      return label(of: truncation)
    }
    return labels.number(
      of: CallTree.Label(
        name: frame.function.name, kind: BoxKind(frame.kind),
        module: frame.module.kind == .unknown ? "" : frame.module.name, file: frame.function.file,
        line: Int32(clamping: frame.function.startLine)))
  }

  public mutating func number(of thread: ThreadDescription) -> Int32 {
    let hasIDs = grouping == .processesAndThreads
    let process =
      hasIDs && thread.processID >= 0
      ? labels.number(
        of: CallTree.Label(name: thread.processName, kind: .process, line: thread.processID)) : -1
    let label = labels.number(
      of: CallTree.Label(name: thread.name, kind: .thread, line: hasIDs ? thread.threadID : -1))
    threads.append((process, label))
    return Int32(threads.count - 1)
  }

  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], count: UInt64, times: [UInt64]
  ) {
    let counted = min(count, Self.mostSamples - allSamples)
    allSamples += counted
    var depth = 0
    if thread >= 0 {
      let labels = threads[Int(thread)]
      if labels.process >= 0 { descend(to: labels.process, &depth) }
      descend(to: labels.thread, &depth)
    }
    if let truncation { descend(to: label(of: truncation), &depth) }
    for label in path { descend(to: label, &depth) }
    if depth < lastPath.count { lastPath.removeLast(lastPath.count - depth) }
    let node = depth == 0 ? 0 : lastPath[depth - 1].parent
    own[Int(node)] += counted
    if keepsTimes { for time in times { ticks.append(CallTree.Tick(time: time, node: node)) } }
  }

  /// Goes from the node at `depth` of the current path to its child. In `lastPath`, `parent` is the
  /// node itself, which becomes the parent of the next one.
  private mutating func descend(to label: Int32, _ depth: inout Int) {
    if depth < lastPath.count {
      if lastPath[depth].label == label {
        depth += 1
        return
      }
      lastPath.removeLast(lastPath.count - depth)
    }
    let parent = depth == 0 ? 0 : lastPath[depth - 1].parent
    lastPath.append(Node(parent: child(of: parent, label), label: label))
    depth += 1
  }

  private mutating func label(of truncation: Truncation) -> Int32 {
    labels.number(of: CallTree.Label(name: truncation.frameName, kind: .truncated))
  }

  // MARK: Nodes

  private mutating func child(of parent: Int32, _ label: Int32) -> Int32 {
    let mask = table.count - 1
    let hash = Self.hash(parent, label)
    var slot = Int(hash) & mask
    while table[slot] != 0 {
      if UInt32(truncatingIfNeeded: table[slot] >> 32) == hash {
        let node = Int32(truncatingIfNeeded: table[slot])
        let found = nodes[Int(node)]
        if found.parent == parent && found.label == label { return node }
      }
      slot = (slot + 1) & mask
    }
    let node = Int32(nodes.count)
    table[slot] = UInt64(hash) << 32 | UInt64(node)
    nodes.append(Node(parent: parent, label: label))
    own.append(0)
    if nodes.count * 3 > table.count * 2 { growTable() }
    return node
  }

  private mutating func growTable() {
    let old = table
    table = [UInt64](repeating: 0, count: 2 * old.count)
    let mask = table.count - 1
    for entry in old where entry != 0 {
      var slot = Int(entry >> 32) & mask
      while table[slot] != 0 { slot = (slot + 1) & mask }
      table[slot] = entry
    }
  }

  private static func hash(_ parent: Int32, _ label: Int32) -> UInt32 {
    let key = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: label))
    let mixed = (key ^ key >> 29) &* 0x9e37_79b9_7f4a_7c15
    return UInt32(truncatingIfNeeded: mixed >> 32)
  }

  // MARK: Order

  /// The tree of all that was added.
  public consuming func finish() -> CallTree {
    table = []
    let (sorted, rank) = labels.ranked()
    var (firstChild, nextSibling) = Self.children(of: nodes, by: rank, labels: sorted.count)
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
    var tree = CallTree(labels: sorted, label: label, depth: depth, own: counts)
    tree.ticks = ticks.map { CallTree.Tick(time: $0.time, node: places[Int($0.node)]) }
      .sorted { ($0.time, $0.node) < ($1.time, $1.node) }
    return tree
  }

  /// Lists of children in the order of their labels, as first child and next sibling; -1 ends them.
  private static func children(
    of nodes: [Node], by rank: [Int32], labels: Int
  ) -> (first: [Int32], next: [Int32]) {
    // A counting sort by rank.
    var starts = [Int](repeating: 0, count: labels + 1)
    for node in nodes { starts[Int(rank[Int(node.label)]) + 1] += 1 }
    for place in 1..<starts.count { starts[place] += starts[place - 1] }
    var order = [Int32](repeating: 0, count: nodes.count)
    for (node, content) in nodes.enumerated() {
      let place = Int(rank[Int(content.label)])
      order[starts[place]] = Int32(node)
      starts[place] += 1
    }
    var first = [Int32](repeating: -1, count: nodes.count)
    var next = [Int32](repeating: -1, count: nodes.count)
    for node in order.reversed() {
      let parent = Int(nodes[Int(node)].parent)
      if parent < 0 { continue }
      next[Int(node)] = first[parent]
      first[parent] = node
    }
    return (first, next)
  }
}

extension CallTree {
  /// The tree of a profile.
  public init(
    _ profile: Profile, grouping: CallTreeBuilder.Grouping = .threadNames, keepsTimes: Bool = false
  ) {
    var builder = CallTreeBuilder(grouping, keepsTimes: keepsTimes)
    profile.send(to: &builder)
    self = builder.finish()
  }
}
