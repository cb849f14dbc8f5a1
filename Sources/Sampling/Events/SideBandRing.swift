// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import System

/// The kernel's ring buffer with one CPU's records of mappings, names, forks and exits. It belongs to
/// a dummy event, which never fires.
final class SideBandRing: RecordRing {
  /// Pages of data, a power of two. With the header page that is within what the kernel grants
  /// without CAP_IPC_LOCK (`perf_event_mlock_kb`, 516).
  private static let dataPages = 64

  private let event: FileDescriptor
  private let memory: UnsafeMutableRawPointer
  private let pageSize: Int

  var descriptor: CInt { event.rawValue }

  /// Opens the ring of a CPU. The kernel writes to it from then on.
  init(cpu: CInt) throws(SystemError) {
    var attributes = Self.attributes()
    let raw = fb_perf_event_open_on_cpu(&attributes, cpu)
    guard raw >= 0 else { throw .last("perf_event_open", "cpu \(cpu)") }
    let event = FileDescriptor(adopting: raw)
    let pageSize = sysconf(CInt(_SC_PAGESIZE))
    let memory = mmap(
      nil, (1 + Self.dataPages) * pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
    guard let memory, memory != MAP_FAILED else { throw .last("mmap", "perf ring") }
    self.event = event
    self.memory = memory
    self.pageSize = pageSize
  }

  /// What the event asks for. Not for build ids: while a session does, the kernel marks the records of
  /// other sessions as if they had some, too, and a `perf record` that believes it aborts.
  static func attributes() -> perf_event_attr {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
    attributes.config = UInt64(PERF_COUNT_SW_DUMMY.rawValue)
    attributes.mmap = 1
    attributes.mmap2 = 1
    attributes.comm = 1
    attributes.comm_exec = 1
    attributes.task = 1
    attributes.sample_id_all = 1
    attributes.sample_type = UInt64(PERF_SAMPLE_TIME.rawValue)
    // The clock of bpf_ktime_get_ns(), so that samples and records can be compared.
    attributes.use_clockid = 1
    attributes.clockid = CLOCK_MONOTONIC
    attributes.watermark = 1
    attributes.wakeup_watermark = 1
    return attributes
  }

  deinit { munmap(memory, (1 + Self.dataPages) * pageSize) }

  func drain(into records: inout [SideBandRecord]) {
    let size = Self.dataPages * pageSize
    let data = memory + pageSize
    let head = fb_ring_head(memory)
    var tail = fb_ring_tail(memory)
    while head - tail >= UInt64(SideBandParser.headerSize) {
      let offset = Int(tail % UInt64(size))
      // Safe: records are aligned to 8 bytes, so a header never crosses the ring's end.
      let length = Int(data.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self))
      guard length >= SideBandParser.headerSize, UInt64(length) <= head - tail else { break }
      // Safe: both parts lie in the ring; the kernel does not write there before the tail moves.
      let first = UnsafeRawBufferPointer(start: data + offset, count: min(length, size - offset))
      let rest = UnsafeRawBufferPointer(start: data, count: length - first.count)
      if let record = SideBandParser.record(Array(first) + Array(rest)) { records.append(record) }
      tail += UInt64(length)
    }
    fb_ring_set_tail(memory, head)
  }
}
