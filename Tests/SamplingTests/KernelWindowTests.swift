// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import ProfileModel
import System
import Testing

@testable import Sampling

/// Windows that follow each other while the program runs. Loads a BPF program, so it needs root.
@Suite(.enabled(if: geteuid() == 0), .serialized) struct KernelWindowTests {
  /// The sums of some windows.
  private struct Totals {
    var counters = fb_counters()
    var samples: UInt64 = 0
    var times = 0
  }

  /// No run is lost between windows: the kernel's own count of runs of the program says so. And each
  /// window is whole in itself.
  @Test(arguments: [64, 8]) func nothingIsLostBetweenWindows(stackIDBits: Int) throws {
    var plan = SamplingPlan(target: .wholeMachine, rate: .frequency(4999))
    plan.stackIDBits = stackIDBits
    let sizes = MapSizes(stacks: 16_384, maximumDepth: 128, rows: 1, ticks: 65_536, generations: 2)
    let object = try Self.object(plan, sizes)
    let runs = try RunCount(of: object)
    var events = PerfEvents(plan.event, rate: plan.rate)
    try events.open(cpus: CPUList.online(), program: object.descriptor(of: .sample))
    try events.enable(at: monotonicNanoseconds())
    var totals = Totals()
    for _ in 0..<20 {
      spin(milliseconds: 20)
      try Self.add(object.closeWindow(), of: object, to: &totals)
    }
    events.disable(at: monotonicNanoseconds())
    // Both generations: the last window and, if anything went to the wrong half, its neighbour.
    try Self.add(object.closeWindow(), of: object, to: &totals)
    try Self.add(object.closeWindow(), of: object, to: &totals)
    #expect(totals.counters.fired == runs.value)
    #expect(totals.samples == totals.counters.recorded)
    #expect(totals.samples > 500)
    #expect(totals.times + Int(totals.counters.untimed) == Int(totals.samples))
    #expect(try object.map(.counts).entries(key: fb_count_key(), value: fb_count()).isEmpty)
    #expect(try object.map(.stacks).entries(key: UInt64(0), value: fb_stack()).isEmpty)
  }

  /// One window, as in `record`: closed once nothing runs.
  @Test func oneWindow() throws {
    let plan = SamplingPlan(target: .wholeMachine, rate: .frequency(999))
    let object = try Self.object(
      plan, MapSizes(stacks: 16_384, maximumDepth: 128, rows: 1, ticks: 65_536))
    var events = PerfEvents(plan.event, rate: plan.rate)
    try events.open(cpus: CPUList.online(), program: object.descriptor(of: .sample))
    try events.enable(at: monotonicNanoseconds())
    spin(milliseconds: 100)
    events.disable(at: monotonicNanoseconds())
    var totals = Totals()
    try Self.add(object.closeWindow(), of: object, to: &totals)
    #expect(totals.samples > 20)
    // It was emptied.
    try Self.add(object.closeWindow(), of: object, to: &totals)
    #expect(totals.samples == totals.counters.recorded)
  }

  private static func object(
    _ plan: SamplingPlan, _ sizes: MapSizes
  ) throws -> BPFObject {
    try BPFObject(
      config: plan.config(ThreadFilter(plan.filter), isBoundToCPUs: true), sizes: sizes,
      programs: [ProgramSelection(.sample)],
      kernelTypes: nil)
  }

  /// Checks a window, adds it to the totals, and recycles it.
  private static func add(
    _ window: consuming KernelWindow, of object: borrowing BPFObject, to totals: inout Totals
  ) throws {
    let samples = window.counts.reduce(0) { $0 + $1.count.samples }
    #expect(window.counters.residual == 0)
    #expect(samples == window.counters.recorded)
    for (key, _) in window.counts {
      #expect(key.flags & UInt32(FB_KEY_GENERATION) == 0)
      for id in [key.kernel_stack, key.user_stack] where id != 0 {
        #expect(window.stack(id) != nil)
      }
    }
    let times = try window.times(of: object)
    #expect(Set(times.keys).isSubset(of: window.counts.map(\.count.id)))
    totals.times += times.values.reduce(0) { $0 + $1.count }
    totals.counters += window.counters
    totals.samples += samples
    try window.recycle(in: object)
  }

  /// CPU time of this thread, so that there is something to sample.
  private func spin(milliseconds: UInt64) {
    let end = monotonicNanoseconds() + milliseconds * 1_000_000
    while monotonicNanoseconds() < end {}
  }
}

/// How often the kernel ran the sampling program, by its own statistics. They are kept as long as this
/// exists.
private final class RunCount {
  private let statistics: CInt
  private let program: CInt

  init(of object: borrowing BPFObject) throws {
    statistics = bpf_enable_stats(BPF_STATS_RUN_TIME)
    try #require(statistics >= 0)
    program = try object.descriptor(of: .sample)
  }

  deinit { close(statistics) }

  var value: UInt64 {
    var info = bpf_prog_info()
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    return bpf_obj_get_info_by_fd(program, &info, &size) == 0 ? info.run_cnt : 0
  }
}
