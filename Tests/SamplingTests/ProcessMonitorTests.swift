// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Sampling

/// A follower that notes every call.
private final class FollowerDouble: ProcessFollower {
  private(set) var calls: [String] = []
  private let objects: ObjectTable
  private let neededPath: String?

  init(objects: ObjectTable, needing path: String? = nil) {
    self.objects = objects
    neededPath = path
  }

  func apply(_ change: ProcessChange) {
    let call =
      switch change {
      case .started(let entry, let pid, let mappings): "started \(entry) \(pid) \(mappings.count)"
      case .forked(let entry, let pid, let parent, _): "forked \(entry) \(pid) from \(parent)"
      case .mapped(let entry, _, let change):
        "mapped \(entry) -\(change.removed.count) +\(change.added.count)"
      case .ended(let entry): "ended \(entry)"
      case .exited(let pid): "exited \(pid)"
      }
    calls.append(call)
  }

  func needsFile(of object: ObjectIndex) -> Bool { objects.objects[object].path == neededPath }

  func willCloseFile(of object: ObjectIndex) {
    calls.append("close \(objects.objects[object].path)")
  }
}

@Suite struct ProcessMonitorTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child

  /// Every follower receives every change, in the order of the records, and one that is second in the
  /// list needs nothing of the first.
  @Test func allFollowersReceiveAllChangesInOrder() {
    let proc = FakeProc([pid: .init(maps: [FakeProc.line("/a", 0x1000, 0x2000)])])
    var fixture = TableFixture(scope: .children, proc: proc)
    fixture.table.addRunning(pid)
    let followers = (0..<2).map { _ in FollowerDouble(objects: fixture.objects) }
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: followers)
    monitor.apply([
      ProcessHistory.map("/b", 0x1000, 0x2000, at: 9),
      ProcessHistory.fork(child, of: pid, at: .max - 4),
      ProcessHistory.exec("new", pid: child, at: .max - 3),
      ProcessHistory.map("/c", 0x5000, 0x6000, pid: child, at: .max - 2),
      ProcessHistory.exit(child, at: .max - 1),
    ])
    let expected = [
      "started 0 \(pid) 1", "mapped 0 -1 +1", "forked 1 \(child) from 0", "ended 1",
      "started 2 \(child) 0", "mapped 2 -0 +1", "ended 2", "exited \(child)",
    ]
    for follower in followers { #expect(follower.calls == expected) }
  }

  /// A process that came to match a filter while it ran is added once.
  @Test func runningProcessesAreAddedOnce() {
    let proc = FakeProc([pid: .init()])
    let fixture = TableFixture(proc: proc)
    let follower = FollowerDouble(objects: fixture.objects)
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: [follower])
    monitor.addRunning([pid, child])
    monitor.addRunning([pid])
    #expect(follower.calls == ["started 0 \(pid) 0"])
  }

  /// After a loss the table is compared with `/proc`, and followers learn of the difference.
  @Test func followersLearnOfWhatALossHasHidden() {
    let proc = FakeProc([pid: .init(), child: .init()])
    let fixture = TableFixture(proc: proc)
    let follower = FollowerDouble(objects: fixture.objects)
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: [follower])
    monitor.addRunning([pid])
    proc.processes[pid] = nil
    monitor.apply([SideBandRecord(time: 10, event: .lost(3))])
    #expect(monitor.lostRecords == 3)
    // The order of the two processes is not defined.
    let end = ["ended 0", "exited \(pid)"]
    let start = ["started 1 \(child) 0"]
    #expect([end + start, start + end].contains(Array(follower.calls.dropFirst())))
  }

  /// A file is closed when no process has it mapped and no follower needs it.
  @Test func filesAreClosedOnceNoFollowerNeedsThem() {
    let fixture = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a", 0x1000, 0x2000, at: 11),
      ProcessHistory.map("/b", 0x3000, 0x4000, at: 12), ProcessHistory.exit(pid, at: 20),
      ProcessHistory.exec("q", pid: child, at: 30),
      ProcessHistory.map("/c", 0x1000, 0x2000, pid: child, at: 31),
    ])
    let follower = FollowerDouble(objects: fixture.objects, needing: "/b")
    let other = FollowerDouble(objects: fixture.objects)
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: [follower, other])
    monitor.compact(keeping: [:])
    for one in [follower, other] {
      #expect(one.calls.filter { $0.hasPrefix("close") } == ["close /a"])
    }
  }

  /// A clock whose work takes as long as a test says.
  private final class ClockDouble {
    var now: UInt64 = 0
    var cost: UInt64 = 0
    private var spent: UInt64 = 0

    var clock: WorkClock {
      WorkClock(
        now: { self.now },
        spent: {
          self.spent += self.cost
          return self.spent
        })
    }
  }

  /// One process maps faster than its records can be followed: its mappings are left out until its share
  /// allows a read of all of them, and those of others are followed.
  @Test func aProcessThatMapsTooFastLosesItsOwnMappingsOnly() throws {
    let proc = FakeProc([
      pid: .init(maps: [FakeProc.line("/new", 0x3000, 0x4000)]),
      child: .init(maps: [FakeProc.line("/a", 0x1000, 0x2000)]),
    ])
    let fixture = TableFixture(proc: proc)
    let follower = FollowerDouble(objects: fixture.objects)
    let time = ClockDouble()
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: [follower], clock: time.clock)
    monitor.addRunning([pid, child])
    time.cost = WorkShares.atOnce / 2
    let mappings = (0..<5).map { ProcessHistory.map("/\($0)", 0x1000, 0x2000, at: $0) }
    monitor.apply(mappings)
    #expect(monitor.leftOutCount == 2)
    #expect(monitor.behind == [pid])
    monitor.apply([ProcessHistory.map("/b", 0x5000, 0x6000, pid: child, at: 9)])
    #expect(follower.calls.filter { $0.hasPrefix("mapped 1") }.count == 1)

    proc.processes[pid]?.maps.append(FakeProc.line("/newer", 0x7000, 0x8000))
    time.now = try #require(monitor.nextCatchUp)
    time.cost = 0
    monitor.catchUp(at: time.now)
    #expect(monitor.behind.isEmpty)
    #expect(follower.calls.last == "mapped 0 -1 +1")
  }

  /// One process can fill the rings all the time.
  @Test func scansAfterLossesTakeTheirPartOfTheTimeOnly() {
    let proc = FakeProc([pid: .init()])
    let fixture = TableFixture(proc: proc)
    let time = ClockDouble()
    var monitor = ProcessMonitor(
      table: fixture.table, objects: fixture.objects, followers: [], clock: time.clock)
    monitor.addRunning([pid])
    time.cost = 10
    monitor.apply([SideBandRecord(time: 1, event: .lost(3))])
    #expect(monitor.nextCatchUp == nil)
    proc.processes[child] = .init()
    monitor.apply([SideBandRecord(time: 2, event: .lost(3))])
    #expect(!monitor.table.isRunning(child))
    time.now = monitor.nextCatchUp ?? 0
    #expect(time.now >= 20 * 10)
    monitor.catchUp(at: time.now)
    #expect(monitor.table.isRunning(child))
    // At the end there is no later.
    proc.processes[child] = nil
    monitor.apply([SideBandRecord(time: 3, event: .lost(3))], areLast: true)
    #expect(!monitor.table.isRunning(child))
  }
}
