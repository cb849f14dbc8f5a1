// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel
import System

/// Keeps the table of processes up to date, and passes each change to all followers.
///
/// This is the only place that changes the table while sampling, and the only one that calls
/// followers. It bounds the work that one process causes (`WorkShares`), and that of scans of `/proc`
/// after losses.
struct ProcessMonitor {
  private(set) var table: ProcessTable
  /// Side-band records that the kernel dropped because a ring was full.
  private(set) var lostRecords: UInt64 = 0
  /// Mappings that were left out here, of processes that are behind.
  private(set) var leftOutCount: UInt64 = 0
  private var shares = WorkShares()
  /// The time of the last loss after which `/proc` was not scanned yet.
  private var unrepairedLoss: UInt64?
  /// When `/proc` may be scanned next: a process can cause losses all the time.
  private var nextScan: UInt64 = 0
  private let objects: ObjectTable
  private let followers: [any ProcessFollower]
  private let clock: WorkClock

  /// A scan of `/proc` after a loss may take this part of the time.
  private static let scanPart: UInt64 = 20

  /// Passes the changes that the table already has to the followers.
  ///
  /// - Parameter clock: the system's; tests pass one that they move themselves.
  init(
    table: ProcessTable, objects: ObjectTable, followers: [any ProcessFollower],
    clock: WorkClock = .system
  ) {
    self.table = table
    self.objects = objects
    self.followers = followers
    self.clock = clock
    notifyFollowers()
  }

  /// Processes whose mappings are left out: they have caused too much work.
  var behind: Set<Int32> { shares.behind }

  /// Applies records, which must be in the order of time.
  ///
  /// - Parameter areLast: no more records come, so that what was lost is made up for now.
  mutating func apply(_ records: [SideBandRecord], areLast: Bool = false) {
    for record in records { apply(record) }
    if unrepairedLoss != nil, areLast || nextScan <= clock.now() { scan() }
  }

  private mutating func apply(_ record: SideBandRecord) {
    switch record.event {
    case .map(let mapping):
      if shares.behind.contains(mapping.pid) {
        leftOutCount += 1
      } else {
        charge(mapping.pid) { $0.apply(record) }
      }
      return
    case .exit(let pid, let thread) where pid != thread:
      // It may take a read of `/proc`. When the process has ended is found when it is caught up with.
      if !shares.behind.contains(pid) { charge(pid) { $0.apply(record) } }
      return
    case .lost(let count):
      lostRecords += count
      unrepairedLoss = record.time
    case .fork(let pid, let parent) where pid != parent:
      shares.inherit(pid, from: parent)
    case .fork, .comm, .exit: break
    }
    table.apply(record)
    notifyFollowers()
  }

  /// When to call `catchUp` next, in monotonic nanoseconds; nil if there is nothing to catch up with.
  var nextCatchUp: UInt64? {
    let scan = unrepairedLoss == nil ? UInt64.max : nextScan
    let next = min(scan, shares.nextDue ?? .max)
    return next == .max ? nil : next
  }

  /// Reads the mappings of a process that was behind, and compares the table with `/proc` if records
  /// were lost, as far as either is due.
  mutating func catchUp(at now: UInt64) {
    // One process at a time: records of others are waiting.
    if let pid = shares.takeDue(at: now) { charge(pid) { $0.updateMappings(of: pid, at: now) } }
    if unrepairedLoss != nil, nextScan <= now { scan() }
  }

  /// Compares the table with `/proc` after a loss. Of processes that are behind too little is known anyway.
  private mutating func scan() {
    guard let time = unrepairedLoss else { return }
    unrepairedLoss = nil
    let start = clock.spent()
    for pid in table.processesToCompare() where !shares.behind.contains(pid) {
      charge(pid) { $0.compare(pid, at: time) }
    }
    nextScan = clock.now() + Self.scanPart * (clock.spent() - start)
  }

  /// Changes the table, notifies the followers, and adds what that took to the work for a process.
  private mutating func charge(_ pid: Int32, _ change: (inout ProcessTable) -> Void) {
    let start = clock.spent()
    change(&table)
    notifyFollowers()
    shares.charge(pid, clock.spent() - start, at: clock.now())
  }

  /// Adds running processes that are not in the table, as `/proc` shows them now.
  mutating func addRunning(_ pids: [Int32]) {
    for pid in pids where !table.isRunning(pid) { table.addRunning(pid) }
    notifyFollowers()
  }

  /// Whether enough processes have ended for `compact` to be worth its cost.
  var needsCompaction: Bool { table.needsCompaction }

  /// Forgets ended processes that no sample refers to, and closes files that are not needed any more.
  ///
  /// - Parameter addresses: for each entry that has ended and has samples, the addresses that will
  ///   be looked up in its mappings.
  mutating func compact(keeping addresses: [Int: Set<UInt64>]) {
    table.compact(keeping: addresses)
    let mapped = table.mappedObjects()
    let unneeded = objects.objects.indices.filter { object in
      !mapped.contains(object) && !followers.contains { $0.needsFile(of: object) }
    }
    for object in unneeded {
      for follower in followers { follower.willCloseFile(of: object) }
    }
    objects.release(Set(unneeded))
  }

  private mutating func notifyFollowers() {
    for change in table.takeChanges() {
      for follower in followers { follower.apply(change) }
      if case .exited(let pid) = change { shares.forget(pid) }
    }
  }
}

/// The time of `ProcessMonitor`, exchangeable so that tests need no real time.
struct WorkClock {
  /// The present, in nanoseconds of CLOCK_MONOTONIC.
  var now: () -> UInt64
  /// CPU time of the calling thread, in nanoseconds: waiting for a CPU is no work.
  var spent: () -> UInt64

  static var system: WorkClock {
    WorkClock(now: monotonicNanoseconds, spent: { nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) })
  }
}
