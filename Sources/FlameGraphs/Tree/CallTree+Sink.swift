// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension CallTree {
  /// Sends all samples to a sink, as a reader of any other file does.
  ///
  /// - Parameter metric: What the tree's counts are of.
  public func send(_ metric: Metric = .samples, to sink: inout some SampleSink) {
    sink.begin([metric], usual: 0)
    var numbers = [Int32](repeating: -1, count: labels.count)
    var groups: [SampleGroup] = []
    var process: CallTree.Label?
    var thread: Int32 = -1
    var truncation: Truncation?
    var path: [Int32] = []
    var times = timesByNode()
    /// What each node on the way from the root added, to be taken back when it is left.
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
        let place = Int(self.label[node])
        if numbers[place] < 0 { numbers[place] = sink.number(of: FrameDescription(label)) }
        path.append(numbers[place])
        open.append(.frame)
      }
      if own[node] > 0 {
        sink.add(
          thread: thread, truncation: truncation, path: path, values: SampleValues(own[node]),
          times: times.removeValue(forKey: Int32(node)) ?? [])
      }
    }
  }
}

/// What a node added to that of its callers.
private enum Opened {
  case nothing, group, process, thread, truncation, frame
}

extension CallTree {
  /// What a box that others of threads or processes stand on keeps them apart by.
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
