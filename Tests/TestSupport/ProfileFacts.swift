// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension Profile {
  /// What any format must keep: how many samples each path of names has, whatever the order of
  /// tables. Names as outputs show them.
  public var pathCounts: [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for sample in samples {
      let stack = stacks[sample.stack]
      var names = hasThread(sample) ? [sample.comm] : []
      if let truncation = stack.truncation { names.append(truncation.frameName) }
      names += stack.frames.reversed().map { functions[frames[$0].function].name }
      let path = names.map { VisibleText.of($0.isEmpty ? "[unknown]" : $0) }
      counts[path.joined(separator: " → "), default: 0] += sample.count
    }
    return counts
  }
}
