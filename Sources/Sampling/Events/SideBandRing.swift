// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import Glibc
import System

/// The kernel's ring buffer with one CPU's records of mappings, names, forks and exits.
///
/// It belongs to a dummy event of the CPU that reports nothing itself and lives as long as the ring.
/// The events of `RecordSource`, of which those of threads end with their threads, write to it.
final class SideBandRing: RecordRing {
  /// Pages of data, a power of two. With the header page that is within what the kernel grants
  /// without CAP_IPC_LOCK (`perf_event_mlock_kb`, 516).
  private static let dataPages = 64

  private let cpu: CInt
  private let event: FileDescriptor
  private let memory: UnsafeMutableRawPointer
  private let pageSize: Int
  private var writers: [Writer] = []

  /// An event that writes to the ring.
  private final class Writer {
    let event: FileDescriptor
    init(_ event: consuming FileDescriptor) { self.event = event }
  }

  var descriptor: CInt { event.rawValue }

  /// Opens the ring of a CPU. Nothing is written to it before `add`.
  init(cpu: CInt) throws(SystemError) {
    var attributes = RecordSource.attributes()
    let raw = fb_perf_event_open_on_cpu(&attributes, cpu)
    guard raw >= 0 else { throw .last("perf_event_open", "cpu \(cpu)") }
    let event = FileDescriptor(adopting: raw)
    let pageSize = sysconf(CInt(_SC_PAGESIZE))
    let memory = mmap(
      nil, (1 + Self.dataPages) * pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
    guard let memory, memory != MAP_FAILED else { throw .last("mmap", "perf ring") }
    self.cpu = cpu
    self.event = event
    self.memory = memory
    self.pageSize = pageSize
  }

  deinit { munmap(memory, (1 + Self.dataPages) * pageSize) }

  func add(_ source: RecordSource) throws(SystemError) {
    let writer = Writer(try source.open(cpu: cpu))
    guard fb_perf_event_redirect(writer.event.rawValue, event.rawValue) == 0 else {
      throw .last("redirect the event", "cpu \(cpu)")
    }
    writers.append(writer)
  }

  var hasRecords: Bool { fb_ring_head(memory) != fb_ring_tail(memory) }

  func drain(into records: inout [SideBandRecord], behind: Set<Int32>) -> DrainedRecords {
    let size = Self.dataPages * pageSize
    let data = memory + pageSize
    let end = fb_ring_head(memory)
    var tail = fb_ring_tail(memory)
    var drained = DrainedRecords()
    var next = head(at: tail, before: end)
    while let head = next {
      let start = tail
      tail += UInt64(head.length)
      next = self.head(at: tail, before: end)
      drained.count += 1
      if SideBandParser.isDispensable(head, before: next, behind: behind) {
        if SideBandParser.isLeftOut(head, behind: behind) { drained.leftOut += 1 }
        continue
      }
      let offset = Int(start % UInt64(size))
      let length = Int(head.length)
      // Safe: both parts lie in the ring; the kernel does not write there before the tail moves.
      let first = UnsafeRawBufferPointer(start: data + offset, count: min(length, size - offset))
      var bytes = Array(first)
      if first.count < length {
        bytes += UnsafeRawBufferPointer(start: data, count: length - first.count)
      }
      if let record = SideBandParser.record(bytes) { records.append(record) }
    }
    fb_ring_set_tail(memory, end)
    return drained
  }

  /// The head of the record at a position; nil if there is none, or a broken one.
  private func head(at position: UInt64, before end: UInt64) -> SideBandParser.Head? {
    guard end - position >= UInt64(SideBandParser.headerSize) else { return nil }
    let size = UInt64(Self.dataPages * pageSize)
    // Safe: records are aligned to 8 bytes, so neither 8 bytes cross the ring's end.
    let header = memory + pageSize + Int(position % size)
    let ids = memory + pageSize + Int((position + UInt64(SideBandParser.headerSize)) % size)
    let head = SideBandParser.Head(
      type: header.loadUnaligned(as: UInt32.self),
      misc: header.loadUnaligned(fromByteOffset: 4, as: UInt16.self),
      length: header.loadUnaligned(fromByteOffset: 6, as: UInt16.self),
      pid: ids.loadUnaligned(as: Int32.self),
      second: ids.loadUnaligned(fromByteOffset: 4, as: Int32.self))
    guard Int(head.length) >= SideBandParser.headerSize, UInt64(head.length) <= end - position
    else { return nil }
    return head
  }
}
