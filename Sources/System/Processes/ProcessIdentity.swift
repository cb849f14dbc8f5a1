// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The identity of a process beyond its id: its user, its id inside its own pid namespace, and
/// when it started.
package struct ProcessIdentity: Hashable, Sendable {
  /// The effective user id, as our own user namespace has it.
  package var user: uid_t
  /// The process id in the innermost of its pid namespaces: the id that the process itself sees.
  package var innermostID: Int32
  /// The time when the process started, in clock ticks (10 ms) since boot.
  package var startTicks: UInt64

  /// Reads the identity of a process from `/proc`; nil if the process has ended, or `/proc` hides
  /// it.
  ///
  /// - Parameter pid: The process id, in the pid namespace that `/proc` shows.
  package init?(pid: Int32) {
    guard let status = ProcFile.read("/proc/\(pid)/status", limit: 16 << 10),
      let stat = ProcessStatus(pid: pid)
    else { return nil }
    self.init(status: status, startTicks: stat.startTicks)
  }

  /// Parses the text of `/proc/PID/status` (proc(5)); nil if a field is missing.
  init?(status: [UInt8], startTicks: UInt64) {
    var values: [Substring: [Substring]] = [:]
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
      let fields = line.split { $0 == "\t" || $0 == " " }
      if let key = fields.first { values[key] = Array(fields.dropFirst()) }
    }
    // Real, effective, saved, and that of file accesses.
    guard let user = values["Uid:"]?.dropFirst().first.flatMap({ uid_t($0) }),
      let id = values["NSpid:"]?.last.flatMap({ Int32($0) })
    else { return nil }
    (self.user, innermostID, self.startTicks) = (user, id, startTicks)
  }

  /// Returns whether the process started at a given time, within 20 ms. If it did not, this is the
  /// identity of another process that has the same id.
  ///
  /// - Parameter nanoseconds: The time to compare with, in nanoseconds since boot.
  package func hasStarted(at nanoseconds: UInt64) -> Bool {
    let start = startTicks &* (1_000_000_000 / UInt64(max(sysconf(CInt(_SC_CLK_TCK)), 1)))
    // A clock tick is 10 ms.
    return max(start, nanoseconds) - min(start, nanoseconds) < 20_000_000
  }
}
