// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Returns the real user of a process, as our own user namespace has it; nil if the process has ended,
/// or `/proc` hides it.
///
/// - Parameter pid: The process id, in the pid namespace that `/proc` shows.
package func realUser(of pid: Int32) -> uid_t? {
  var status = stat()
  guard stat("/proc/\(pid)", &status) == 0 else { return nil }
  // A process that may not be dumped shows root as its owner, and each can choose that.
  if status.st_uid != 0 { return status.st_uid }
  let users = ProcFile.field("Uid", of: "/proc/\(pid)/status")?.split { $0 == "\t" || $0 == " " }
  return users?.first.flatMap { uid_t($0) }
}
