// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that merges samples into a call tree as they arrive. It holds the tree, not the samples.
package struct CallTreeBuilder: SampleSink {
  /// The boxes that group samples between the root and the outermost frames. If a recording is
  /// split by CPU or cgroup, these boxes are below those of CPU or cgroup.
  package enum Grouping: Sendable {
    /// One box for all threads that have the same name, even if they are of different processes.
    case threadNames
    /// One box for each thread, with the name `name-PID/TID`.
    case threads
    /// One box for each process, and in it one for each of its threads.
    case processesAndThreads
  }

  /// The choice of the metrics whose values the built tree keeps.
  package enum MetricChoice: Sendable {
    /// The shown metric only.
    case shown
    /// All metrics, if all inputs have the same ones; otherwise the shown metric only.
    case all
  }

  private let grouping: Grouping
  private let keepsTimes: Bool
  /// The choice of the metric whose values become `CallTree.own`. After all inputs were read, check
  /// its `problem`: inputs can lack the metric, or have it in different units.
  package private(set) var shown: ShownMetric
  private let metricChoice: MetricChoice
  /// The metrics of the first input; empty before it.
  private var metrics: [Metric] = []
  /// The indices of the further metrics in the values of a sample; empty where only one is kept.
  private var further: [Int] = []
  private var labels = LabelTable()
  /// For each thread the labels of its groups, the outermost first.
  private var threads: [[Int32]] = []
  private var tree: PathTree
  /// The totals so far: of the shown metric, and of the further ones.
  private var allSamples: UInt64 = 0
  private var furtherTotals: [UInt64] = []
  private var ticks: [CallTree.Tick] = []
  /// By id of a label, as `CallTree.offsets`.
  private var offsets: [Int32: Set<UInt64>] = [:]

  /// Creates a builder whose tree has no samples yet.
  ///
  /// - Parameters:
  ///   - grouping: The boxes between the root and the frames, such as one for each thread.
  ///   - keepsTimes: Whether the tree keeps the times of samples, as far as they are known.
  ///   - metric: The name of the metric to show; nil for `wall`, else `cpu`, else the default
  ///     metric of the input.
  ///   - metrics: The metrics whose values the tree keeps: the shown one, or all.
  package init(
    _ grouping: Grouping = .threadNames, keepsTimes: Bool = false, metric: String? = nil,
    metrics: MetricChoice = .shown
  ) {
    self.init(
      grouping, keepsTimes: keepsTimes, keepsOrder: false, metric: metric, metrics: metrics)
  }

  /// - Parameter keepsOrder: As in `PathTree`.
  init(
    _ grouping: Grouping, keepsTimes: Bool, keepsOrder: Bool, metric: String? = nil,
    metrics: MetricChoice = .shown
  ) {
    shown = ShownMetric(named: metric)
    metricChoice = metrics
    self.grouping = grouping
    self.keepsTimes = keepsTimes
    tree = PathTree(
      rootLabel: labels.id(of: CallTree.Label(name: "all", kind: .all)), keepsOrder: keepsOrder)
  }

  /// The largest total of a metric: 2^53, up to which JavaScript counts exactly. Values beyond are
  /// cut.
  package static let mostSamples: UInt64 = 1 << 53

  /// Reserves memory for the tree of an input that is text with one stack on each line: one node
  /// for every 100 bytes. Calling it is optional and saves time. Call it before the first sample.
  ///
  /// - Parameter bytes: The size of the text in bytes; 0 where not known.
  package mutating func expect(textOf bytes: Int) {
    tree.reserve(min(bytes / 100, 1 << 23))
  }

  /// Begins the next input, with the metrics of its samples. Call it before the first sample of
  /// each input. The tree keeps only metrics that the first input has.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each sample has a value for, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  package mutating func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
    guard metricChoice == .all else { return }
    if self.metrics.isEmpty {
      self.metrics = metrics
      further = metrics.indices.filter { $0 != shown.index }
      furtherTotals = further.map { _ in 0 }
    } else if self.metrics != metrics {
      further = []
    }
  }

  /// Registers a frame and returns its id, which `add` takes in paths. Frames with equal name,
  /// kind, module and source get the same id.
  package mutating func number(of frame: FrameDescription) -> Int32 {
    // In text formats, the truncation of a stack is a frame.
    if frame.module.path.isEmpty, let truncation = Truncation(frameName: frame.function.name) {
      return label(of: truncation)
    }
    let id = labels.id(
      of: CallTree.Label(
        name: frame.function.name, kind: BoxKind(frame.kind),
        module: frame.module.kind == .unknown ? "" : frame.module.name, file: frame.function.file,
        line: Int32(clamping: frame.function.startLine)))
    if frame.naming == .moduleOnly, frame.address > 0,
      case .function(let start)? = UnnamedCode(name: frame.function.name), start <= frame.address
    {
      offsets[id, default: []].insert(frame.address - start)
    }
    return id
  }

  /// Registers a thread and returns its id, from 0, which `add` takes. Each call registers a
  /// further thread, so call it once for each. Samples that are added with the id get the boxes of
  /// the thread, as the builder's grouping demands.
  package mutating func number(of thread: ThreadDescription) -> Int32 {
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
    threads.append(boxes.map { labels.id(of: $0) })
    return Int32(threads.count - 1)
  }

  /// Adds the samples of one stack to the tree.
  ///
  /// - Parameters:
  ///   - thread: The id that `number(of:)` returned for the thread; -1 where not known.
  ///   - truncation: The reason why outermost frames are missing; nil for a complete stack.
  ///   - path: The ids that `number(of:)` returned for the frames, from the outermost caller to the
  ///     function that ran.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: The times of the samples, in nanoseconds since the start of the recording; empty
  ///     where not known.
  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues,
    times: [UInt64]
  ) {
    let count = values[shown.index]
    if count == 0 && further.allSatisfy({ values[$0] == 0 }) { return }
    let counted = min(count, Self.mostSamples - allSamples)
    allSamples += counted
    if thread >= 0 { for label in threads[Int(thread)] { tree.descend(to: label) } }
    if let truncation { tree.descend(to: label(of: truncation)) }
    for label in path { tree.descend(to: label) }
    let node = tree.end(with: counted)
    for (column, metric) in further.enumerated() where values[metric] > 0 {
      let counted = min(values[metric], Self.mostSamples - furtherTotals[column])
      furtherTotals[column] += counted
      tree.add(counted, to: node, column: column)
    }
    if keepsTimes { for time in times { ticks.append(CallTree.Tick(time: time, node: node)) } }
  }

  private mutating func label(of truncation: Truncation) -> Int32 {
    labels.id(of: CallTree.Label(name: truncation.frameName, kind: .truncated))
  }

  /// Returns the call tree of all samples. The builder is consumed: it cannot be used afterwards.
  package consuming func finish() -> CallTree {
    let (sorted, rank) = labels.ranked()
    var finished = tree.finish(
      sorted, rank: rank, metrics: further.map { metrics[$0] }, ticks: ticks)
    for (label, offsets) in offsets { finished.offsets[Int(rank[Int(label)])] = offsets.sorted() }
    return finished
  }
}

extension CallTree {
  /// Builds the call tree of a profile, with the values of all its metrics. The shown metric is
  /// that of the profile.
  ///
  /// - Parameters:
  ///   - grouping: The boxes between the root and the frames, such as one for each thread.
  ///   - keepsTimes: Whether the tree keeps the times of samples, as far as they are known.
  package init(
    _ profile: Profile, grouping: CallTreeBuilder.Grouping = .threadNames, keepsTimes: Bool = false
  ) {
    var builder = CallTreeBuilder(
      grouping, keepsTimes: keepsTimes, metric: profile.session.metric.name, metrics: .all)
    profile.send(to: &builder)
    self = builder.finish()
  }

  /// The reversed tree of the shown metric: from the functions that ran to those that called them.
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
