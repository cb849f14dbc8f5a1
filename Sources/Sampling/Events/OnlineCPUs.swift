// SPDX-License-Identifier: Apache-2.0

/// The CPUs that are online, from the kernel's list format (`0-3,8,10-11`).
enum OnlineCPUs {
  static func read() -> [CInt] {
    let text = ProcFile.read("/sys/devices/system/cpu/online", limit: 1 << 16)
    let cpus = text.map { parse(String(decoding: $0, as: UTF8.self)) } ?? []
    return cpus.isEmpty ? [0] : cpus
  }

  static func parse(_ text: String) -> [CInt] {
    text.split { $0 == "," || $0.isWhitespace }.flatMap { part -> [CInt] in
      let ends = part.split(separator: "-").compactMap { CInt($0) }
      // The kernel's own limit (NR_CPUS) keeps a nonsensical range from costing memory.
      guard let first = ends.first, let last = ends.last, 0 <= first, first <= last, last < 8192
      else { return [] }
      return Array(first...last)
    }
  }
}
