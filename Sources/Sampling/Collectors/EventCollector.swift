// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import ProfileModel

/// The collector of samples of an event: what runs on a CPU when its timer expires, when a counter has
/// counted a period, or when a tracepoint or uprobe is hit.
final class EventCollector: Collector {
  private let event: SampledEvent
  private let rate: SamplingRate
  private var events: PerfEvents

  init(_ event: SampledEvent, rate: SamplingRate) {
    self.event = event
    self.rate = rate
    events = PerfEvents(event, rate: rate)
  }

  /// Hits have a program of their own, whose type is that of the hit.
  var programs: [ProgramSelection] {
    switch event.source {
    case .software, .hardware: [ProgramSelection(.sample)]
    case .tracepoint: [ProgramSelection(.sampleHit)]
    case .uprobe: [ProgramSelection(.sampleHit, type: BPF_PROG_TYPE_KPROBE)]
    }
  }

  var metrics: [Metric] { event.metrics(at: rate) }

  /// Hits occur on any CPU.
  var isBoundToCPUs: Bool { !event.isHit }

  var keepsTimes: Bool { true }

  /// Estimated if the target decides how often the event occurs.
  func samplesPerSecond(cpus: Int) -> Double {
    let perCPU: Double
    if event.isClock {
      perCPU = rate.clockHertz
    } else if case .frequency(let hertz) = rate {
      perCPU = Double(hertz)
    } else {
      perCPU = 1000
    }
    return perCPU * Double(cpus)
  }

  var cpuCount: Int { events.cpuCount }

  var refusedCPUs: Set<CInt> { events.refused }

  func open(cpus: [CInt], _ bpf: borrowing BPFObject) throws(SamplingError) {
    try events.open(cpus: cpus, program: bpf.descriptor(of: programs[0].name))
  }

  func enable(at time: UInt64) throws(SamplingError) { try events.enable(at: time) }

  func disable(at time: UInt64) { events.disable(at: time) }

  func setCPUs(_ cpus: [CInt], at time: UInt64) -> Bool { events.setCPUs(cpus, at: time) }

  /// The keys of other collectors have a bit of their own; these have none.
  func owns(_ key: fb_count_key) -> Bool { key.flags & UInt32(FB_KEY_COLLECTORS) == 0 }

  func values(of count: fb_count) -> SampleValues {
    event.values(samples: count.samples, events: count.value)
  }

  func report(
    _ window: borrowing KernelWindow, until time: UInt64, found: FoundCounts,
    to account: inout Account
  ) {
    let counters = window.counters
    account.samples.expected = expectedSamples(in: events.takeCPUNanoseconds(until: time))
    account.samples.fired = counters.fired
    account.samples.idle = counters.idle
    account.samples.filtered = counters.filtered
    account.samples.recorded = found.samples
    account.samples.untimed = counters.untimed
    account.samples.lost = counters.losses
    account.samples.lost[.decodeError] = found.undecodable
    // The program has counted them as recorded, but their entries are not in the maps.
    let read = found.samples + found.undecodable
    account.samples.lost[.shutdownRace] =
      counters.recorded > read ? counters.recorded - read : 0
    account.cost.bpfRuns += counters.fired
    account.cost.bpfNanoseconds += counters.ns
  }

  /// The samples that a perfect machine would have taken: the rate times the time of all CPUs. 0 if the
  /// event does not come at a set rate.
  private func expectedSamples(in nanoseconds: UInt64) -> UInt64 {
    guard event.countsAlways else { return 0 }
    return UInt64((rate.clockHertz * Double(nanoseconds) / 1e9).rounded())
  }
}
