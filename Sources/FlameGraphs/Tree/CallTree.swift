// SPDX-License-Identifier: Apache-2.0

/// All samples merged into one tree by what a reader sees: name, kind, module, source.
///
/// Under the root, `all`, come processes and threads where they are known, then what was cut off a
/// stack, then the frames from the root to the leaf. Siblings stand in the order of their labels.
///
/// Nodes lie in preorder, a column for each property: a subtree is a range, no walk needs recursion,
/// and four million nodes fit into 100 MB. `CallTreeBuilder` makes it.
public struct CallTree: Sendable {
  /// What parts a node from its siblings. All text is visible and of bounded length.
  public struct Label: Hashable, Sendable {
    public var name: String
    public var kind: BoxKind
    /// Last component of the module's path; empty where not known.
    public var module: String
    /// Source file of the function; empty where not known.
    public var file: String
    /// First line of the function, 0 where not known; of processes and threads their id, or -1.
    public var line: Int32

    public init(
      name: String, kind: BoxKind, module: String = "", file: String = "", line: Int32 = 0
    ) {
      self.name = name
      self.kind = kind
      self.module = module
      self.file = file
      self.line = line
    }
  }

  /// A sample whose time is known.
  public struct Tick: Hashable, Sendable {
    /// Nanoseconds since the start.
    public var time: UInt64
    /// Where it ends.
    public var node: Int32
  }

  /// In order: by name, then by what else parts them.
  public internal(set) var labels: [Label]
  /// For each node its label, as an index in `labels`.
  public internal(set) var label: [Int32]
  /// For each node its distance from the root.
  public internal(set) var depth: [Int32]
  /// For each node the samples that end in it.
  public internal(set) var own: [UInt64]
  /// For each node the samples in it and all below it.
  public internal(set) var total: [UInt64]
  /// In the order of time; empty where it is not known.
  public internal(set) var ticks: [Tick] = []

  /// Nodes, the root included.
  public var count: Int { label.count }
  /// All samples.
  public var allSamples: UInt64 { total[0] }

  init(labels: [Label], label: [Int32], depth: [Int32], own: [UInt64]) {
    self.labels = labels
    self.label = label
    self.depth = depth
    self.own = own
    total = own
    // Each node's parent is the last one before it that is less deep: from the end, totals gather
    // by depth until their parent comes.
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
