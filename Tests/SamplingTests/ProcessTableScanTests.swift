// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel
import System
import Testing

@testable import Sampling

/// What the table makes of `/proc`.
@Suite struct ProcessTableScanTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child

  @Test func aRunningProcessHasWhatItHasMapped() {
    let proc = FakeProc([
      pid: .init(comm: "p", maps: [FakeProc.line("/a", 0x1000, 0x2000)])
    ])
    var fixture = TableFixture(proc: proc)
    fixture.table.addRunning(pid)
    #expect(fixture.table.isRunning(pid))
    #expect(fixture.paths(0x1800, at: 5) == ["/a"])
    fixture.table.addRunning(child)
    #expect(!fixture.table.isRunning(child))
  }

  /// Only a refusal counts, whatever an earlier call has left in errno.
  @Test(arguments: [(EACCES, 1), (ESRCH, 0), (0, 0)])
  func refusedMappingsAreCounted(code: CInt, count: Int) {
    let proc = FakeProc([pid: .init(mapsError: code)])
    var table = TableFixture(proc: proc).table
    errno = EACCES
    table.addRunning(pid)
    #expect(table.deniedCount == count)
    #expect(table.isRunning(pid))
  }

  @Test func mappingsOfAnEndedProcessCannotBeRead() {
    let error = #expect(throws: SystemError.self) { try ProcessMaps.executable(of: pid) }
    #expect(error?.code == ENOENT)
  }

  /// A fork between the first record and the scan: the scan has seen what became of the child.
  @Test func aForkBeforeTheScanChangesNothing() throws {
    let proc = FakeProc([pid: .init(maps: [FakeProc.line("/a", 0x1000, 0x2000)])])
    var table = TableFixture(proc: proc).table
    table.addRunning(pid)
    let mapped = try #require(table.entry(pid: pid, at: 10)?.process.mappings)
    _ = table.takeChanges()
    table.apply(ProcessHistory.fork(pid, of: child, at: 5))
    #expect(table.takeChanges().isEmpty)
    #expect(table.entry(pid: pid, at: 10)?.process.mappings == mapped)
    // After the scan, a fork means that the process id was given again.
    table.apply(ProcessHistory.fork(pid, of: child, at: .max))
    #expect(table.takeChanges().count == 2)
  }

  /// The records of an exec were lost: the mappings of the program before are not those of the new one.
  @Test func afterALossAProcessIsReadAnew() throws {
    let proc = FakeProc([
      pid: .init(maps: [FakeProc.line("/after", 0x5000, 0x6000)]), child: .init(),
    ])
    var fixture = TableFixture(
      [ProcessHistory.exec("before", at: 1), ProcessHistory.map("/before", 0x1000, 0x2000, at: 2)],
      proc: proc)
    compareAll(&fixture.table, at: 10)
    #expect(fixture.paths(0x1800, at: 5) == ["/before"])
    #expect(fixture.paths(0x1800, at: 15) == [])
    #expect(fixture.paths(0x5800, at: 15) == ["/after"])
    // A process that had no record is there now, and one that has not changed stays as it is.
    #expect(fixture.table.isRunning(child))
    _ = fixture.table.takeChanges()
    compareAll(&fixture.table, at: 20)
    #expect(fixture.table.takeChanges().isEmpty)
    #expect(fixture.paths(0x5800, at: 25) == ["/after"])
  }

  /// Otherwise each lost record of an exit would leave a process for ever.
  @Test func afterALossAProcessThatIsGoneHasEnded() {
    var table = TableFixture([ProcessHistory.exec("gone", at: 1)]).table
    compareAll(&table, at: 10)
    #expect(!table.isRunning(pid))
    #expect(table.entry(pid: pid, at: 5)?.process.comm == "gone")
  }

  private func compareAll(_ table: inout ProcessTable, at time: UInt64) {
    for pid in table.processesToCompare() { table.compare(pid, at: time) }
  }

  /// What is still there stays as it was, so that samples before find it.
  @Test func mappingsThatWereLeftOutAreCaughtUpWith() throws {
    let proc = FakeProc([
      pid: .init(maps: [
        FakeProc.line("/kept", 0x1000, 0x2000), FakeProc.line("/new", 0x5000, 0x6000),
      ])
    ])
    var fixture = TableFixture(
      [
        ProcessHistory.exec("p", at: 1), ProcessHistory.map("/kept", 0x1000, 0x2000, at: 2),
        ProcessHistory.map("/gone", 0x3000, 0x4000, at: 2),
      ], proc: proc)
    _ = fixture.table.takeChanges()
    fixture.table.updateMappings(of: pid, at: 10)
    #expect(fixture.paths(0x1800, at: 5) == ["/kept"])
    #expect(fixture.paths(0x1800, at: 15) == ["/kept"])
    #expect(fixture.paths(0x3800, at: 5) == ["/gone"])
    #expect(fixture.paths(0x3800, at: 15) == [])
    #expect(fixture.paths(0x5800, at: 15) == ["/new"])
    guard case .mapped(_, _, let change)? = fixture.table.takeChanges().first else {
      Issue.record("followers are not notified")
      return
    }
    #expect(change.removed.count == 1 && change.added.count == 1)
  }

  /// A process can have 65,000 mappings; its libraries lie above what it has mapped last.
  @Test func ofTooManyMappingsThoseInTheMiddleAreLeftOut() {
    let lines = (1...20_000).map {
      FakeProc.line("/\($0)", UInt64($0) << 16, UInt64($0) << 16 + 4096)
    }
    var fixture = TableFixture(
      [ProcessHistory.exec("p", at: 1)], proc: FakeProc([pid: .init(maps: lines)]))
    fixture.table.updateMappings(of: pid, at: 10)
    #expect(fixture.table.entry(pid: pid, at: 15)?.process.mappings.count == 8192)
    #expect(fixture.paths(1 << 16, at: 15) == ["/1"])
    #expect(fixture.paths(20_000 << 16, at: 15) == ["/20000"])
  }

  @Test func aProcessThatEndedWhileItWasBehindHasEnded() {
    var table = TableFixture([ProcessHistory.exec("gone", at: 1)]).table
    table.updateMappings(of: pid, at: 10)
    #expect(!table.isRunning(pid))
  }
}
