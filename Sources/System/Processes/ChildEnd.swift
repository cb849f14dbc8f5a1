// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The end of a child process, as wait(2) reports it.
package struct ChildEnd {
  /// The wait status.
  package var status: CInt
  /// What the child has used.
  package var usage: rusage
}

/// Waits for the end of a child, for a limited time: one that waits for a file system that never
/// answers outlives even SIGKILL. It is left behind then.
///
/// - Parameters:
///   - pid: A child that was not waited for.
///   - milliseconds: The longest wait; 0 only asks.
/// - Returns: Nil where the child still runs, or is none.
package func childEnd(of pid: pid_t, within milliseconds: UInt64) -> ChildEnd? {
  let deadline = monotonicNanoseconds() + milliseconds * 1_000_000
  while true {
    var status: CInt = 0
    var usage = rusage()
    let ended = wait4(pid, &status, WNOHANG, &usage)
    if ended == pid { return ChildEnd(status: status, usage: usage) }
    guard ended == 0, monotonicNanoseconds() < deadline else { return nil }
    usleep(1000)
  }
}
