// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The values in /proc/PID/status at one moment.
struct ProcessStatus {
  private var values: [String: String] = [:]

  /// Has no values if there is no such process.
  init(_ pid: pid_t) {
    let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    for line in text?.split(separator: "\n") ?? [] {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      values[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
    }
  }

  subscript(key: String) -> String? { values[key] }

  /// A set of capabilities or signals; 0 without such a value.
  func bits(_ key: String) -> UInt64 { self[key].flatMap { UInt64($0, radix: 16) } ?? 0 }
}
