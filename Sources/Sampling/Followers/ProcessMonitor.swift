// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Keeps the table of processes up to date, and passes each change to all followers.
///
/// This is the only place that changes the table while sampling, and the only one that calls
/// followers.
struct ProcessMonitor {
  private(set) var table: ProcessTable
  /// Side-band records that the kernel dropped because a ring was full.
  private(set) var lostRecords: UInt64 = 0
  private let objects: ObjectTable
  private let followers: [any ProcessFollower]

  /// Passes the changes that the table already has to the followers.
  init(table: ProcessTable, objects: ObjectTable, followers: [any ProcessFollower]) {
    self.table = table
    self.objects = objects
    self.followers = followers
    notifyFollowers()
  }

  /// Applies records, which must be in the order of time.
  mutating func apply(_ records: [SideBandRecord]) {
    var lastLoss: UInt64?
    for record in records {
      table.apply(record)
      if case .lost(let count) = record.event {
        lostRecords += count
        lastLoss = record.time
      }
      notifyFollowers()
    }
    if let lastLoss {
      table.rescan(at: lastLoss)
      notifyFollowers()
    }
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
    }
  }
}
