// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System
import Testing

@testable import Sampling

/// What the table makes of side-band records.
@Suite struct ProcessTableTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child

  /// Before its exec nothing is known of a command's mappings, and followers learn of it at the exec.
  @Test func aCommandIsReportedAtItsExec() {
    var table = TableFixture(scope: .children).table
    table.expectExec(of: pid, comm: "command")
    #expect(table.takeChanges().isEmpty)
    table.apply(ProcessHistory.exec("command", at: 10))
    #expect(table.takeChanges().contains { if case .started = $0 { true } else { false } })
  }

  @Test func childrenAreFollowedOnlyInTheScopeOfChildren() {
    for (scope, isFollowed) in [(ProcessTable.Scope.namedOnly, false), (.children, true)] {
      var table = TableFixture(scope: scope).table
      table.expectExec(of: pid, comm: "parent")
      table.apply(ProcessHistory.fork(child, of: pid, at: 20))
      #expect(table.isRunning(child) == isFollowed)
      #expect(table.isRunning(pid))
    }
  }

  /// On the whole machine a process is followed while its program matches the condition.
  @Test func theConditionIsEvaluatedAtEachExec() {
    var table = TableFixture(scope: .all { _, name in name == "matching" }).table
    table.apply(ProcessHistory.exec("other", at: 10))
    #expect(!table.isRunning(pid))
    table.apply(ProcessHistory.exec("matching", at: 20))
    #expect(table.isRunning(pid))
    table.apply(ProcessHistory.fork(child, of: pid, at: 30))
    #expect(table.isRunning(child))
    table.apply(ProcessHistory.exec("other", at: 40))
    #expect(!table.isRunning(pid) && table.isRunning(child))
  }

  @Test func execStartsANewEntry() {
    let fixture = TableFixture([
      ProcessHistory.exec("old", at: 10), ProcessHistory.map("/old", 0x1000, 0x2000, at: 11),
      ProcessHistory.exec("new", at: 20), ProcessHistory.map("/new", 0x1000, 0x2000, at: 21),
    ])
    #expect(fixture.paths(0x1800, at: 15) == ["/old"])
    #expect(fixture.paths(0x1800, at: 25) == ["/new"])
    #expect(fixture.table.entry(pid: pid, at: 15)?.process.comm == "old")
    #expect(fixture.table.entry(pid: pid, at: 25)?.process.comm == "new")
  }

  /// A process goes on under its id after an exec; only an exit frees the id.
  @Test func exitsAreReportedApartFromExecs() {
    var table = TableFixture([
      ProcessHistory.exec("old", at: 10), ProcessHistory.exec("new", at: 20),
    ]).table
    let isExit = { (change: ProcessChange) in
      if case .exited(let pid) = change { pid == self.pid } else { false }
    }
    #expect(!table.takeChanges().contains(where: isExit))
    table.apply(ProcessHistory.exit(pid, at: 30))
    #expect(table.takeChanges().contains(where: isExit))
    #expect(table.takeChanges().isEmpty)
  }

  @Test func aProcessOutlivesItsMainThread() {
    let proc = FakeProc([pid: .init(threadCount: 2)])
    var table = TableFixture(scope: .children, proc: proc).table
    table.addRunning(pid)
    _ = table.takeChanges()
    for thread in [pid + 1, pid] {
      table.apply(ProcessHistory.exit(pid, thread: thread, at: 10))
      #expect(table.takeChanges().isEmpty)
    }
    proc.processes = [:]
    table.apply(ProcessHistory.exit(pid, thread: pid + 1, at: 11))
    #expect(!table.isRunning(pid))
  }

  /// There is no record of a main thread that ended before the scan.
  @Test func aProcessWithoutItsMainThreadEndsWithItsLast() {
    let proc = FakeProc([pid: .init(threadCount: 3, state: "Z")])
    var table = TableFixture(scope: .children, proc: proc).table
    table.addRunning(pid)
    table.apply(ProcessHistory.exit(pid, thread: pid + 1, at: 10))
    #expect(table.isRunning(pid))
    proc.processes = [:]
    table.apply(ProcessHistory.exit(pid, thread: pid + 2, at: 11))
    #expect(!table.isRunning(pid))
  }

  /// `/proc` is asked for the number of threads only if the process may have several.
  @Test(arguments: [false, true])
  func threadsAreRemembered(hasThreadRecord: Bool) {
    let proc = FakeProc([pid: .init(threadCount: 2)])
    let thread = hasThreadRecord ? [ProcessHistory.fork(pid, of: pid, at: 6)] : []
    var table = TableFixture([ProcessHistory.fork(pid, of: 1, at: 5)] + thread, proc: proc).table
    _ = table.takeChanges()
    table.apply(ProcessHistory.exit(pid, at: 10))
    #expect(table.takeChanges().isEmpty == hasThreadRecord)
  }

  @Test func childrenInheritMappings() {
    let fixture = TableFixture([
      ProcessHistory.exec("parent", at: 10), ProcessHistory.map("/parent", 0x1000, 0x2000, at: 11),
      ProcessHistory.fork(child, of: pid, at: 20),
      ProcessHistory.map("/later", 0x5000, 0x6000, at: 30),
    ])
    #expect(fixture.paths(pid: child, 0x1800, at: 25) == ["/parent"])
    #expect(fixture.paths(pid: child, 0x5800, at: 35) == [])
    #expect(fixture.table.entry(pid: child, at: 25)?.process.comm == "parent")
  }

  @Test func processesOutsideOfTheScopeAreIgnored() {
    let fixture = TableFixture(
      [
        ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
        ProcessHistory.fork(child, of: pid, at: 12),
      ], scope: .children)
    #expect(fixture.table.entry(pid: pid, at: 20) == nil)
    #expect(fixture.table.entry(pid: child, at: 20) == nil)
    #expect(fixture.objects.objects.isEmpty)
  }
}

/// Process ids that are used again.
@Suite struct ReusedProcessIDTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child

  @Test func eachProcessHasItsOwnEntry() {
    let table = TableFixture([
      ProcessHistory.exec("first", at: 10), ProcessHistory.exit(pid, at: 20),
      ProcessHistory.fork(pid, of: child, at: 30), ProcessHistory.exec("second", at: 31),
    ]).table
    #expect(table.entry(pid: pid, at: 25)?.process.comm == "first")
    #expect(table.entry(pid: pid, at: 40)?.process.comm == "second")
  }

  /// The fork of the command itself, whose record comes when its exec is expected already.
  @Test func aCommandIsForkedByAProcessThatIsNotFollowed() {
    var table = TableFixture(scope: .children).table
    table.expectExec(of: pid, comm: "sh")
    table.apply(ProcessHistory.fork(pid, of: 4_100_009, at: 5))
    table.apply(ProcessHistory.exec("p", at: 10))
    #expect(table.entry(pid: pid, at: 30)?.process.comm == "p")
  }

  /// The id of a followed child is given to a process that is not followed.
  @Test func aProcessIsNotFollowedBecauseItsIDWas() {
    var fixture = TableFixture(scope: .children)
    fixture.table.expectExec(of: pid, comm: "p")
    for record in [
      ProcessHistory.exec("p", at: 10), ProcessHistory.fork(child, of: pid, at: 11),
      ProcessHistory.exit(child, at: 12), ProcessHistory.fork(child, of: 4_100_009, at: 20),
      ProcessHistory.exec("other", pid: child, at: 21),
      ProcessHistory.map("/other", 0x1000, 0x2000, pid: child, at: 22),
    ] { fixture.table.apply(record) }
    #expect(fixture.table.entry(pid: child, at: 30)?.process.comm == "p")
    #expect(fixture.objects.objects.isEmpty)
  }

  /// What a process forks that has the id of an ended child is not a grandchild.
  @Test func childrenOfAReusedIDAreNotFollowed() {
    let grandchild: Int32 = 4_100_003
    var table = TableFixture(scope: .children).table
    table.expectExec(of: pid, comm: "target")
    for record in [
      ProcessHistory.exec("target", at: 10), ProcessHistory.fork(child, of: pid, at: 20),
      ProcessHistory.exit(child, at: 30), ProcessHistory.fork(grandchild, of: child, at: 40),
      ProcessHistory.exec("other", pid: grandchild, at: 50),
    ] { table.apply(record) }
    #expect(table.entry(pid: child, at: 60) != nil)
    #expect(table.entry(pid: grandchild, at: 60) == nil)
  }
}
