// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// A reader of the numbers by which the kernel identifies tracepoints; they are files in tracefs.
package enum Tracepoint {
  /// Whether this process can read the ids of tracepoints in tracefs, which
  /// `tracepoint:CATEGORY:NAME` events need.
  package static var isWithinReach: Bool { (try? id("sched", "sched_switch")) != nil }

  /// Reads an id where tracefs is mounted; if it is not, from a mount that is attached to no
  /// folder.
  static func id(_ category: String, _ name: String) throws(SamplingError) -> UInt64 {
    let path = "events/\(category)/\(name)/id"
    for folder in ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"] {
      if let id = ProcFile.number("\(folder)/\(path)") { return UInt64(id) }
      // tracefs is mounted there, and has no such tracepoint.
      if access("\(folder)/events", R_OK) == 0 { throw .noSuchTracepoint(category, name) }
    }
    let raw = fb_open_unmounted("tracefs")
    guard raw >= 0 else { throw .tracefsOutOfReach(.last("open tracefs")) }
    let root = FileDescriptor(adopting: raw)
    guard let id = ProcFile.number("/proc/self/fd/\(root.rawValue)/\(path)") else {
      throw .noSuchTracepoint(category, name)
    }
    return UInt64(id)
  }
}
