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
  private var attached: [Attached] = []

  /// An event, and the link by which it runs the program.
  private final class Attached {
    let event: FileDescriptor
    let link: FileDescriptor

    init(_ event: consuming FileDescriptor, _ link: consuming FileDescriptor) {
      self.event = event
      self.link = link
    }
  }

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
      // Not bpf_program__attach_perf_event(): that one enables the event at once.
      let link = bpf_link_create(bpf_program__fd(program), raw, BPF_PERF_EVENT, nil)
      guard link >= 0 else {
        throw .ofStep(.last("attach the program", "cpu \(cpu)"), feature: .bpf)
      }
      attached.append(Attached(event, FileDescriptor(adopting: link)))
    }
  }

  var count: Int { attached.count }

  borrowing func enable() throws(SamplingError) {
    for one in attached where fb_perf_event_enable(one.event.rawValue) != 0 {
      throw .system(.last("enable the event"))
    }
  }

  /// When this returns no CPU runs the program any more: the kernel waits for each.
  borrowing func disable() {
    for one in attached { _ = fb_perf_event_disable(one.event.rawValue) }
  }
}
