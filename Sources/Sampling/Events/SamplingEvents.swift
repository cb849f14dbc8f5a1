// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import System

/// The events that fire the program: timers or counters, one for each CPU; or a single tracepoint or
/// uprobe, which is hit on any of them.
///
/// Opened disabled, attached, and only then enabled: an event that fires while it is being opened
/// has blocked perf_event_open in virtual machines for good. A tracepoint or uprobe fires from the
/// moment it is attached, so that comes last.
struct SamplingEvents: ~Copyable {
  private var event: OpenableEvent
  private let isHit: Bool
  private let program: CInt
  /// By CPU.
  private var attached: [CInt: Attached]
  private var isEnabled = false
  /// Time of all CPUs that is over, and when the present ones began to count.
  private var countedNanoseconds: UInt64 = 0
  private var countsSince: UInt64 = 0

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

  init(
    _ event: SampledEvent, rate: SamplingRate, cpus: [CInt], program: OpaquePointer
  ) throws(SamplingError) {
    var openable = try OpenableEvent(event, rate: rate)
    let program = bpf_program__fd(program)
    var attached: [CInt: Attached] = [:]
    for cpu in event.isHit ? Array(cpus.prefix(1)) : cpus {
      // The CPU may have gone offline since it was listed.
      guard let descriptor = try openable.open(cpu: cpu) else { continue }
      let one = Attached(descriptor)
      if !event.isHit { try one.attach(program) }
      attached[cpu] = one
    }
    self.event = openable
    self.program = program
    self.attached = attached
    isHit = event.isHit
    count = event.isHit ? cpus.count : attached.count
  }

  /// CPUs that are sampled.
  private(set) var count: Int
  /// CPUs that came, and of which the kernel has refused an event.
  private(set) var refused: Set<CInt> = []

  mutating func enable(at time: UInt64) throws(SamplingError) {
    isEnabled = true
    countsSince = time
    for one in attached.values { try enable(one) }
  }

  private func enable(_ one: Attached) throws(SamplingError) {
    if isHit { return try one.attach(program) }
    guard fb_perf_event_enable(one.event.rawValue) == 0 else {
      throw .system(.last("enable the event"))
    }
  }

  /// When this returns no CPU runs the program any more: the kernel waits for each.
  mutating func disable(at time: UInt64) {
    count(until: time)
    isEnabled = false
    for one in attached.values {
      _ = fb_perf_event_disable(one.event.rawValue)
      if isHit { one.link = nil }
    }
    if isHit { fb_wait_for_running_programs() }
  }

  /// Samples these CPUs from now on, and no others. Returns whether the set of CPUs has changed. One
  /// that is refused is tried again at the next call.
  mutating func setCPUs(_ online: [CInt], at time: UInt64) -> Bool {
    let before = Set(attached.keys)
    guard !isHit, Set(online) != before else { return false }
    count(until: time)
    for cpu in attached.keys where !online.contains(cpu) { attached[cpu] = nil }
    for cpu in online where attached[cpu] == nil {
      do throws(SamplingError) {
        // Nil: it is offline again.
        guard let descriptor = try event.open(cpu: cpu) else { continue }
        let one = Attached(descriptor)
        try one.attach(program)
        if isEnabled { try enable(one) }
        attached[cpu] = one
        refused.remove(cpu)
      } catch {
        refused.insert(cpu)
      }
    }
    count = max(count, attached.count)
    return Set(attached.keys) != before
  }

  private mutating func count(until time: UInt64) {
    if isEnabled { countedNanoseconds += (time - countsSince) * UInt64(attached.count) }
    countsSince = time
  }

  /// What has been sampled so far, of all CPUs together.
  var cpuNanoseconds: UInt64 { countedNanoseconds }
}
