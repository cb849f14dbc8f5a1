// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// What this process has cost so far.
public enum OwnCost {
  /// CPU seconds in user and kernel mode.
  public static func cpuSeconds() -> Double {
    Double(nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)) / 1e9
  }

  /// Peak resident memory in bytes. Not of getrusage: that one carries over the peak of whatever
  /// called exec before us.
  public static func peakResidentBytes() -> UInt64 {
    // `1234 kB`
    let kilobytes = ProcFile.field("VmHWM", of: "/proc/self/status")?.split(separator: " ").first
    return kilobytes.flatMap { UInt64($0) }.map { $0 * 1024 } ?? 0
  }
}
