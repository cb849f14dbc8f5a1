// SPDX-License-Identifier: Apache-2.0

import System

/// The parser of lists of CPU ids in the kernel's format (`0-3,8,10-11`).
package enum CPUList {
  /// Parses a list of CPU ids, such as `0-3,8,10-11`.
  ///
  /// - Parameter text: The list, without a newline at the end.
  /// - Returns: The ids in the order of the text; nil if the text is malformed, or an id is 8192 or
  ///   greater.
  package static func parse(_ text: String) -> [CInt]? {
    var cpus: [CInt] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { CInt($0) }
      // The limit of the kernel (NR_CPUS) bounds the memory that a wrong range takes.
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        0 <= first, first <= last, last < 8192
      else { return nil }
      cpus += first...last
    }
    return cpus
  }

  /// The CPUs that are online; CPU 0 if the list cannot be read.
  static func online() -> [CInt] {
    let text = ProcFile.read("/sys/devices/system/cpu/online", limit: 1 << 16) ?? []
    return parse(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) ?? [0]
  }
}
