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
    fixture.table.rescan(at: 10)
    #expect(fixture.paths(0x1800, at: 5) == ["/before"])
    #expect(fixture.paths(0x1800, at: 15) == [])
    #expect(fixture.paths(0x5800, at: 15) == ["/after"])
    // A process that had no record is there now, and one that has not changed stays as it is.
    #expect(fixture.table.isRunning(child))
    _ = fixture.table.takeChanges()
    fixture.table.rescan(at: 20)
    #expect(fixture.table.takeChanges().isEmpty)
    #expect(fixture.paths(0x5800, at: 25) == ["/after"])
  }

  /// Otherwise each lost record of an exit would leave a process for ever.
  @Test func afterALossAProcessThatIsGoneHasEnded() {
    var table = TableFixture([ProcessHistory.exec("gone", at: 1)]).table
    table.rescan(at: 10)
    #expect(!table.isRunning(pid))
    #expect(table.entry(pid: pid, at: 5)?.process.comm == "gone")
  }
}
