// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// How long a worker may take over a module: 2 s of CPU time, and 10 ms more for each MB of its
/// files, but no more than 5 minutes. On a busy machine, or with slow disks, that may be four times as long on the wall.
final class Patience {
  private var allowance: UInt64 = 2_000_000_000
  private static let most: UInt64 = 300_000_000_000
  private let clock: clockid_t?
  private let cpuAtStart: UInt64
  private let start: UInt64
  /// Whether it has come to an end.
  private(set) var isOver = false

  init(with pid: pid_t) {
    var clock = clockid_t()
    self.clock = clock_getcpuclockid(pid, &clock) == 0 ? clock : nil
    cpuAtStart = self.clock.map { nanoseconds(of: $0) } ?? 0
    start = monotonicNanoseconds()
  }

  func extend(for file: OpenFile) {
    // The product is small: files have 64 GB at most.
    allowance = min(allowance + file.size / 1_000_000 * 10_000_000, Self.most)
  }

  /// Waits until the socket is ready for these events; false when patience is over.
  func wait(_ socket: borrowing FileDescriptor, for events: Int16) -> Bool {
    while true {
      let rest = rest()
      var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
      // What is ready already is taken, however late it is.
      let count = poll(&waited, 1, CInt(clamping: (rest + 999_999) / 1_000_000))
      if count > 0 { return true }
      guard count == 0 || errno == EINTR else { return false }
      if rest == 0 {
        isOver = true
        return false
      }
    }
  }

  /// The least time in which it can be over, in nanoseconds.
  private func rest() -> UInt64 {
    let cpu = clock.map { nanoseconds(of: $0) } ?? 0
    let wall = monotonicNanoseconds()
    let used = max(cpu, cpuAtStart) - cpuAtStart
    let (passed, most) = (wall - start, allowance * 4)
    guard used < allowance, passed < most else { return 0 }
    return min(allowance - used, most - passed)
  }
}
