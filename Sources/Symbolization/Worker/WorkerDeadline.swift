// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// The time that workers have spent on one module, in nanoseconds.
struct WorkerTime {
  var cpu: UInt64 = 0
  var wall: UInt64 = 0
}

/// The time that workers may take over one module, one after the other: 2 s of CPU time, and 10 ms
/// more for each MB of the module's files, at most 5 minutes. In wall time four times as much, for
/// busy machines and slow disks.
final class WorkerDeadline {
  /// CPU time in nanoseconds.
  private var allowance: UInt64 = 2_000_000_000
  private static let largestAllowance: UInt64 = 300_000_000_000
  /// The worker's CPU clock; nil where the worker is gone.
  private let clock: clockid_t?
  private let cpuAtStart: UInt64
  private let start: UInt64
  private let earlier: WorkerTime
  /// The CPU time of the worker, where its clock is gone.
  private var cpuAtEnd: UInt64 = 0
  /// The time of all modules together; nil for no limit.
  private let naming: NamingTime?
  /// The longest wait in nanoseconds, after which it is seen that `naming` was stopped.
  private static let longestWait: UInt64 = 50_000_000
  /// Whether a wait was given up because the time was over.
  private(set) var hasPassed = false

  /// Starts now.
  ///
  /// - Parameters:
  ///   - earlier: What other workers have spent on the same module.
  ///   - naming: The time of all modules together; nil for no limit.
  init(for pid: pid_t, after earlier: WorkerTime = WorkerTime(), within naming: NamingTime? = nil) {
    self.earlier = earlier
    self.naming = naming
    var clock = clockid_t()
    self.clock = clock_getcpuclockid(pid, &clock) == 0 ? clock : nil
    cpuAtStart = self.clock.map { nanoseconds(of: $0) } ?? 0
    start = monotonicNanoseconds()
  }

  /// What was spent on the module until now, by the earlier workers and this one.
  var spent: WorkerTime {
    let cpu = max(cpuAtStart, cpuAtEnd, clock.map { nanoseconds(of: $0) } ?? 0)
    return WorkerTime(
      cpu: earlier.cpu + cpu - cpuAtStart, wall: earlier.wall + monotonicNanoseconds() - start)
  }

  /// Allows more time, for a file that belongs to the module.
  func extend(for file: OpenFile) {
    // Cannot overflow: files have at most 64 GB.
    allowance = min(allowance + file.size / 1_000_000 * 10_000_000, Self.largestAllowance)
  }

  /// Passes the CPU time of a worker that has ended, in nanoseconds.
  func workerEnded(afterCPU nanoseconds: UInt64) { cpuAtEnd = nanoseconds }

  /// Waits until the socket is ready for these poll(2) events; false when the time is over.
  func wait(_ socket: borrowing FileDescriptor, for events: Int16) -> Bool {
    while true {
      let rest = rest()
      var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
      // Also without time left: what is ready already is received.
      let wait = min(rest, naming == nil ? rest : Self.longestWait)
      let count = poll(&waited, 1, CInt(clamping: (wait + 999_999) / 1_000_000))
      if count > 0 { return true }
      guard count == 0 || errno == EINTR else { return false }
      if rest == 0 {
        hasPassed = true
        return false
      }
    }
  }

  /// The earliest end of the time that is left, in nanoseconds from now: the CPU time that is left, if
  /// the worker runs without interruption, or the wall time that is left, also of all modules.
  private func rest() -> UInt64 {
    let spent = spent
    let most = allowance * 4
    guard spent.cpu < allowance, spent.wall < most else { return 0 }
    return min(allowance - spent.cpu, most - spent.wall, naming?.rest ?? .max)
  }
}
