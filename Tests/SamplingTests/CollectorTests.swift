// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel
import Testing

@testable import Sampling

/// A collector of waits, as a second one could be: its counts have a bit of their own in the key.
private final class WaitCollector: Collector {
  static let bit: UInt32 = 1 << 16

  var programs: [ProgramSelection] { [] }
  var metrics: [Metric] { [Metric(name: "off-cpu", unit: .nanoseconds)] }
  var cpuCount: Int { 3 }
  var refusedCPUs: Set<CInt> { [7] }
  private(set) var calls: [String] = []

  func open(cpus: [CInt], _ bpf: borrowing BPFObject) {}
  func enable(at time: UInt64) { calls.append("enable") }
  func disable(at time: UInt64) { calls.append("disable") }
  func setCPUs(_ cpus: [CInt], at time: UInt64) -> Bool {
    calls.append("cpus \(cpus)")
    return true
  }
  func owns(_ key: fb_count_key) -> Bool { key.flags & Self.bit != 0 }
  func values(of count: fb_count) -> SampleValues { SampleValues(count.value) }
  func report(
    _ window: borrowing KernelWindow, until time: UInt64, found: FoundCounts,
    to account: inout Account
  ) {}
  func laws(of account: Account) -> [ConservationLaw] {
    [ConservationLaw(.nanoseconds, total: 100, parts: [.init("waited", 98)], tolerance: 2)]
  }
}

@Suite struct CollectorTests {
  private let waits = WaitCollector()

  /// Each sample has the values of its own collector, and 0 in the metrics of the others.
  @Test func valuesStandAtTheirCollectorsMetrics() throws {
    let faults = try #require(SampledEvent("page-faults"))
    let list = CollectorList([waits, EventCollector(faults, rate: .period(10))])
    #expect(list.metrics.map(\.name) == ["off-cpu", "page-faults", "samples"])
    var wait = fb_count_key()
    wait.flags = WaitCollector.bit
    #expect(list.owner(of: wait) == 0 && list.owner(of: fb_count_key()) == 1)
    var count = fb_count()
    count.samples = 3
    count.value = 30
    #expect(list.values(of: count, by: 0).all == [30, 0, 0])
    #expect(list.values(of: count, by: 1).all == [0, 30, 3])
  }

  /// With one collector, which is the usual case, a clock's sample has its count as the only value.
  @Test func aClockHasOneMetric() {
    let list = CollectorList(of: SamplingPlan(target: .wholeMachine))
    #expect(list.metrics.map(\.name) == ["cpu"])
    #expect(list.programs.map(\.name) == [.sample])
    var count = fb_count()
    count.samples = 3
    count.value = 3
    #expect(list.values(of: count, by: 0) == SampleValues(3))
  }

  @Test func hitsHaveTheProgramOfTheirType() throws {
    let probe = try #require(SampledEvent("uprobe:/bin/x:main"))
    let programs = EventCollector(probe, rate: .period(1)).programs
    #expect(programs.map(\.name) == [.sampleHit])
    #expect(programs.first?.type != nil)
  }

  @Test func allCollectorsAreCalled() throws {
    let others = WaitCollector()
    let list = CollectorList([waits, others])
    try list.enable(at: 1)
    #expect(list.setCPUs([0, 2], at: 2))
    list.disable(at: 3)
    for one in [waits, others] { #expect(one.calls == ["enable", "cpus [0, 2]", "disable"]) }
    #expect(list.cpuCount == 3)
    #expect(list.refusedCPUs == [7])
  }

  /// The law of runs is exact; one of nanoseconds has a tolerance.
  @Test func lawsAreThoseOfTheAccount() {
    var account = Account()
    account.samples.fired = 10
    account.samples.idle = 1
    account.samples.filtered = 2
    account.samples.recorded = 3
    account.samples.lost = [.mapFull: 4]
    let list = CollectorList([EventCollector(.cpuClock, rate: .frequency(99)), waits])
    #expect(list.laws(of: account).map(\.residual) == [0, 2])
    #expect(list.laws(of: account).map(\.holds) == [true, true])
    account.samples.lost = [.mapFull: 5]
    #expect(list.laws(of: account).map(\.residual) == [-1, 2])
    #expect(list.laws(of: account).map(\.holds) == [false, true])
  }
}
