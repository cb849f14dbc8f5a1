// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// A `SampledEvent` in the form that perf_event_open(2) takes.
struct OpenableEvent {
  private let event: SampledEvent
  private var attributes = perf_event_attr()
  /// Path of a uprobe's file; nil for other events.
  private var path: String?

  /// Looks up the id of a tracepoint, or the file offset of a uprobe.
  init(_ event: SampledEvent, rate: SamplingRate) throws(SamplingError) {
    self.event = event
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.disabled = 1
    switch event.source {
    case .software(let number, _):
      attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
      attributes.config = number
    case .hardware(let number):
      attributes.type = UInt32(PERF_TYPE_HARDWARE.rawValue)
      attributes.config = number
      attributes.precise_ip = 3
    case .tracepoint(let category, let name):
      attributes.type = UInt32(PERF_TYPE_TRACEPOINT.rawValue)
      attributes.config = try Tracepoint.id(category, name)
    case .uprobe(let file, let symbol):
      let probe = try Uprobe(file, symbol)
      attributes.type = probe.type
      fb_perf_event_set_probe_offset(&attributes, probe.offset)
      path = probe.path
    }
    guard !event.isHit else { return }
    attributes.exclude_user = event.countsUserMode ? 0 : 1
    attributes.exclude_kernel = event.countsKernelMode ? 0 : 1
    switch rate {
    case .frequency(let hertz):
      attributes.freq = 1
      attributes.sample_freq = UInt64(hertz)
    case .period(let count): attributes.sample_period = count
    }
  }

  /// Opens the event on a CPU, disabled; nil if the CPU is offline.
  mutating func open(cpu: CInt) throws(SamplingError) -> FileDescriptor? {
    while true {
      let raw = open(attributes, cpu)
      if raw >= 0 { return FileDescriptor(adopting: raw) }
      let error = SystemError.last("perf_event_open", "\(event.name) on CPU \(cpu)")
      if error.code == ENODEV { return nil }
      // Tries the most exact mode first. Without one, the address of a sample is many instructions late.
      if attributes.precise_ip > 0, error.code != EACCES, error.code != EPERM {
        attributes.precise_ip -= 1
        continue
      }
      if case .hardware = event.source, [ENOENT, EOPNOTSUPP, EINVAL].contains(error.code) {
        throw .kernelLacks(.hardwareCounters, error)
      }
      throw .ofStep(error, feature: .perfEvents)
    }
  }

  private func open(_ attributes: perf_event_attr, _ cpu: CInt) -> CInt {
    var attributes = attributes
    guard let path else { return fb_perf_event_open_on_cpu(&attributes, cpu) }
    return path.withCString { text in
      fb_perf_event_set_probe_path(&attributes, text)
      return fb_perf_event_open_on_cpu(&attributes, cpu)
    }
  }
}
