// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension CallTree {
  /// Tells all samples to a sink, as a reader of any other file does.
  public func send(to sink: inout some SampleSink) {
    var numbers = [Int32](repeating: -1, count: labels.count)
    var process: CallTree.Label?
    var thread: Int32 = -1
    var truncation: Truncation?
    var path: [Int32] = []
    var times = timesByNode()
    /// What each node on the way from the root added, to be taken back when it is left.
    var open: [BoxKind] = []
    for node in 0..<count {
      let label = labels[Int(self.label[node])]
      while open.count > Int(depth[node]) {
        switch open.removeLast() {
        case .process: process = nil
        case .thread: thread = -1
        case .all: break
        case .truncated where truncation != nil && path.isEmpty: truncation = nil
        default: path.removeLast()
        }
      }
      var kind = label.kind
      switch kind {
      case .all: break
      case .process: process = label
      case .thread:
        thread = sink.number(
          of: ThreadDescription(
            processID: process?.line ?? -1, threadID: label.line,
            processName: process?.name ?? "", name: label.name))
      default:
        if kind == .truncated, path.isEmpty, truncation == nil,
          let reason = Truncation(frameName: label.name)
        {
          truncation = reason
        } else {
          if kind == .truncated { kind = .unknown }
          let place = Int(self.label[node])
          if numbers[place] < 0 { numbers[place] = sink.number(of: FrameDescription(label)) }
          path.append(numbers[place])
        }
      }
      open.append(kind)
      if own[node] > 0 {
        sink.add(
          thread: thread, truncation: truncation, path: path, count: own[node],
          times: times.removeValue(forKey: Int32(node)) ?? [])
      }
    }
  }
}

extension CallTree {
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
