// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// The side-band records of all CPUs, merged in the order of time.
struct SideBand: ~Copyable {
  /// How long after its time a record may appear in its ring, in nanoseconds. The kernel cannot be
  /// preempted between the two, but the CPU of a virtual machine can. A longer wait would put more
  /// records in order, but the stacks of a new program are truncated until its mappings are read.
  private static let settling: UInt64 = 150_000

  private(set) var rings: [CInt: any RecordRing] = [:]
  private let open: (CInt) throws(SystemError) -> any RecordRing
  /// Records that were read and not yet returned, sorted by time.
  private var pending: [SideBandRecord] = []
  /// CPUs whose records are missing, each with the error of opening its ring. Without them there are
  /// mappings, and so names, that are not known.
  private(set) var refused: [CInt: SystemError] = [:]
  /// Records that were read so far.
  private(set) var readCount: UInt64 = 0
  /// Those of them that were left out: mappings of processes that were behind.
  private(set) var leftOutCount: UInt64 = 0

  /// - Parameter open: opens the ring of a CPU; tests pass a double.
  init(
    open: @escaping (CInt) throws(SystemError) -> any RecordRing = { (cpu) throws(SystemError) in
      try SideBandRing(cpu: cpu)
    }
  ) {
    self.open = open
  }

  /// Reads the records of all processes on these CPUs from now on, and of no other CPUs. A CPU that is
  /// refused is tried again at the next call.
  ///
  /// A CPU that has a ring already keeps its sources: those of threads, after `recordOnly`. One that
  /// comes online later has the records of all processes, since those of the targets are not known
  /// without a search.
  mutating func setCPUs(_ cpus: [CInt]) {
    for (cpu, ring) in rings where !cpus.contains(cpu) {
      drain([ring])
      rings[cpu] = nil
    }
    openRings(cpus, for: .everyone)
  }

  /// Opens rings of these CPUs, to which nothing is written before `recordOnly`.
  mutating func openEmpty(_ cpus: [CInt]) { openRings(cpus, for: nil) }

  private mutating func openRings(_ cpus: [CInt], for source: RecordSource?) {
    refused.removeAll()
    for cpu in cpus where rings[cpu] == nil {
      do throws(SystemError) {
        let ring = try open(cpu)
        if let source { try ring.add(source) }
        rings[cpu] = ring
      } catch {
        // ENODEV: the CPU went offline after it was listed.
        if error.code != ENODEV { refused[cpu] = error }
      }
    }
  }

  /// Descriptors that are readable when there are records.
  var descriptors: [CInt] { rings.values.map(\.descriptor) }

  /// Whether there are records that are held back until those of other CPUs that may precede them
  /// have arrived.
  var hasPending: Bool { !pending.isEmpty }

  /// Whether there are records in the rings.
  var hasUnread: Bool { rings.values.contains { $0.hasRecords } }

  /// Reads the rings, and returns the records whose position in the order is certain.
  ///
  /// - Parameters:
  ///   - all: return the youngest records too.
  ///   - behind: processes whose mappings are left out.
  mutating func read(all: Bool = false, behind: Set<Int32> = []) -> [SideBandRecord] {
    let settled = monotonicNanoseconds() - Self.settling
    drain(rings.values, behind: behind)
    let count = all ? pending.count : pending.prefix { $0.time < settled }.count
    defer { pending.removeFirst(count) }
    return Array(pending.prefix(count))
  }

  private mutating func drain(
    _ rings: some Sequence<any RecordRing>, behind: Set<Int32> = []
  ) {
    let known = pending.count
    for ring in rings {
      let drained = ring.drain(into: &pending, behind: behind)
      readCount += drained.count
      leftOutCount += drained.leftOut
    }
    guard pending.count > known else { return }
    pending.sort { $0.time < $1.time }
  }
}

/// The ring buffer with the side-band records of one CPU.
protocol RecordRing: AnyObject {
  /// Readable when there are records.
  var descriptor: CInt { get }
  /// Writes the records of a source to the ring from now on, besides those of others.
  func add(_ source: RecordSource) throws(SystemError)
  /// Whether there are records, whether the descriptor was polled since or not.
  var hasRecords: Bool { get }
  /// Moves all records that are there to the end of `records`, but for those that need not be parsed
  /// (`SideBandParser.isDispensable`).
  ///
  /// - Parameter behind: processes whose mappings are left out.
  func drain(into records: inout [SideBandRecord], behind: Set<Int32>) -> DrainedRecords
}

/// How many records a ring had.
struct DrainedRecords {
  var count: UInt64 = 0
  /// Those of them that were left out: mappings of processes that are behind.
  var leftOut: UInt64 = 0
}
