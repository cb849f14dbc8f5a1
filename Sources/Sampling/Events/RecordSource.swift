// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// Whose side-band records are written to a ring.
enum RecordSource: Hashable {
  /// Those of all processes, while they are on the ring's CPU.
  case everyone
  /// Those of a thread while it is on the ring's CPU, and of the threads that it starts, and those
  /// start; with `children`, of the processes as well.
  case thread(Int32, children: Bool)

  /// Opens the event that reports the records. They begin at once, but are written nowhere until it is
  /// redirected to a ring.
  ///
  /// It is a dummy event, which never fires. The error is ESRCH if the thread has ended, ENODEV if the
  /// CPU is offline.
  func open(cpu: CInt) throws(SystemError) -> FileDescriptor {
    var attributes = Self.attributes()
    attributes.mmap = 1
    attributes.mmap2 = 1
    attributes.comm = 1
    attributes.comm_exec = 1
    attributes.task = 1
    let raw: CInt
    switch self {
    case .everyone: raw = fb_perf_event_open_on_cpu(&attributes, cpu)
    case .thread(let thread, let children):
      attributes.inherit = 1
      attributes.inherit_thread = children ? 0 : 1
      raw = fb_perf_event_open_on_thread(&attributes, thread, cpu)
    }
    guard raw >= 0 else { throw .last("perf_event_open", "cpu \(cpu)") }
    return FileDescriptor(adopting: raw)
  }

  /// What a dummy event asks for that reports nothing; a ring can belong to it. All events of a ring
  /// must have the same clock.
  ///
  /// Not for build ids: while a session does, the kernel marks the records of other sessions as if they
  /// had some, too, and a `perf record` that believes it aborts.
  static func attributes() -> perf_event_attr {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
    attributes.config = UInt64(PERF_COUNT_SW_DUMMY.rawValue)
    attributes.sample_id_all = 1
    attributes.sample_type = UInt64(PERF_SAMPLE_TIME.rawValue)
    // The clock of bpf_ktime_get_ns(), so that samples and records can be compared.
    attributes.use_clockid = 1
    attributes.clockid = CLOCK_MONOTONIC
    attributes.watermark = 1
    attributes.wakeup_watermark = 1
    return attributes
  }
}
