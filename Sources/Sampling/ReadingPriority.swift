// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The raised priority of the thread that reads side-band records. It is given back while reading takes
/// much of a CPU: then the records are those of a flood, which may be meant to keep others from running.
struct ReadingPriority: ~Copyable {
  private var raised: RaisedPriority?
  private var load = ReadingLoad()
  /// The limit of what may be raised again, before it was changed here; nil if it was not.
  private var previousLimit: rlimit?

  init() {
    previousLimit = Self.allowRaising()
    raised = RaisedPriority()
  }

  deinit { if var previousLimit { _ = setrlimit(Self.limit, &previousLimit) } }

  /// Call it after each read.
  ///
  /// - Parameters:
  ///   - spent: CPU time of the read, in nanoseconds.
  ///   - now: the present, in monotonic nanoseconds.
  mutating func recordsWereRead(in spent: UInt64, at now: UInt64) {
    load.add(spent, at: now)
    if load.isFlood {
      raised = nil
    } else if raised == nil {
      raised = RaisedPriority()
    }
  }

  /// Lets this process raise its priority after it has given up CAP_SYS_NICE. Returns the limit before;
  /// nil if it may not, or need not, be changed: then what was given back stays given back.
  private static func allowRaising() -> rlimit? {
    var previous = rlimit()
    // The limit of a nice value is 20 less that value.
    let needed = rlim_t(20 + RaisedPriority.difference)
    guard getrlimit(limit, &previous) == 0, previous.rlim_cur < needed else { return nil }
    var raised = rlimit(rlim_cur: needed, rlim_max: max(needed, previous.rlim_max))
    return setrlimit(limit, &raised) == 0 ? previous : nil
  }

  private static var limit: __rlimit_resource_t { __rlimit_resource_t(__RLIMIT_NICE.rawValue) }
}

/// Whether reading records takes so much time that it is a flood: more than a quarter of a core for a
/// second, until it is less than a tenth. One process cannot cause that (`WorkShares`).
struct ReadingLoad {
  private(set) var isFlood = false
  /// Start of the interval, in monotonic nanoseconds.
  private var start: UInt64 = 0
  /// CPU time in the interval, in nanoseconds.
  private var spent: UInt64 = 0

  /// Adds the CPU time of a read that ended at `now`.
  mutating func add(_ time: UInt64, at now: UInt64) {
    spent += time
    let elapsed = max(now, start) - start
    guard elapsed >= 1_000_000_000 else { return }
    isFlood = spent > elapsed / (isFlood ? 10 : 4)
    (start, spent) = (now, 0)
  }
}
