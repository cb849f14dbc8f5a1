// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The CPU time and the memory that this process has used so far.
package enum OwnCost {
  /// Returns the CPU time that all threads of this process have used so far, in user and kernel
  /// mode together, in seconds.
  package static func cpuSeconds() -> Double {
    Double(nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)) / 1e9
  }

  /// Returns the peak of this process's resident memory, in bytes.
  package static func peakResidentBytes() -> UInt64 { peakResidentMemory(of: getpid()) }
}

/// Returns the peak of a process's resident memory, in bytes; 0 if the process has ended.
///
/// The source is `/proc/PID/status` (`VmHWM`), not getrusage(2) or wait4(2): those include the peak
/// from before the process's exec.
package func peakResidentMemory(of pid: Int32) -> UInt64 {
  // `1234 kB`
  let kibibytes = ProcFile.field("VmHWM", of: "/proc/\(pid)/status")?.split(separator: " ").first
  return (kibibytes.flatMap { UInt64($0) } ?? 0) << 10
}
