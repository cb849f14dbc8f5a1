// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension Profile {
  /// What any format must keep: how many samples each path of names has, whatever the order of
  /// tables. Names as outputs show them.
  package var pathCounts: [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for sample in samples { counts[path(of: sample), default: 0] += count(of: sample) }
    return counts
  }

  /// When samples of each path fell, in microseconds.
  package var pathTimes: [String: [UInt64]] {
    var times: [String: [UInt64]] = [:]
    for sample in samples where !sample.times.isEmpty {
      times[path(of: sample), default: []] += sample.times.map { $0 / 1000 }
    }
    return times.mapValues { $0.sorted() }
  }

  private func path(of sample: Sample) -> String {
    let stack = stacks[sample.stack]
    var names = hasThread(sample) ? [sample.comm] : []
    if let truncation = stack.truncation { names.append(truncation.frameName) }
    names += stack.frames.reversed().map { functions[frames[$0].function].name }
    return names.map { VisibleText.of($0.isEmpty ? "[unknown]" : $0) }.joined(separator: " → ")
  }
}
