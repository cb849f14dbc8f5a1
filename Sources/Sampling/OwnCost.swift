// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this process has cost so far.
public enum OwnCost {
  /// CPU seconds in user and kernel mode.
  public static func cpuSeconds() -> Double {
    Double(nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)) / 1e9
  }

  /// Peak resident memory in bytes. Not of getrusage: that one carries over the peak of whatever
  /// called exec before us.
  public static func peakResidentBytes() -> UInt64 {
    guard let status = ProcFile.read("/proc/self/status") else { return 0 }
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("VmHWM:") {
      let fields = line.split { $0 == " " || $0 == "\t" }
      return fields.count > 1 ? (UInt64(fields[1]) ?? 0) * 1024 : 0
    }
    return 0
  }
}
