// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this process has consumed so far.
public enum OwnCost {
  /// CPU seconds in user and kernel mode, of all threads.
  public static func cpuSeconds() -> Double {
    Double(nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)) / 1e9
  }

  /// Peak resident memory in bytes.
  public static func peakResidentBytes() -> UInt64 { peakResidentMemory(of: getpid()) }
}

/// Peak resident memory of a process, in bytes; 0 where it has ended.
///
/// Not from getrusage or wait4: those include the peak from before the process's exec.
public func peakResidentMemory(of pid: Int32) -> UInt64 {
  // `1234 kB`
  let kibibytes = ProcFile.field("VmHWM", of: "/proc/\(pid)/status")?.split(separator: " ").first
  return (kibibytes.flatMap { UInt64($0) } ?? 0) << 10
}
