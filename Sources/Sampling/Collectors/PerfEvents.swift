// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import System

/// The perf events that run a BPF program: one timer or counter for each CPU, or a single tracepoint or
/// uprobe, which is hit on any CPU.
///
/// Timers and counters are opened disabled, then the program is attached, and only then they are
/// enabled: an event that fires while it is being opened has blocked perf_event_open in virtual
/// machines for good. A tracepoint or uprobe fires from the moment the program is attached, so that
/// enabling it means to attach.
struct PerfEvents: ~Copyable {
  private let event: SampledEvent
  private let rate: SamplingRate
  /// Nil before `open`.
  private var openable: OpenableEvent?
  private var program: CInt = -1
  /// By CPU.
  private var attached: [CInt: Attached] = [:]
  private var isEnabled = false
  /// Time of all CPUs that was counted, up to `countedUntil`.
  private var countedNanoseconds: UInt64 = 0
  private var countedUntil: UInt64 = 0

  /// An event, and the link by which it runs the program.
  private final class Attached {
    let event: FileDescriptor
    var link: FileDescriptor?

    init(_ event: consuming FileDescriptor) { self.event = event }

    func attach(_ program: CInt) throws(SamplingError) {
      // Not bpf_program__attach_perf_event(): that one enables the event at once.
      let link = bpf_link_create(program, event.rawValue, BPF_PERF_EVENT, nil)
      guard link >= 0 else { throw .ofStep(.last("attach the program"), feature: .bpf) }
      self.link = FileDescriptor(adopting: link)
    }
  }

  init(_ event: SampledEvent, rate: SamplingRate) {
    self.event = event
    self.rate = rate
  }

  /// The largest number of CPUs that were sampled at the same time.
  private(set) var cpuCount = 0
  /// CPUs that came online and on which the kernel has refused the event.
  private(set) var refused: Set<CInt> = []

  /// Opens the events on these CPUs, disabled.
  ///
  /// - Parameter program: descriptor of the BPF program to run.
  mutating func open(cpus: [CInt], program: CInt) throws(SamplingError) {
    var openable = try OpenableEvent(event, rate: rate)
    self.program = program
    for cpu in event.isHit ? Array(cpus.prefix(1)) : cpus {
      // Nil: the CPU has gone offline since it was listed.
      guard let descriptor = try openable.open(cpu: cpu) else { continue }
      let one = Attached(descriptor)
      if !event.isHit { try one.attach(program) }
      attached[cpu] = one
    }
    self.openable = openable
    cpuCount = event.isHit ? cpus.count : attached.count
  }

  mutating func enable(at time: UInt64) throws(SamplingError) {
    isEnabled = true
    countedUntil = time
    for one in attached.values { try enable(one) }
  }

  private func enable(_ one: Attached) throws(SamplingError) {
    if event.isHit { return try one.attach(program) }
    guard fb_perf_event_enable(one.event.rawValue) == 0 else {
      throw .system(.last("enable the event"))
    }
  }

  /// Disables the events. When this returns, the program runs on no CPU: the kernel waits for each.
  mutating func disable(at time: UInt64) {
    count(until: time)
    isEnabled = false
    for one in attached.values {
      _ = fb_perf_event_disable(one.event.rawValue)
      if event.isHit { one.link = nil }
    }
    if event.isHit { fb_wait_for_running_programs() }
  }

  /// Samples these CPUs from now on, and no others. Returns whether the set of CPUs has changed. A CPU
  /// that is refused is tried again at the next call.
  mutating func setCPUs(_ cpus: [CInt], at time: UInt64) -> Bool {
    let before = Set(attached.keys)
    guard !event.isHit, Set(cpus) != before else { return false }
    count(until: time)
    for cpu in before where !cpus.contains(cpu) { attached[cpu] = nil }
    for cpu in cpus where attached[cpu] == nil {
      do throws(SamplingError) {
        // Nil: the CPU is offline again.
        guard let descriptor = try openable?.open(cpu: cpu) else { continue }
        let one = Attached(descriptor)
        try one.attach(program)
        if isEnabled { try enable(one) }
        attached[cpu] = one
        refused.remove(cpu)
      } catch {
        refused.insert(cpu)
      }
    }
    cpuCount = max(cpuCount, attached.count)
    return Set(attached.keys) != before
  }

  /// The time that was sampled since the last call or since `enable`, of all CPUs together, in
  /// nanoseconds.
  mutating func takeCPUNanoseconds(until time: UInt64) -> UInt64 {
    count(until: time)
    defer { countedNanoseconds = 0 }
    return countedNanoseconds
  }

  private mutating func count(until time: UInt64) {
    if isEnabled { countedNanoseconds += (time - countedUntil) * UInt64(attached.count) }
    countedUntil = time
  }
}
