// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Merges samples into a call tree as they come.
public struct CallTreeBuilder: SampleSink {
  /// How samples are grouped below the root, or below the CPU or cgroup that they are kept apart by.
  public enum Grouping: Sendable {
    /// Threads of one name together, of whatever process.
    case threadNames
    /// Threads one by one, as `name-PID/TID`.
    case threads
    /// Processes, and in them their threads, one by one.
    case processesAndThreads
  }

  private let grouping: Grouping
  private let keepsTimes: Bool
  /// The metric whose values the tree has.
  public private(set) var shown: ShownMetric
  private var labels = LabelTable()
  /// For each thread its boxes, the outermost first.
  private var threads: [[Int32]] = []
  private var tree: PathTree
  private var allSamples: UInt64 = 0
  private var ticks: [CallTree.Tick] = []

  /// - Parameters:
  ///   - keepsTimes: Whether the tree keeps when samples fell, as far as that is known.
  ///   - metric: The name of the metric to show; nil for the usual one.
  public init(
    _ grouping: Grouping = .threadNames, keepsTimes: Bool = false, metric: String? = nil
  ) {
    self.init(grouping, keepsTimes: keepsTimes, keepsOrder: false, metric: metric)
  }

  /// - Parameter keepsOrder: As in `PathTree`.
  init(_ grouping: Grouping, keepsTimes: Bool, keepsOrder: Bool, metric: String? = nil) {
    shown = ShownMetric(named: metric)
    self.grouping = grouping
    self.keepsTimes = keepsTimes
    tree = PathTree(
      rootLabel: labels.number(of: CallTree.Label(name: "all", kind: .all)), keepsOrder: keepsOrder)
  }

  /// As JavaScript counts exactly up to 2^53, foreign numbers beyond that are held at it.
  private static let mostSamples: UInt64 = 1 << 53

  /// Folded stacks make a node each 100 to 150 bytes. To grow costs more than to have too much room.
  public mutating func expect(textOf bytes: Int) {
    tree.reserve(min(bytes / 100, 1 << 23))
  }

  public mutating func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
  }

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
    var boxes = thread.group.names.map { CallTree.Label(name: $0, kind: .thread, line: -1) }
    switch grouping {
    case .threadNames:
      boxes.append(CallTree.Label(name: thread.name, kind: .thread, line: -1))
    case .threads:
      boxes.append(CallTree.Label(name: thread.nameWithIDs, kind: .thread, line: -1))
    case .processesAndThreads:
      if thread.processID >= 0 {
        boxes.append(
          CallTree.Label(name: thread.processName, kind: .process, line: thread.processID))
      }
      boxes.append(CallTree.Label(name: thread.name, kind: .thread, line: thread.threadID))
    }
    threads.append(boxes.map { labels.number(of: $0) })
    return Int32(threads.count - 1)
  }

  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues,
    times: [UInt64]
  ) {
    let count = values[shown.index]
    if count == 0 { return }
    let counted = min(count, Self.mostSamples - allSamples)
    allSamples += counted
    if thread >= 0 { for label in threads[Int(thread)] { tree.descend(to: label) } }
    if let truncation { tree.descend(to: label(of: truncation)) }
    for label in path { tree.descend(to: label) }
    let node = tree.end(with: counted)
    if keepsTimes { for time in times { ticks.append(CallTree.Tick(time: time, node: node)) } }
  }

  private mutating func label(of truncation: Truncation) -> Int32 {
    labels.number(of: CallTree.Label(name: truncation.frameName, kind: .truncated))
  }

  /// The tree of all that was added.
  public consuming func finish() -> CallTree {
    let (sorted, rank) = labels.ranked()
    return tree.finish(sorted, rank: rank, ticks: ticks)
  }
}

extension CallTree {
  /// The tree of a profile in its shown metric.
  public init(
    _ profile: Profile, grouping: CallTreeBuilder.Grouping = .threadNames, keepsTimes: Bool = false
  ) {
    var builder = CallTreeBuilder(
      grouping, keepsTimes: keepsTimes, metric: profile.session.metric.name)
    profile.send(to: &builder)
    self = builder.finish()
  }

  /// From the functions that ran to those that called them.
  func reversed() -> CallTree {
    var tree = PathTree(rootLabel: label[0])
    var path: [Int32] = []
    for node in 0..<count {
      if node > 0 {
        path.removeLast(path.count - Int(depth[node]) + 1)
        path.append(label[node])
      }
      if own[node] == 0 { continue }
      for label in path.reversed() { tree.descend(to: label) }
      _ = tree.end(with: own[node])
    }
    return tree.finish(labels, rank: labels.indices.map { Int32($0) })
  }
}
