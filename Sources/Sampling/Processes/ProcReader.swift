// SPDX-License-Identifier: Apache-2.0

import System

/// What the table of processes reads from `/proc`, exchangeable so that tests do not depend on the
/// processes of the machine.
struct ProcReader {
  /// Ids of all processes.
  var processIDs: () -> [Int32]
  /// `/proc/PID/stat`; nil if there is no such process.
  var status: (Int32) -> ProcessStatus?
  /// Executable lines of `/proc/PID/maps`, in the order of addresses. The error is EACCES where a
  /// privilege is missing, ENOENT or ESRCH where the process has ended.
  var executableMaps: (Int32) throws(SystemError) -> [MapsLine]
  /// So many bytes of a process's memory, from an address on; nil if they cannot be read.
  var memory: (_ pid: Int32, _ address: UInt64, _ count: Int) -> [UInt8]?

  /// The machine's own `/proc`.
  static var system: ProcReader {
    ProcReader(
      processIDs: ProcFile.processIDs, status: { ProcessStatus(pid: $0) },
      executableMaps: { (pid) throws(SystemError) in try ProcessMaps.executable(of: pid) },
      memory: { ProcessMemory.bytes(of: $0, at: $1, count: $2) })
  }
}
