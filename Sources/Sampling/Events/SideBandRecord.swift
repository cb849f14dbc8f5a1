// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc
import ObjectFiles
import ProfileModel

/// A record of the kernel about a process: a mapping, a name, a fork, an exit, or the loss of such
/// records (perf_event_open(2), "MMAP layout").
struct SideBandRecord: Hashable {
  /// When it happened, in nanoseconds of CLOCK_MONOTONIC.
  var time: UInt64
  var event: Event

  enum Event: Hashable {
    case map(NewMapping)
    /// A thread has a new name. With `isExec` its process has called exec.
    case comm(pid: Int32, threadID: Int32, comm: String, isExec: Bool)
    /// A new process, or a new thread if both ids are the same.
    case fork(pid: Int32, parent: Int32)
    /// A thread has ended. The process goes on if it has others, even if this was its main thread.
    case exit(pid: Int32, threadID: Int32)
    /// The ring was full: so many records were dropped before this one.
    case lost(UInt64)
  }

  /// A range of addresses, from `start` up to but not including `end`, and what is mapped there.
  struct NewMapping: Hashable {
    var pid: Int32
    var start: UInt64
    var end: UInt64
    var fileOffset: UInt64
    var identity: FileIdentity
    var path: String
    var isWritable = false
  }
}

/// The parser of side-band records. Their bytes come from the kernel, but the names in them are
/// untrusted.
enum SideBandParser {
  /// Bytes of `struct perf_event_header`.
  static let headerSize = 8
  /// Bytes behind the body of every record: the time as a u64, since the event has `sample_id_all`
  /// and only PERF_SAMPLE_TIME.
  static let trailerSize = 8

  /// What every record begins with. In those that are used here two ids follow, of the process and the
  /// thread, or its parent.
  struct Head {
    var type: UInt32
    var misc: UInt16
    /// Bytes of the record.
    var length: UInt16
    var pid: Int32
    var second: Int32
  }

  /// Whether a record need not be parsed, because a process that writes such records all the time would
  /// take most of a CPU here.
  ///
  /// - Parameters:
  ///   - next: the head of the record behind it in the ring, if there is one.
  ///   - behind: processes whose mappings are left out.
  static func isDispensable(_ head: Head, before next: Head?, behind: Set<Int32>) -> Bool {
    switch head.type {
    case mmap2: return isLeftOut(head, behind: behind)
    case comm where head.misc & miscCommExec == 0:
      // Of threads each sample has the name, and of the names of a process the last one counts.
      if head.pid != head.second { return true }
      guard let next, next.type == comm, next.misc & miscCommExec == 0 else { return false }
      return next.pid == head.pid && next.second == head.pid
    default: return false
    }
  }

  /// Whether a record is of a mapping of a process that is behind.
  static func isLeftOut(_ head: Head, behind: Set<Int32>) -> Bool {
    head.type == mmap2 && behind.contains(head.pid)
  }

  /// Parses a whole record. Nil if it is malformed, or of a type that is not used here.
  static func record(_ bytes: [UInt8]) -> SideBandRecord? {
    let record = ByteReader(bytes)
    guard let type = record.load(UInt32.self, at: 0), let misc = record.load(UInt16.self, at: 4),
      let time = record.load(UInt64.self, at: record.count - trailerSize)
    else { return nil }
    return event(type: type, misc: misc, of: record)
      .map { SideBandRecord(time: time, event: $0) }
  }

  // PERF_RECORD_* and PERF_RECORD_MISC_* of linux/perf_event.h.
  private static let lost: UInt32 = 2
  private static let comm: UInt32 = 3
  private static let exit: UInt32 = 4
  private static let fork: UInt32 = 7
  private static let mmap2: UInt32 = 10
  private static let miscCommExec: UInt16 = 1 << 13

  /// Bytes of each body before its text, or whole if there is none. Offsets below count from the
  /// start of the record, so that nothing is copied.
  private static let mappingSize = 64
  private static let commSize = 8
  private static let taskSize = 24
  private static let lostSize = 16

  private static func event(
    type: UInt32, misc: UInt16, of record: ByteReader
  ) -> SideBandRecord.Event? {
    let bodySize = record.count - headerSize - trailerSize
    switch type {
    case mmap2: return bodySize > mappingSize ? mapping(record) : nil
    case comm:
      guard bodySize > commSize, let pid = record.load(Int32.self, at: 8),
        let thread = record.load(Int32.self, at: 12)
      else { return nil }
      return .comm(
        pid: pid, threadID: thread, comm: text(record, at: headerSize + commSize),
        isExec: misc & miscCommExec != 0)
    case fork, exit:
      guard bodySize >= taskSize, let pid = record.load(Int32.self, at: 8),
        let parent = record.load(Int32.self, at: 12), let thread = record.load(Int32.self, at: 16)
      else { return nil }
      if type == exit { return .exit(pid: pid, threadID: thread) }
      return .fork(pid: pid, parent: parent)
    case lost:
      guard bodySize >= lostSize else { return nil }
      return record.load(UInt64.self, at: 16).map { .lost($0) }
    default:
      return nil
    }
  }

  /// PERF_RECORD_MISC_MMAP_BUILD_ID is not read: our events ask for no build ids, and where
  /// another session does, the kernel leaves the bit set in our records as well.
  private static func mapping(_ record: ByteReader) -> SideBandRecord.Event? {
    guard let pid = record.load(Int32.self, at: 8), let start = record.load(UInt64.self, at: 16),
      let length = record.load(UInt64.self, at: 24), let offset = record.load(UInt64.self, at: 32),
      let major = record.load(UInt32.self, at: 40), let minor = record.load(UInt32.self, at: 44),
      let inode = record.load(UInt64.self, at: 48),
      let generation = record.load(UInt64.self, at: 56),
      let protection = record.load(UInt32.self, at: 64)
    else { return nil }
    let (end, overflow) = start.addingReportingOverflow(length)
    guard length > 0, !overflow else { return nil }
    let identity = FileIdentity(
      buildID: nil, deviceMajor: major, deviceMinor: minor, inode: inode, generation: generation)
    return .map(
      .init(
        pid: pid, start: start, end: end, fileOffset: offset, identity: identity,
        path: text(record, at: headerSize + mappingSize),
        isWritable: protection & UInt32(PROT_WRITE) != 0))
  }

  private static func text(_ record: ByteReader, at offset: Int) -> String {
    record.text(at: offset, limit: record.count - trailerSize - offset)
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
