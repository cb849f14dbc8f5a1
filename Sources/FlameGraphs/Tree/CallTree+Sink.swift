// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension CallTree {
  /// Sends the samples of all nodes to a sink, as if the tree were an input that is read.
  ///
  /// - Parameters:
  ///   - metric: The metric of the values in `own`, which becomes the first and default metric.
  ///   - sink: The receiver. Its `begin` is called once, before the samples are added.
  package func send(_ metric: Metric = .samples, to sink: inout some SampleSink) {
    sink.begin([metric] + further.map(\.metric), usual: 0)
    var frames = [Int32](repeating: -1, count: labels.count)
    var groups: [SampleGroup] = []
    var process: CallTree.Label?
    var thread: Int32 = -1
    var truncation: Truncation?
    var path: [Int32] = []
    var times = timesByNode()
    /// The effects of the nodes on the path to the current one, undone when the walk leaves them.
    var open: [Opened] = []
    for node in 0..<count {
      let label = labels[Int(self.label[node])]
      while open.count > Int(depth[node]) {
        switch open.removeLast() {
        case .nothing: break
        case .group: groups.removeLast()
        case .process: process = nil
        case .thread: thread = -1
        case .truncation: truncation = nil
        case .frame: path.removeLast()
        }
      }
      switch label.kind {
      case .all: open.append(.nothing)
      case .process:
        process = label
        open.append(.process)
      case .thread:
        if let group = group(at: node, in: groups.last) {
          groups.append(group)
          open.append(.group)
          break
        }
        var description = ThreadDescription(
          processID: process?.line ?? -1, threadID: label.line,
          processName: process?.name ?? "", name: label.name)
        description.group = groups.last ?? SampleGroup()
        thread = sink.number(of: description)
        open.append(.thread)
      case .truncated where path.isEmpty && truncation == nil:
        truncation = Truncation(frameName: label.name)
        if truncation == nil { fallthrough }
        open.append(.truncation)
      default:
        let index = Int(self.label[node])
        if frames[index] < 0 { frames[index] = sink.number(of: FrameDescription(label)) }
        path.append(frames[index])
        open.append(.frame)
      }
      let values = self.values(at: node)
      if !values.isZero {
        sink.add(
          thread: thread, truncation: truncation, path: path, values: values,
          times: times.removeValue(forKey: Int32(node)) ?? [])
      }
    }
  }
}

/// The effects of a node on the samples of its subtree.
private enum Opened {
  case nothing, group, process, thread, truncation, frame
}

extension CallTree {
  /// The values of the samples that end in a node, in all metrics.
  private func values(at node: Int) -> SampleValues {
    further.isEmpty
      ? SampleValues(own[node]) : SampleValues([own[node]] + further.map { $0.own[node] })
  }

  /// The group of a node that contains boxes of threads or processes: a CPU or cgroup; nil for
  /// other nodes.
  private func group(at node: Int, in outer: SampleGroup?) -> SampleGroup? {
    guard node + 1 < count, depth[node + 1] > depth[node] else { return nil }
    switch labels[Int(label[node + 1])].kind {
    case .thread, .process:
      return SampleGroup(name: labels[Int(label[node])].name, in: outer ?? SampleGroup())
    default: return nil
    }
  }

  private func timesByNode() -> [Int32: [UInt64]] {
    var times: [Int32: [UInt64]] = [:]
    for tick in ticks { times[tick.node, default: []].append(tick.time) }
    return times
  }
}

extension FrameDescription {
  fileprivate init(_ label: CallTree.Label) {
    let kind: FrameKind =
      switch label.kind {
      case .inlined: .inlined
      case .kernel: .kernel
      case .anonymous: .anonymous
      case .unknown: .unknown
      case .all, .process, .thread, .user, .truncated: .user
      }
    self.init(
      name: label.name, kind: kind, module: label.module, file: label.file,
      startLine: UInt32(max(0, label.line)))
  }
}
