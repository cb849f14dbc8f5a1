// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// Records of the targets alone, so that what other processes do costs nothing.
extension SideBand {
  /// Beyond so many threads everyone's records are read. Each record wakes the reader through all events
  /// of its ring, one for each of these threads.
  private static let mostThreads = 128

  /// How often threads are listed. Those of the second list were started before their starters had an
  /// event, or they have one already, and report twice from then on, which changes nothing. The few
  /// that a third list would still miss are followed by the kernel all the same, when a sample asks.
  private static let searches = 3

  /// Reads only the records of some threads, and of what these start, from now on.
  ///
  /// The kernel gives each thread that they start the events of its starter. If the threads are too many,
  /// or the kernel refuses their events, the records of all processes are read instead.
  ///
  /// - Parameters:
  ///   - children: also of the processes that they start, with all descendants.
  ///   - eventLimit: the most events to open, one for each thread and CPU.
  ///   - threads: lists the threads that run now.
  mutating func recordOnly(children: Bool, eventLimit: Int, threads: () -> [Int32]) {
    var known: Set<Int32> = []
    for _ in 0..<Self.searches {
      let new = Set(threads()).subtracting(known)
      if new.isEmpty { return }
      known.formUnion(new)
      guard known.count <= Self.mostThreads, known.count * rings.count <= eventLimit else {
        return recordEveryone()
      }
      for thread in new {
        guard add(thread, children: children) else { return recordEveryone() }
      }
    }
  }

  /// Returns false if the kernel has refused an event.
  private func add(_ thread: Int32, children: Bool) -> Bool {
    for ring in rings.values {
      do throws(SystemError) {
        try ring.add(.thread(thread, children: children))
      } catch {
        if error.code == ESRCH { return true }  // The thread has ended.
        if error.code != ENODEV { return false }  // The CPU is offline.
      }
    }
    return true
  }

  /// Opens the rings anew: what they have is not needed, since all that runs is listed later.
  private mutating func recordEveryone() {
    let cpus = Array(rings.keys)
    setCPUs([])
    setCPUs(cpus)
  }
}
