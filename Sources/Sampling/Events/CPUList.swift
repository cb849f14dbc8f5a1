// SPDX-License-Identifier: Apache-2.0

import System

/// Numbers of CPUs in the kernel's list format (`0-3,8,10-11`).
public enum CPUList {
  /// Nil for what is no such list.
  public static func parse(_ text: String) -> [CInt]? {
    var cpus: [CInt] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { CInt($0) }
      // The kernel's own limit (NR_CPUS) keeps a nonsensical range from costing memory.
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        0 <= first, first <= last, last < 8192
      else { return nil }
      cpus += first...last
    }
    return cpus
  }

  /// Those that are online.
  static func online() -> [CInt] {
    let text = ProcFile.read("/sys/devices/system/cpu/online", limit: 1 << 16) ?? []
    return parse(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) ?? [0]
  }
}
