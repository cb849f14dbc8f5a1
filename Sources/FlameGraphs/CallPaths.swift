// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Every stack as a path of label numbers from the thread to the leaf, in the order of the labels.
struct CallPaths {
  struct Path {
    /// Range in `arena`, never empty: the first element is the thread.
    var elements: Range<Int>
    var count: UInt64
    /// Index in `Profile.stacks`.
    var stack: Int
  }

  /// In the order of names, then kinds.
  let labels: [CallTree.Label]
  /// The label of the tree's root.
  let rootLabel: Int32
  let arena: [Int32]
  let sorted: [Path]
  private let stacks: [Stack]

  init(_ profile: Profile) {
    var numbering = LabelNumbering()
    let root = numbering.number(CallTree.Label(name: "all", kind: .all))
    var paths: [Path] = []
    var arena: [Int32] = []
    let frameLabels = Self.labels(ofFramesIn: profile, &numbering)

    for entry in profile.threadStacks() where entry.count > 0 {
      let stack = profile.stacks[entry.stack]
      let start = arena.count
      arena.append(numbering.number(CallTree.Label(name: entry.comm, kind: .thread)))
      if let truncation = stack.truncation {
        arena.append(
          numbering.number(CallTree.Label(name: truncation.frameName, kind: .truncated)))
      }
      for frame in stack.frames.reversed() { arena.append(frameLabels[frame]) }
      paths.append(Path(elements: start..<arena.count, count: entry.count, stack: entry.stack))
    }

    let ranks = numbering.ranks()
    for index in arena.indices { arena[index] = ranks.rank[Int(arena[index])] }
    self.labels = ranks.labels
    self.rootLabel = ranks.rank[Int(root)]
    self.sorted = Self.sort(paths, in: arena)
    self.arena = arena
    self.stacks = profile.stacks
  }

  /// The frame at a place of a path, as an index in `Profile.frames`; -1 for the thread and for
  /// what was cut off.
  func frame(at position: Int, of path: Path) -> Int32 {
    let frames = stacks[path.stack].frames
    let fromLeaf = path.elements.count - 1 - position
    return fromLeaf < frames.count ? Int32(frames[fromLeaf]) : -1
  }

  private static func labels(
    ofFramesIn profile: Profile, _ numbering: inout LabelNumbering
  ) -> [Int32] {
    // A function has few kinds but many frames: its name is looked at once for each kind.
    let kinds = FrameKind.allCases.count
    var known = [Int32](repeating: -1, count: profile.functions.count * kinds)
    return profile.frames.map { frame in
      let kind = profile.kind(of: frame)
      let slot = frame.function * kinds + Int(kind.rawValue)
      if known[slot] < 0 {
        known[slot] = numbering.number(
          CallTree.Label(name: profile.functions[frame.function].name, kind: BoxKind(kind)))
      }
      return known[slot]
    }
  }

  /// Equal paths, of frames with other addresses, keep the order of their stacks.
  private static func sort(_ paths: [Path], in arena: [Int32]) -> [Path] {
    paths.sorted { a, b in
      var (left, right) = (a.elements.lowerBound, b.elements.lowerBound)
      while left < a.elements.upperBound && right < b.elements.upperBound {
        if arena[left] != arena[right] { return arena[left] < arena[right] }
        left += 1
        right += 1
      }
      return a.elements.count != b.elements.count
        ? a.elements.count < b.elements.count : a.stack < b.stack
    }
  }
}

/// Gives labels numbers as they come, and ranks once all are known.
private struct LabelNumbering {
  private var labels: [CallTree.Label] = []
  private var numbers: [CallTree.Label: Int32] = [:]

  /// - Parameter label: With a name as strangers wrote it; what is kept is visible and not empty.
  mutating func number(_ label: CallTree.Label) -> Int32 {
    if let number = numbers[label] { return number }
    var visible = label
    visible.name = VisibleText.of(label.name, keepingTabs: true)
    if visible.name.isEmpty { visible.name = "[unknown]" }
    let number = numbers[visible] ?? Int32(labels.count)
    if number == labels.count { labels.append(visible) }
    numbers[visible] = number
    numbers[label] = number
    return number
  }

  /// - Returns: The labels in order, and the place there of each number.
  func ranks() -> (labels: [CallTree.Label], rank: [Int32]) {
    let order = labels.indices.sorted { a, b in
      labels[a].name != labels[b].name
        ? labels[a].name.utf8.lexicographicallyPrecedes(labels[b].name.utf8)
        : labels[a].kind.rawValue < labels[b].kind.rawValue
    }
    var rank = [Int32](repeating: 0, count: labels.count)
    for (place, number) in order.enumerated() { rank[number] = Int32(place) }
    return (order.map { labels[$0] }, rank)
  }
}
