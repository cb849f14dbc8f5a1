// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The collectors of a sampler.
struct CollectorList {
  let all: [any Collector]
  /// The metrics of all collectors, one collector after the other.
  let metrics: [Metric]
  /// By collector: the index of its first metric.
  private let offsets: [Int]

  init(_ collectors: [any Collector]) {
    all = collectors
    var metrics: [Metric] = []
    var offsets: [Int] = []
    for collector in collectors {
      offsets.append(metrics.count)
      metrics += collector.metrics
    }
    self.metrics = metrics
    self.offsets = offsets
  }

  /// The collectors of a plan. A new one is a line here, after that of the event, whose metric is the
  /// default.
  init(of plan: SamplingPlan) {
    self.init([
      EventCollector(plan.event, rate: plan.rate)
    ])
  }

  var programs: [ProgramSelection] { all.flatMap(\.programs) }

  /// Whether no collector's program runs on other CPUs than those of the filter.
  var isBoundToCPUs: Bool { all.allSatisfy(\.isBoundToCPUs) }

  /// The entries of the maps of single collectors.
  var mapEntries: [(map: MapName, count: Int)] { all.flatMap(\.mapEntries) }

  /// The samples per second that all collectors are expected to take on so many CPUs.
  func samplesPerSecond(cpus: Int) -> Double { Self.sum(all, cpus) }

  /// The samples per second of which the times may be kept.
  func timesPerSecond(cpus: Int) -> Double { Self.sum(all.filter(\.keepsTimes), cpus) }

  private static func sum(_ collectors: [any Collector], _ cpus: Int) -> Double {
    collectors.reduce(0) { $0 + $1.samplesPerSecond(cpus: cpus) }
  }

  /// The largest number of CPUs that were collected from at the same time.
  var cpuCount: Int { all.map(\.cpuCount).max() ?? 0 }

  /// CPUs on which the kernel has refused the events of a collector.
  var refusedCPUs: Set<CInt> { all.reduce(into: []) { $0.formUnion($1.refusedCPUs) } }

  func open(cpus: [CInt], _ bpf: borrowing BPFObject) throws(SamplingError) {
    for collector in all { try collector.open(cpus: cpus, bpf) }
  }

  func enable(at time: UInt64) throws(SamplingError) {
    for collector in all { try collector.enable(at: time) }
  }

  func disable(at time: UInt64) {
    for collector in all { collector.disable(at: time) }
  }

  /// Returns whether the CPUs of any collector have changed.
  func setCPUs(_ cpus: [CInt], at time: UInt64) -> Bool {
    all.reduce(false) { $1.setCPUs(cpus, at: time) || $0 }
  }

  func windowWillClose(at time: UInt64, _ bpf: borrowing BPFObject) throws(SamplingError) {
    for collector in all { try collector.windowWillClose(at: time, bpf) }
  }

  /// The index of the collector that a count belongs to; nil is a defect.
  func owner(of key: fb_count_key) -> Int? { all.firstIndex { $0.owns(key) } }

  /// The values of a count of one collector, in the order of `metrics`; 0 in those of the others.
  func values(of count: fb_count, by collector: Int) -> SampleValues {
    let own = all[collector].values(of: count)
    if metrics.count == own.count { return own }
    var values = SampleValues(Array(repeating: 0, count: metrics.count))
    for index in 0..<own.count { values[offsets[collector] + index] = own[index] }
    return values
  }
}
