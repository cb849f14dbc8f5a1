// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Sampling

@Suite struct SampledEventTests {
  @Test func names() throws {
    for name in SampledEvent.allNames { #expect(SampledEvent(name)?.name == name) }
    #expect(SampledEvent("cs") == SampledEvent("context-switches"))
    let clock = try #require(SampledEvent("task-clock"))
    #expect(clock.isClock && !clock.isHit)
    let faults = try #require(SampledEvent("page-faults:u"))
    #expect(!faults.isClock && faults.countsUserMode && !faults.countsKernelMode)
    #expect(faults.name == "page-faults")
    #expect(try #require(SampledEvent("cycles:k")).countsKernelMode)
  }

  @Test func tracepointsAndUprobes() throws {
    let tracepoint = try #require(SampledEvent("tracepoint:sched:sched_switch"))
    #expect(tracepoint.isHit)
    #expect(tracepoint.source == .tracepoint(category: "sched", name: "sched_switch"))
    let probe = try #require(SampledEvent("uprobe:/a:b/c:main"))
    #expect(probe.isHit && probe.source == .uprobe(file: "/a:b/c", symbol: "main"))
  }

  @Test(arguments: [
    "", "nonsense", "cycles:", "cycles:x", "cycles:u:k", "tracepoint:sched", "tracepoint:a:b:c",
    "tracepoint:..:id", "tracepoint:a/b:c", "uprobe:", "uprobe:file", "uprobe:file:",
    "uprobe::main",
  ])
  func textsThatAreNoEvent(text: String) { #expect(SampledEvent(text) == nil) }

  @Test func aProbeNeedsAFunction() throws {
    #expect(throws: SamplingError.noProgramFile("/no/such")) { _ = try Uprobe("/no/such", "main") }
    #expect(throws: SamplingError.noProgramFile("/proc/self/maps")) {
      _ = try Uprobe("/proc/self/maps", "main")
    }
    #expect(throws: SamplingError.self) { _ = try Uprobe("/proc/self/exe", "no such function") }
  }

  @Test func ratesOfClocks() {
    #expect(SamplingRate.frequency(99).clockHertz == 99)
    #expect(SamplingRate.period(1_000_000).clockHertz == 1000)
  }
}
