// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// The time that a worker may take over one module: 2 s of CPU time, and 10 ms more for each MB of
/// the module's files, at most 5 minutes. In wall time four times as much, for busy machines and slow
/// disks.
final class WorkerDeadline {
  /// CPU time in nanoseconds.
  private var allowance: UInt64 = 2_000_000_000
  private static let largestAllowance: UInt64 = 300_000_000_000
  /// The worker's CPU clock; nil where the worker is gone.
  private let clock: clockid_t?
  private let cpuAtStart: UInt64
  private let start: UInt64
  /// Whether a wait was given up because the time was over.
  private(set) var hasPassed = false

  /// Starts now.
  init(for pid: pid_t) {
    var clock = clockid_t()
    self.clock = clock_getcpuclockid(pid, &clock) == 0 ? clock : nil
    cpuAtStart = self.clock.map { nanoseconds(of: $0) } ?? 0
    start = monotonicNanoseconds()
  }

  /// Allows more time, for a file that belongs to the module.
  func extend(for file: OpenFile) {
    // Cannot overflow: files have at most 64 GB.
    allowance = min(allowance + file.size / 1_000_000 * 10_000_000, Self.largestAllowance)
  }

  /// Waits until the socket is ready for these poll(2) events; false when the time is over.
  func wait(_ socket: borrowing FileDescriptor, for events: Int16) -> Bool {
    while true {
      let rest = rest()
      var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
      // Also without time left: what is ready already is received.
      let count = poll(&waited, 1, CInt(clamping: (rest + 999_999) / 1_000_000))
      if count > 0 { return true }
      guard count == 0 || errno == EINTR else { return false }
      if rest == 0 {
        hasPassed = true
        return false
      }
    }
  }

  /// The earliest end of the time that is left, in nanoseconds from now: the CPU time that is left, if
  /// the worker runs without interruption, or the wall time that is left.
  private func rest() -> UInt64 {
    let cpu = clock.map { nanoseconds(of: $0) } ?? 0
    let wall = monotonicNanoseconds()
    let used = max(cpu, cpuAtStart) - cpuAtStart
    let (passed, most) = (wall - start, allowance * 4)
    guard used < allowance, passed < most else { return 0 }
    return min(allowance - used, most - passed)
  }
}
