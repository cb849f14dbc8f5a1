// SPDX-License-Identifier: Apache-2.0

import Glibc
import System
import Testing

@testable import Sampling

/// A ring whose records a test puts there.
private final class RingDouble: RecordRing {
  let descriptor: CInt = -1
  var records: [SideBandRecord] = []

  func drain(into records: inout [SideBandRecord]) {
    records += self.records
    self.records = []
  }
}

/// Rings by CPU, some of which the kernel refuses.
private final class Rings {
  var opened: [CInt: RingDouble] = [:]
  var errors: [CInt: CInt] = [:]

  func open(_ cpu: CInt) throws(SystemError) -> any RecordRing {
    if let code = errors[cpu] { throw SystemError(operation: "perf_event_open", code: code) }
    let ring = RingDouble()
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
    let times = sideBand.read().map(\.time)
    #expect(times == [10, 20, 30, 40])
    let isComplete = !sideBand.hasPending
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

  /// While one session asks for build ids, `perf record` of others aborts.
  @Test func noBuildIDsAreAskedFor() {
    #expect(SideBandRing.attributes().build_id == 0)
    #expect(SideBandRing.attributes().mmap2 == 1)
  }
}
