// SPDX-License-Identifier: Apache-2.0

import Glibc
import System
import Testing

@testable import Sampling

/// A ring whose records a test puts there.
private final class RingDouble: RecordRing {
  let descriptor: CInt = -1
  var records: [SideBandRecord] = []
  var hasRecords: Bool { !records.isEmpty }
  var sources: Set<RecordSource> = []
  /// Why the kernel refuses a source.
  var errors: [RecordSource: CInt] = [:]

  func add(_ source: RecordSource) throws(SystemError) {
    if let code = errors[source] { throw SystemError(operation: "perf_event_open", code: code) }
    sources.insert(source)
  }

  func drain(into records: inout [SideBandRecord], behind: Set<Int32>) -> DrainedRecords {
    defer { self.records = [] }
    records += self.records
    return DrainedRecords(count: UInt64(self.records.count), leftOut: UInt64(behind.count))
  }
}

/// Rings by CPU, some of which the kernel refuses.
private final class Rings {
  var opened: [CInt: RingDouble] = [:]
  var errors: [CInt: CInt] = [:]
  /// The errors of each ring that is opened from now on.
  var sourceErrors: [RecordSource: CInt] = [:]

  func open(_ cpu: CInt) throws(SystemError) -> any RecordRing {
    if let code = errors[cpu] { throw SystemError(operation: "perf_event_open", code: code) }
    let ring = RingDouble()
    ring.errors = sourceErrors
    opened[cpu] = ring
    return ring
  }
}

@Suite struct SideBandTests {
  private let rings = Rings()

  private func sideBand() -> SideBand {
    SideBand(open: { (cpu) throws(SystemError) in try rings.open(cpu) })
  }

  private func record(at time: UInt64) -> SideBandRecord {
    SideBandRecord(time: time, event: .fork(pid: 7, parent: 1))
  }

  @Test func recordsOfAllCPUsComeInTheOrderOfTime() {
    var sideBand = sideBand()
    sideBand.setCPUs([0, 1])
    rings.opened[0]?.records = [10, 30].map(record)
    rings.opened[1]?.records = [20, 40].map(record)
    let isThereMore = sideBand.hasUnread
    #expect(isThereMore)
    let times = sideBand.read().map(\.time)
    #expect(times == [10, 20, 30, 40])
    let isComplete = !sideBand.hasPending && !sideBand.hasUnread
    #expect(isComplete)
  }

  /// A record whose time is less than 150 µs ago may still be preceded by one of another CPU.
  @Test func theYoungestRecordsAreHeldBack() {
    var sideBand = sideBand()
    sideBand.setCPUs([0])
    // An hour ahead, so that no delay of this machine makes it old.
    let young = monotonicNanoseconds() + 3_600_000_000_000
    rings.opened[0]?.records = [record(at: 10), record(at: young)]
    let settled = sideBand.read().map(\.time)
    #expect(settled == [10])
    let isHeldBack = sideBand.hasPending
    #expect(isHeldBack)
    let rest = sideBand.read(all: true).map(\.time)
    #expect(rest == [young])
    let isComplete = !sideBand.hasPending
    #expect(isComplete)
  }

  /// The records of a CPU that goes offline are not lost, and stay in order.
  @Test func recordsOfACPUThatGoesOfflineAreKept() {
    var sideBand = sideBand()
    sideBand.setCPUs([0, 1])
    rings.opened[0]?.records = [record(at: 30)]
    rings.opened[1]?.records = [20, 10].map(record)
    sideBand.setCPUs([0])
    let ringCount = sideBand.descriptors.count
    #expect(ringCount == 1)
    let times = sideBand.read().map(\.time)
    #expect(times == [10, 20, 30])
  }

  /// A refused CPU is reported, does not keep the others from being read, and is tried again. One that
  /// went offline meanwhile is no refusal.
  @Test func refusedCPUsAreReported() {
    var sideBand = sideBand()
    rings.errors = [1: EMFILE, 2: ENODEV]
    sideBand.setCPUs([0, 1, 2, 3])
    let refused = sideBand.refused.mapValues(\.code)
    #expect(refused == [1: EMFILE])
    #expect(rings.opened.keys.sorted() == [0, 3])
    rings.errors = [:]
    sideBand.setCPUs([0, 1, 2, 3])
    let allOpen = sideBand.refused.isEmpty
    #expect(allOpen)
    #expect(rings.opened.keys.sorted() == [0, 1, 2, 3])
  }

  @Test func ringsHaveTheRecordsOfAllProcesses() {
    var sideBand = sideBand()
    sideBand.setCPUs([0, 1])
    #expect(rings.opened.values.allSatisfy { $0.sources == [.everyone] })
  }

  private func thread(_ id: Int32) -> RecordSource { .thread(id, children: true) }

  /// Side-band rings of two CPUs after `recordOnly`, whose calls for threads get `lists` one after the
  /// other, and then the last one again.
  private func recordingOnly(_ lists: [Int32]..., eventLimit: Int = 1000) -> SideBand {
    var sideBand = sideBand()
    sideBand.openEmpty([0, 1])
    #expect(rings.opened.values.allSatisfy { $0.sources == [] })
    var left = lists
    sideBand.recordOnly(children: true, eventLimit: eventLimit) {
      left.count > 1 ? left.removeFirst() : left[0]
    }
    return sideBand
  }

  @Test func threadsOfTargetsAreRecordedUntilNoneIsNew() {
    _ = recordingOnly([7], [7, 8], [8])
    let expected = [thread(7), thread(8)]
    #expect(rings.opened.values.map(\.sources) == [Set(expected), Set(expected)])
  }

  @Test func aThreadThatHasEndedIsNoRefusal() {
    rings.sourceErrors = [thread(7): ESRCH]
    _ = recordingOnly([7, 8])
    #expect(rings.opened.values.allSatisfy { $0.sources == [thread(8)] })
  }

  /// Two threads on two CPUs need four events.
  @Test func ofTooManyThreadsEveryonesRecordsAreRead() {
    _ = recordingOnly([7], [7, 8], eventLimit: 3)
    #expect(rings.opened.values.allSatisfy { $0.sources == [.everyone] })
    _ = recordingOnly(Array(1...200))
    #expect(rings.opened.values.allSatisfy { $0.sources == [.everyone] })
  }

  @Test func ifEventsOfThreadsAreRefusedEveryonesRecordsAreRead() {
    rings.sourceErrors = [thread(8): EACCES]
    let sideBand = recordingOnly([7, 8])
    #expect(rings.opened.values.allSatisfy { $0.sources == [.everyone] })
    let isComplete = sideBand.refused.isEmpty
    #expect(isComplete)
  }

  @Test func aCPUThatComesOnlineHasTheRecordsOfAllProcesses() {
    var sideBand = recordingOnly([7])
    sideBand.setCPUs([0, 1, 2])
    #expect(rings.opened[0]?.sources == [thread(7)])
    #expect(rings.opened[2]?.sources == [.everyone])
  }

  @Test func recordsThatWereReadAreCounted() {
    var sideBand = sideBand()
    sideBand.setCPUs([0, 1])
    rings.opened[0]?.records = [10, 30].map(record)
    _ = sideBand.read()
    rings.opened[1]?.records = [record(at: 20)]
    sideBand.setCPUs([0])
    let count = sideBand.readCount
    #expect(count == 3)
  }

  @Test func mappingsOfProcessesThatAreBehindAreLeftOutAndCounted() {
    var sideBand = sideBand()
    sideBand.setCPUs([0])
    _ = sideBand.read(behind: [7, 8])
    let count = sideBand.leftOutCount
    #expect(count == 2)
  }

  /// While one session asks for build ids, `perf record` of others aborts.
  @Test func noBuildIDsAreAskedFor() {
    #expect(RecordSource.attributes().build_id == 0)
  }
}
