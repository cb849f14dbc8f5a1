// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// All samples merged into one tree by what a reader sees: name and kind.
///
/// Under the root, `all`, come the threads by name, then what was cut off a stack, then the frames
/// from the root to the leaf. Siblings stand in the order of their names.
///
/// Nodes lie in preorder, so that a subtree is a range and no walk needs recursion. To build them,
/// every stack becomes a path of small integers, ranked by name; sorted paths share their beginnings
/// with their neighbours, and each node is made once, where a path leaves the one before it.
struct CallTree: Sendable {
  /// What parts a node from its siblings.
  struct Label: Hashable, Sendable {
    /// Visible text.
    var name: String
    var kind: BoxKind
  }

  struct Node: Sendable {
    /// Index in `labels`.
    var label: Int32
    /// 0 for the root.
    var depth: Int32
    /// Index in `nodes`, always less than the node's own; -1 for the root.
    var parent: Int32
    /// One of the frames that were merged here, as an index in `Profile.frames`; -1 if none.
    var frame: Int32
    /// Samples in this node and all below it.
    var total: UInt64
    /// Samples that end here.
    var own: UInt64
  }

  private(set) var labels: [Label] = []
  private(set) var nodes: [Node] = []

  var total: UInt64 { nodes[0].total }

  init(_ profile: Profile) {
    let paths = CallPaths(profile)
    labels = paths.labels
    nodes = [
      Node(label: paths.rootLabel, depth: 0, parent: -1, frame: -1, total: 0, own: 0)
    ]
    addNodes(of: paths)
    for index in nodes.indices.dropFirst().reversed() {
      nodes[Int(nodes[index].parent)].total += nodes[index].total
    }
  }

  private mutating func addNodes(of paths: CallPaths) {
    /// Nodes on the way from the root to the end of the last path.
    var open: [Int32] = [0]
    var previous: Range<Int> = 0..<0
    for path in paths.sorted {
      var depth = 0
      let shared = min(previous.count, path.elements.count)
      while depth < shared
        && paths.arena[previous.lowerBound + depth] == paths.arena[path.elements.lowerBound + depth]
      {
        depth += 1
      }
      open.removeLast(open.count - 1 - depth)
      for position in depth..<path.elements.count {
        let node = Node(
          label: paths.arena[path.elements.lowerBound + position], depth: Int32(position + 1),
          parent: open[position], frame: paths.frame(at: position, of: path), total: 0, own: 0)
        open.append(Int32(nodes.count))
        nodes.append(node)
      }
      let last = Int(open[path.elements.count])
      nodes[last].own += path.count
      nodes[last].total += path.count
      previous = path.elements
    }
  }
}
