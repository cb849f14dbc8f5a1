// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel
import Testing

@testable import Sampling

/// A collector of waits, as a second one could be: its counts have a bit of their own in the key.
private final class WaitCollector: Collector {
  static let bit: UInt32 = 1 << 16
  static let law = ConservationLaw(
    "waits", .nanoseconds, total: 100, parts: [.init("waited", 98)], tolerance: 2)

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
  var mapEntries: [(map: MapName, count: Int)] { [(.trial, 7)] }
  func samplesPerSecond(cpus: Int) -> Double { 1000 * Double(cpus) }
  func report(
    _ window: borrowing KernelWindow, until time: UInt64, found: FoundCounts,
    to account: inout Account
  ) {
    account.laws.append(Self.law)
    account.cost.bpfRuns += 5
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

  /// The order of collectors decides the order of metrics, and nothing else.
  @Test func theEventOwnsOnlyItsCounts() {
    let event = EventCollector(.cpuClock, rate: .frequency(99))
    var wait = fb_count_key()
    wait.flags = WaitCollector.bit | UInt32(FB_KEY_HAS_ADDRESSES)
    var sample = fb_count_key()
    sample.flags = UInt32(FB_KEY_KERNEL_THREAD | FB_KEY_HAS_ADDRESSES | FB_KEY_GENERATION)
    let first = CollectorList([event, waits])
    #expect(first.metrics.map(\.name) == ["cpu", "off-cpu"])
    #expect(first.owner(of: sample) == 0 && first.owner(of: wait) == 1)
    let last = CollectorList([waits, event])
    #expect(last.owner(of: sample) == 1 && last.owner(of: wait) == 0)
    // A count of a collector that is not in the list belongs to none.
    wait.flags = 1 << 31
    #expect(first.owner(of: wait) == nil)
  }

  /// `--metric` accepts what a session of the plan has.
  @Test func aPlanHasTheMetricsOfItsCollectors() throws {
    var plan = SamplingPlan(target: .wholeMachine)
    #expect(plan.metrics.map(\.name) == ["cpu"])
    plan.event = try #require(SampledEvent("page-faults"))
    #expect(plan.metrics == CollectorList(of: plan).metrics)
    #expect(plan.metrics.map(\.name) == ["page-faults", "samples"])
  }

  /// A timer runs on the filter's CPUs only. With a collector that runs on all, the program checks
  /// the CPU.
  @Test func theFilterOfCPUsIsCheckedForAllThatNeedIt() throws {
    let clock = EventCollector(.cpuClock, rate: .frequency(99))
    let hits = EventCollector(
      try #require(SampledEvent("tracepoint:sched:sched_switch")), rate: .period(1))
    #expect(CollectorList([clock]).isBoundToCPUs)
    #expect(!CollectorList([hits]).isBoundToCPUs)
    #expect(!CollectorList([clock, waits]).isBoundToCPUs)
    var plan = SamplingPlan(target: .wholeMachine)
    plan.filter.cpus = [0]
    let filter = try ThreadFilter(plan.filter)
    for isBound in [false, true] {
      let kinds = try plan.config(filter, isBoundToCPUs: isBound).filter_kinds
      #expect((kinds >> FB_FILTER_CPU.rawValue & 1 == 0) == isBound)
    }
  }

  /// Maps are sized for the samples of all collectors; that of times for those that have times.
  @Test func mapsAreSizedForAllCollectors() {
    let list = CollectorList([EventCollector(.cpuClock, rate: .frequency(99)), waits])
    #expect(list.samplesPerSecond(cpus: 2) == 2198)
    #expect(list.timesPerSecond(cpus: 2) == 198)
    var plan = SamplingPlan(target: .wholeMachine, duration: 100_000_000_000)
    plan.keepsTimes = true
    #expect(plan.stackCapacity(samplesPerSecond: 2198) == 219_800)
    #expect(plan.tickCapacity(samplesPerSecond: 198) == 21_780)
    let sizes = MapSizes(
      stacks: 1, maximumDepth: 128, rows: 1, ticks: 1, ofCollectors: list.mapEntries)
    #expect(sizes.entries.filter { $0.map == .trial }.map(\.count) == [7])
  }
}
