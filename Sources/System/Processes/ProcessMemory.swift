// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The reader of another process's memory by `/proc/PID/mem` (proc(5)).
package enum ProcessMemory {
  /// Reads bytes of a process that runs. Its pages are brought into memory if they are not there.
  ///
  /// - Parameters:
  ///   - pid: The process id, in the pid namespace that `/proc` shows.
  ///   - address: The address of the first byte, below 2^63.
  ///   - count: The number of bytes.
  /// - Returns: Nil if not all of them can be read: nothing is mapped there, the process has ended, or
  ///   a privilege is missing (that of ptrace(2)).
  package static func bytes(of pid: Int32, at address: UInt64, count: Int) -> [UInt8]? {
    do throws(SystemError) {
      let memory = try FileDescriptor(opening: "/proc/\(pid)/mem", O_RDONLY)
      let bytes = try memory.read(at: address, count: count)
      return bytes.count == count ? bytes : nil
    } catch {
      return nil
    }
  }
}
