// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A call tree: the stacks of all samples, merged where they have the same labels (name, kind,
/// module, source) from the root on.
///
/// Below the root, `all`, are processes and threads where they are known, then a node for the
/// missing part of a truncated stack, then frames from the outermost caller to the function that
/// ran. Siblings are in the order of their labels.
///
/// Nodes are stored in preorder, with one array for each property, indexed by node: a subtree is a
/// range, no walk needs recursion, and four million nodes fit into 100 MB. `CallTreeBuilder` makes
/// it.
package struct CallTree: Sendable {
  /// The label of a node: the properties that distinguish it from its siblings. All text is without
  /// hidden characters and of bounded length.
  package struct Label: Hashable, Sendable {
    /// The name of the function, thread or other group; never empty.
    package var name: String
    /// The kind of the node: a kind of code, or a group of samples.
    package var kind: BoxKind
    /// The file name of the module, without its folder; empty where not known.
    package var module: String
    /// The source file of the function; empty where not known.
    package var file: String
    /// For functions, the number of their first line in `file`, counted from 1; 0 where not known.
    /// For processes and threads, their id; -1 where not known.
    package var line: Int32

    /// Creates a label. By default, module, file and line are not known.
    ///
    /// - Parameters:
    ///   - name: The name of the function, thread or other group; not empty.
    ///   - kind: The kind of the node.
    ///   - module: The file name of the module, without its folder.
    ///   - file: The source file of the function.
    ///   - line: The first line of the function in `file`; for processes and threads their id, or
    ///     -1.
    package init(
      name: String, kind: BoxKind, module: String = "", file: String = "", line: Int32 = 0
    ) {
      self.name = name
      self.kind = kind
      self.module = module
      self.file = file
      self.line = line
    }
  }

  /// The time of one sample, and the node of the tree in which its stack ends.
  package struct Tick: Hashable, Sendable {
    /// The time in nanoseconds since the start of the recording.
    package var time: UInt64
    /// The index of the node in which the sample's stack ends, less than the tree's `count`.
    package var node: Int32
  }

  /// The self values of all nodes in one metric other than the shown one.
  package struct Column: Sendable {
    /// The metric of the values.
    package var metric: Metric
    /// The self value of each node, indexed like the nodes: the sum of the values of the samples
    /// whose stack ends in the node. Times `metric.unitsPerCount`, it is an amount in the metric's
    /// unit.
    package var own: [UInt64]
  }

  /// The distinct labels of all nodes, ordered by name, then by their other properties.
  package internal(set) var labels: [Label]
  /// The label of each node, as an index in `labels`. The array is indexed by node; node 0 is the
  /// root.
  package internal(set) var label: [Int32]
  /// The depth of each node, its distance from the root; 0 for the root itself.
  package internal(set) var depth: [Int32]
  /// The self value of each node in the shown metric: the sum of the values of the samples whose
  /// stack ends in the node. Times the metric's `unitsPerCount`, it is an amount in the metric's
  /// unit.
  package internal(set) var own: [UInt64]
  /// The inclusive value of each node in the shown metric: its self value plus those of all its
  /// descendants. Times the metric's `unitsPerCount`, it is an amount in the metric's unit.
  package internal(set) var total: [UInt64]
  /// The times of the samples, in the order of the input; empty where they are not known.
  package internal(set) var ticks: [Tick] = []
  /// The values of the metrics other than the shown one, in the order of the input.
  package internal(set) var further: [Column] = []
  /// For functions without a known name, by index in `labels`: the distances in bytes from the start
  /// of the function at which its frames are, ascending and distinct. Other functions have none, as
  /// do those of inputs without addresses.
  package internal(set) var offsets: [Int: [UInt64]] = [:]

  /// The number of nodes, the root included.
  package var count: Int { label.count }
  /// The sum of the shown metric's values over all samples, which is the inclusive value of the
  /// root. It is a number of samples only where the metric counts samples.
  package var allSamples: UInt64 { total[0] }

  init(labels: [Label], label: [Int32], depth: [Int32], own: [UInt64]) {
    self.labels = labels
    self.label = label
    self.depth = depth
    self.own = own
    total = own
    // A node's parent is the last node before it that is less deep. From the end, totals are summed
    // by depth until the parent is reached.
    var gathered: [UInt64] = []
    for node in stride(from: count - 1, through: 0, by: -1) {
      let depth = Int(depth[node])
      while gathered.count <= depth + 1 { gathered.append(0) }
      total[node] += gathered[depth + 1]
      gathered[depth + 1] = 0
      gathered[depth] += total[node]
    }
  }
}
