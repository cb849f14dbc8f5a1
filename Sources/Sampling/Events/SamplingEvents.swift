// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import ObjectFiles

/// The timers that fire the program, one for each CPU.
///
/// Opened disabled, attached, and only then enabled: an event that fires while it is being opened
/// has blocked perf_event_open in virtual machines for good.
struct SamplingEvents: ~Copyable {
  /// Owned by their links once attached.
  private var events: [CInt] = []
  private var links: [OpaquePointer] = []

  init(
    cpus: [CInt], frequencyHz: Int, program: OpaquePointer
  ) throws(SamplingError) {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
    attributes.config = UInt64(PERF_COUNT_SW_CPU_CLOCK.rawValue)
    attributes.freq = 1
    attributes.sample_freq = UInt64(frequencyHz)
    attributes.disabled = 1
    for cpu in cpus {
      let raw = fb_perf_event_open_on_cpu(&attributes, cpu)
      guard raw >= 0 else {
        let error = SystemError.last("perf_event_open", "cpu \(cpu)")
        // The CPU went offline since it was listed.
        if error.code == ENODEV { continue }
        throw .ofStep(error, feature: .perfEvents)
      }
      let event = FileDescriptor(adopting: raw)
      guard let link = bpf_program__attach_perf_event(program, raw) else {
        throw .ofStep(.last("attach the program", "cpu \(cpu)"), feature: .bpf)
      }
      // Destroying the link closes the descriptor.
      events.append(event.release())
      links.append(link)
    }
  }

  deinit { for link in links { bpf_link__destroy(link) } }

  var count: Int { events.count }

  borrowing func enable() throws(SamplingError) {
    for event in events where fb_perf_event_enable(event) != 0 {
      throw .system(.last("enable the event"))
    }
  }

  /// When this returns no CPU runs the program any more: the kernel waits for each.
  borrowing func disable() {
    for event in events { _ = fb_perf_event_disable(event) }
  }
}
